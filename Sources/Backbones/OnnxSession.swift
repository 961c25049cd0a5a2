import COnnxRuntime

/// A network that the library has opened, whatever it is.
final class OnnxSession {
    private let session: OpaquePointer
    /// Its inputs.
    let inputs: [Input]
    /// The names of its outputs.
    let outputs: [String]

    /// An input as the file declares it.
    struct Input: Hashable {
        var name: String
        /// Nil where it is neither floats nor whole numbers.
        var element: Element?
        /// -1 where a dimension may be anything.
        var shape: [Int64]
    }

    /// Kinds of numbers that a network takes.
    enum Element: Int32 {
        case floats = 1
        case integers = 7
    }

    /// What an input gets: its numbers, row by row.
    enum Values {
        case floats([Float])
        case integers([Int64])
    }

    /// - Parameters:
    ///   - model: the file's bytes
    ///   - library: the library's path
    /// - Throws: `BackboneError` where either cannot be used
    init(_ model: [UInt8], library: String) throws(BackboneError) {
        var opened: OpaquePointer?
        let message = Self.message { text, capacity in
            opened = model.withUnsafeBytes { bytes in
                bytes.baseAddress.flatMap { onnx_open(library, $0, bytes.count, text, capacity) }
            }
        }
        guard let opened else { throw BackboneError(detail: message.isEmpty ? "the network is empty" : message) }
        session = opened
        inputs = (0..<onnx_input_count(opened)).map { index in
            let port = onnx_input(opened, index)
            return Input(
                name: port.name.map { String(cString: $0) } ?? "",
                element: Element(rawValue: port.element),
                shape: withUnsafeBytes(of: port.shape) {
                    Array($0.bindMemory(to: Int64.self).prefix(Int(max(0, port.rank))))
                }
            )
        }
        outputs = (0..<onnx_output_count(opened)).map { onnx_output(opened, $0).name.map { String(cString: $0) } ?? "" }
    }

    deinit { onnx_close(session) }

    /// The version of a library; nil where it cannot be loaded.
    static func version(of library: String) -> String? { onnx_version(library).map { String(cString: $0) } }

    /// Runs the network.
    ///
    /// - Parameter given: what each input gets, by its name, and the shape of that
    func run(_ given: [(name: String, shape: [Int], values: Values)]) throws(BackboneError) {
        precondition(given.count <= Int(ONNX_MAX_INPUTS))
        var isFine = false
        let message = Self.message { text, capacity in
            Self.withTensors(given[...]) { tensors in
                isFine = onnx_run(session, tensors, tensors.count, text, capacity)
            }
        }
        guard isFine else { throw BackboneError(detail: message) }
    }

    /// Gives the inputs as the library takes them: their memory holds for the time of the call.
    private static func withTensors(
        _ given: ArraySlice<(name: String, shape: [Int], values: Values)>,
        _ tensors: [onnx_tensor] = [],
        _ body: ([onnx_tensor]) -> Void
    ) {
        guard let (name, shape, values) = given.first else { return body(tensors) }
        func with(_ bytes: UnsafeRawBufferPointer, _ count: Int, _ element: Element) {
            precondition(shape.reduce(1, *) == count && !bytes.isEmpty)
            name.withCString { name in
                var tensor = onnx_tensor(
                    name: name,
                    values: bytes.baseAddress!,
                    element: element.rawValue,
                    rank: Int32(shape.count),
                    shape: (0, 0, 0, 0, 0, 0, 0, 0)
                )
                withUnsafeMutableBytes(of: &tensor.shape) { sizes in
                    let sizes = sizes.bindMemory(to: Int64.self)
                    for (axis, size) in shape.enumerated() { sizes[axis] = Int64(size) }
                }
                withTensors(given.dropFirst(), tensors + [tensor], body)
            }
        }
        switch values {
        case .floats(let numbers): numbers.withUnsafeBytes { with($0, numbers.count, .floats) }
        case .integers(let numbers): numbers.withUnsafeBytes { with($0, numbers.count, .integers) }
        }
    }

    /// What the last run gave of an output: its shape, and its numbers until the next run; nil where they are no floats.
    func result(_ output: Int) -> (shape: [Int], values: UnsafePointer<Float>)? {
        var shape = [Int64](repeating: 0, count: Int(ONNX_MAX_RANK))
        var rank: Int32 = 0
        guard let values = onnx_result(session, output, &shape, &rank) else { return nil }
        return (shape.prefix(Int(max(0, rank))).map { Int($0) }, values)
    }

    private static let messageBytes = 512

    private static func message(_ body: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
        var bytes = [CChar](repeating: 0, count: messageBytes)
        bytes.withUnsafeMutableBufferPointer { body($0.baseAddress!, $0.count - 1) }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
