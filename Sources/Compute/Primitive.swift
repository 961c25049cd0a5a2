internal import COneDNN

/// An operation compiled and bound to its tensors. Running it allocates nothing.
public final class Primitive {
    private let handle: dnnl_primitive_t
    private let operation: Operation
    private let tensors: [Tensor]
    private let arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>

    /// Compiles `operation` (oneDNN generates code here) for these tensors, each of which must have the layout that
    /// the operation asks for. `scratch` is a place of at least `scratchBytes` bytes, which others may use as well.
    public init(
        _ operation: Operation,
        _ tensors: [Argument: Tensor],
        scratch: Arena.Region? = nil,
        in arena: Arena? = nil
    ) throws(ComputeError) {
        var bound = tensors
        if let layout = operation.layout(.scratchpad), let scratch, let arena {
            bound[.scratchpad] = try arena.tensor(layout, in: scratch)
        }
        for (argument, tensor) in bound {
            guard let expected = operation.layout(argument), expected == tensor.layout else {
                throw .layoutMismatch(operation: operation.name, argument: "\(argument)")
            }
        }
        var handle: dnnl_primitive_t?
        try check(dnnl_primitive_create(&handle, operation.handle), "compile \(operation.name)")
        guard let handle else {
            throw .library(status: dnnl_runtime_error.rawValue, operation: "compile \(operation.name)")
        }
        self.handle = handle
        self.operation = operation
        self.tensors = Array(bound.values)
        self.arguments = .allocate(capacity: bound.count)
        for (index, (argument, tensor)) in bound.enumerated() {
            arguments.initializeElement(at: index, to: dnnl_exec_arg_t(arg: argument.code, memory: tensor.memory))
        }
    }

    deinit {
        arguments.deallocate()
        dnnl_primitive_destroy(handle)
    }

    /// Runs to completion on the calling thread and its OpenMP team.
    public func run() throws(ComputeError) {
        let stream = operation.engine.stream
        try check(
            dnnl_primitive_execute(handle, stream, Int32(arguments.count), arguments.baseAddress),
            "run \(operation.name)"
        )
        try check(dnnl_stream_wait(stream), "wait for \(operation.name)")
    }
}
