import COnnxRuntime
public import Recipes

/// A backbone, loaded into this process and ready to run on one core.
///
/// The file may be anybody's: a process that loads one has given up its network, other folders and unlimited memory before.
public final class BackboneNetwork {
    private let session: OpaquePointer
    private let backbone: Backbone

    /// Loads the library and the network.
    ///
    /// - Throws: `BackboneError` where either cannot be used, or the network is not the one that is described
    public init(_ backbone: Backbone, model: [UInt8], library: String) throws(BackboneError) {
        self.backbone = backbone
        session = try Self.open(model, library: library)
        do throws(BackboneError) {
            try check()
        } catch {
            onnx_close(session)
            throw error
        }
    }

    deinit { onnx_close(session) }

    /// The version of a library; nil where it cannot be loaded.
    public static func version(of library: String) -> String? { onnx_version(library).map { String(cString: $0) } }

    private static let messageBytes = 512

    private static func open(_ model: [UInt8], library: String) throws(BackboneError) -> OpaquePointer {
        var session: OpaquePointer?
        let message = message { text, capacity in
            session = model.withUnsafeBytes { bytes in
                bytes.baseAddress.flatMap { onnx_open(library, $0, bytes.count, text, capacity) }
            }
        }
        guard let session else { throw BackboneError(detail: message.isEmpty ? "the network is empty" : message) }
        return session
    }

    private static func message(_ body: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
        var bytes = [CChar](repeating: 0, count: messageBytes)
        bytes.withUnsafeMutableBufferPointer { body($0.baseAddress!, $0.count - 1) }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func check() throws(BackboneError) {
        guard onnx_input_count(session) == 1 else {
            throw BackboneError(
                detail: "the network has \(onnx_input_count(session)) inputs, where one of pictures is expected"
            )
        }
        let input = onnx_input(session, 0)
        guard input.element == 1, input.rank == 4 else {
            throw BackboneError(
                detail: "the network's input is not a tensor of floats, pictures x channels x rows x columns"
            )
        }
        let names = outputNames
        for probe in backbone.probes where !names.contains(probe.name) {
            throw BackboneError(
                detail: "the network has no output \"\(probe.name)\"; it has \(names.joined(separator: ", "))"
            )
        }
    }

    private var outputNames: [String] {
        (0..<onnx_output_count(session)).map { onnx_output(session, $0).name.map { String(cString: $0) } ?? "" }
    }

    /// Runs one picture through the network.
    ///
    /// - Parameters:
    ///   - pixels: 3 x height x width, standardised as the description says
    ///   - take: gets the numbers of each probe, in their order; those of an output with rows and columns are averaged over them
    public func run(
        _ pixels: [Float],
        _ take: (_ probe: Int, _ values: [Float]) -> Void
    ) throws(BackboneError) {
        let shape: [Int64] = [1, 3, Int64(backbone.input.height), Int64(backbone.input.width)]
        precondition(pixels.count == 3 * backbone.input.height * backbone.input.width)
        var isFine = false
        let message = Self.message { text, capacity in isFine = onnx_run(session, pixels, shape, 4, text, capacity) }
        guard isFine else { throw BackboneError(detail: message) }
        let names = outputNames
        for (number, probe) in backbone.probes.enumerated() {
            guard let place = names.firstIndex(of: probe.name) else { continue }
            take(number, try pooled(place, probe))
        }
    }

    private func pooled(_ output: Int, _ probe: Backbone.Probe) throws(BackboneError) -> [Float] {
        var shape = [Int64](repeating: 0, count: Int(ONNX_MAX_RANK))
        var rank: Int32 = 0
        guard let values = onnx_result(session, output, &shape, &rank), rank >= 2, shape[0] == 1,
            Int(shape[1]) == probe.width
        else {
            throw BackboneError(
                detail: "the output \"\(probe.name)\" is not \(probe.width) numbers a picture: it has the shape "
                    + "\(shape.prefix(Int(max(0, rank))))"
            )
        }
        let area = shape[2..<Int(rank)].reduce(1) { $0 * Int($1) }
        guard area > 0 else { throw BackboneError(detail: "the output \"\(probe.name)\" is empty") }
        return (0..<probe.width).map { channel in
            UnsafeBufferPointer(start: values + channel * area, count: area).reduce(0, +) / Float(area)
        }
    }
}

/// Why a backbone cannot be used.
public struct BackboneError: Error, CustomStringConvertible, Hashable {
    /// One sentence.
    public var detail: String
    /// The same.
    public var description: String { detail }

    /// - Parameter detail: one sentence
    public init(detail: String) { self.detail = detail }
}
