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
        session = try OnnxSession.open(model, library: library)
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
        let message = OnnxSession.message { text, capacity in
            isFine = onnx_run(session, pixels, shape, 4, text, capacity)
        }
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
        guard let values = onnx_result(session, output, &shape, &rank),
            let layout = OutputLayout(shape.prefix(Int(max(0, rank))).map { Int($0) }), layout.width == probe.width
        else {
            throw BackboneError(
                detail: "the output \"\(probe.name)\" is not \(probe.width) numbers a picture: it has the shape "
                    + "\(shape.prefix(Int(max(0, rank))))"
            )
        }
        return layout.mean(values)
    }
}

/// How the numbers of one picture lie in an output: numbers alone (1 x D), a row for each token of a transformer (1 x T x D), or
/// a plane for each channel (1 x C x H x W). Tokens and planes are averaged.
struct OutputLayout {
    /// D or C.
    let width: Int
    private let count: Int
    private let isPlanar: Bool

    /// - Parameter shape: of the output; nil where it is none of these
    init?(_ shape: [Int]) {
        guard shape.first == 1, shape.allSatisfy({ $0 > 0 }) else { return nil }
        switch shape.count {
        case 2: (width, count, isPlanar) = (shape[1], 1, false)
        case 3: (width, count, isPlanar) = (shape[2], shape[1], false)
        case 4: (width, count, isPlanar) = (shape[1], shape[2] * shape[3], true)
        default: return nil
        }
    }

    func mean(_ values: UnsafePointer<Float>) -> [Float] {
        let (step, stride) = isPlanar ? (1, count) : (width, 1)
        return (0..<width).map { number in
            var sum: Float = 0
            for place in 0..<count { sum += values[number * stride + place * step] }
            return sum / Float(count)
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
