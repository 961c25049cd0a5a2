import COnnxRuntime
import Recipes

/// What both readers of a network share.
enum OnnxSession {
    static let messageBytes = 512

    static func open(_ model: [UInt8], library: String) throws(BackboneError) -> OpaquePointer {
        var session: OpaquePointer?
        let message = message { text, capacity in
            session = model.withUnsafeBytes { bytes in
                bytes.baseAddress.flatMap { onnx_open(library, $0, bytes.count, text, capacity) }
            }
        }
        guard let session else { throw BackboneError(detail: message.isEmpty ? "the network is empty" : message) }
        return session
    }

    static func message(_ body: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
        var bytes = [CChar](repeating: 0, count: messageBytes)
        bytes.withUnsafeMutableBufferPointer { body($0.baseAddress!, $0.count - 1) }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A network before anything is known of it.
final class BackbonePorts {
    private let session: OpaquePointer
    /// Of its input: -1 where it may be anything.
    let shape: [Int64]

    init(_ model: [UInt8], library: String) throws(BackboneError) {
        session = try OnnxSession.open(model, library: library)
        let input = onnx_input(session, 0)
        guard onnx_input_count(session) == 1, input.element == 1, input.rank >= 0 else {
            onnx_close(session)
            throw BackboneError(detail: "the network does not have one input of floats")
        }
        shape = withUnsafeBytes(of: input.shape) { Array($0.bindMemory(to: Int64.self).prefix(Int(input.rank))) }
    }

    deinit { onnx_close(session) }

    /// The outputs that have numbers for a picture, by running one.
    func run(height: Int, width: Int) throws(BackboneError) -> [Backbone.Probe] {
        let pixels = [Float](repeating: 0, count: 3 * height * width)
        var isFine = false
        let message = OnnxSession.message { text, capacity in
            isFine = onnx_run(session, pixels, [1, 3, Int64(height), Int64(width)], 4, text, capacity)
        }
        guard isFine else { throw BackboneError(detail: message) }
        return (0..<onnx_output_count(session)).compactMap { index in
            var shape = [Int64](repeating: 0, count: Int(ONNX_MAX_RANK))
            var rank: Int32 = 0
            guard onnx_result(session, index, &shape, &rank) != nil,
                let layout = OutputLayout(shape.prefix(Int(max(0, rank))).map { Int($0) }),
                let name = onnx_output(session, index).name
            else { return nil }
            return Backbone.Probe(name: String(cString: name), width: layout.width)
        }
    }
}
