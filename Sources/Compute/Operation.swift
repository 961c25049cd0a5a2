internal import COneDNN

/// The role a tensor plays in an operation.
public enum Argument: Sendable, Hashable {
    case source, weights, bias, destination, workspace, scratchpad
    case sourceGradient, weightsGradient, biasGradient, destinationGradient

    var code: Int32 {
        switch self {
        case .source: DNNL_ARG_SRC
        case .weights: DNNL_ARG_WEIGHTS
        case .bias: DNNL_ARG_BIAS
        case .destination: DNNL_ARG_DST
        case .workspace: DNNL_ARG_WORKSPACE
        case .scratchpad: DNNL_ARG_SCRATCHPAD
        case .sourceGradient: DNNL_ARG_DIFF_SRC
        case .weightsGradient: DNNL_ARG_DIFF_WEIGHTS
        case .biasGradient: DNNL_ARG_DIFF_BIAS
        case .destinationGradient: DNNL_ARG_DIFF_DST
        }
    }
}

/// An operation for which oneDNN has chosen an implementation and memory layouts; `Primitive` binds it to tensors.
public final class Operation {
    let handle: dnnl_primitive_desc_t
    let engine: Engine
    /// What this is, for errors: kind and shapes.
    public let name: String

    /// - Parameters:
    ///   - description: the operation descriptor of oneDNN (2.6: a plain struct).
    ///   - attributes: scratchpad and fused operations.
    ///   - hint: the forward operation a backward one belongs to.
    init(
        _ name: String,
        engine: Engine,
        description: UnsafeRawPointer,
        attributes: Attributes,
        hint: Operation? = nil
    ) throws(ComputeError) {
        var handle: dnnl_primitive_desc_t?
        // Both objects must outlive the call, not only the reading of their handles.
        let status = withExtendedLifetime((attributes, hint)) {
            dnnl_primitive_desc_create(&handle, description, attributes.handle, engine.handle, hint?.handle)
        }
        try check(status, "choose an implementation for \(name)")
        guard let handle else {
            throw .library(status: dnnl_unimplemented.rawValue, operation: "choose an implementation for \(name)")
        }
        self.handle = handle
        self.engine = engine
        self.name = name
    }

    /// Takes over a primitive descriptor that was made elsewhere.
    init(_ name: String, engine: Engine, handle: dnnl_primitive_desc_t) {
        self.handle = handle
        self.engine = engine
        self.name = name
    }

    deinit {
        dnnl_primitive_desc_destroy(handle)
    }

    /// The layout in which `argument` is expected or left; nil where the operation has no such argument.
    public func layout(_ argument: Argument) -> Layout? {
        guard let descriptor = dnnl_primitive_desc_query_md(handle, dnnl_query_exec_arg_md, argument.code) else {
            return nil
        }
        let layout = Layout(descriptor.pointee)
        return layout.byteCount == 0 ? nil : layout
    }

    /// Bytes of scratch memory that running the operation takes.
    public var scratchBytes: Int { layout(.scratchpad)?.byteCount ?? 0 }

    /// oneDNN's name of the chosen implementation, e.g. `jit:avx2`.
    public var implementation: String {
        var text: UnsafePointer<CChar>?
        let status = withUnsafeMutablePointer(to: &text) {
            dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, $0)
        }
        guard status == dnnl_success, let text else { return "unknown" }
        return String(cString: text)
    }
}

/// Attributes common to everything compiled here: scratch memory comes from the caller, and a ReLU may be fused.
final class Attributes {
    let handle: dnnl_primitive_attr_t

    init(fusedReLU: Bool = false) throws(ComputeError) {
        var handle: dnnl_primitive_attr_t?
        try check(dnnl_primitive_attr_create(&handle), "make attributes")
        guard let handle else {
            throw .library(status: dnnl_out_of_memory.rawValue, operation: "make attributes")
        }
        self.handle = handle
        try check(
            dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user),
            "ask for own scratch memory"
        )
        guard fusedReLU else { return }
        var operations: dnnl_post_ops_t?
        try check(dnnl_post_ops_create(&operations), "make a fused ReLU")
        defer { dnnl_post_ops_destroy(operations) }
        try check(
            dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0),
            "make a fused ReLU"
        )
        try check(dnnl_primitive_attr_set_post_ops(handle, operations), "fuse a ReLU")
    }

    deinit {
        dnnl_primitive_attr_destroy(handle)
    }
}
