import COnnxRuntime

/// A network that the library has opened, whatever it is.
final class OnnxSession {
    private let session: OpaquePointer
    /// Of its input: -1 where it may be anything.
    let inputShape: [Int64]
    /// The names of its outputs.
    let outputs: [String]

    /// - Parameters:
    ///   - model: the file's bytes
    ///   - library: the library's path
    /// - Throws: `BackboneError` where either cannot be used, or the network has not one input of floats
    init(_ model: [UInt8], library: String) throws(BackboneError) {
        var opened: OpaquePointer?
        let message = Self.message { text, capacity in
            opened = model.withUnsafeBytes { bytes in
                bytes.baseAddress.flatMap { onnx_open(library, $0, bytes.count, text, capacity) }
            }
        }
        guard let opened else { throw BackboneError(detail: message.isEmpty ? "the network is empty" : message) }
        let input = onnx_input(opened, 0)
        guard onnx_input_count(opened) == 1, input.element == 1, input.rank >= 0 else {
            onnx_close(opened)
            throw BackboneError(detail: "the network does not have one input of floats")
        }
        session = opened
        inputShape = withUnsafeBytes(of: input.shape) { Array($0.bindMemory(to: Int64.self).prefix(Int(input.rank))) }
        outputs = (0..<onnx_output_count(opened)).map { onnx_output(opened, $0).name.map { String(cString: $0) } ?? "" }
    }

    deinit { onnx_close(session) }

    /// The version of a library; nil where it cannot be loaded.
    static func version(of library: String) -> String? { onnx_version(library).map { String(cString: $0) } }

    /// Runs the network on one picture.
    ///
    /// - Parameter pixels: 3 x height x width
    func run(_ pixels: [Float], height: Int, width: Int) throws(BackboneError) {
        precondition(pixels.count == 3 * height * width)
        var isFine = false
        let message = Self.message { text, capacity in
            isFine = onnx_run(session, pixels, [1, 3, Int64(height), Int64(width)], 4, text, capacity)
        }
        guard isFine else { throw BackboneError(detail: message) }
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
