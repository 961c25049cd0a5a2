public import Recipes

/// A backbone, loaded into this process and ready to run on one core.
///
/// The file may be anybody's: a process that loads one has given up its network, other folders and unlimited memory before.
public final class BackboneNetwork {
    private let session: OnnxSession
    private let backbone: Backbone
    /// Which output each probe is.
    private let places: [Int]

    /// Loads the library and the network. Probes that the file does not declare as outputs are made some.
    ///
    /// - Throws: `BackboneError` where either cannot be used, or the network is not the one that is described
    public convenience init(_ backbone: Backbone, model: [UInt8], library: String) throws(BackboneError) {
        let declared = OnnxGraph(model).outputs
        let more = backbone.probes.map(\.name).filter { !declared.contains($0) }
        try self.init(backbone, OnnxSession(OnnxGraph.adding(more, to: model), library: library))
    }

    init(_ backbone: Backbone, _ session: OnnxSession) throws(BackboneError) {
        self.backbone = backbone
        self.session = session
        guard session.inputShape.count == 4 else {
            throw BackboneError(
                detail: "the network's input is not a tensor of floats, pictures x channels x rows x columns"
            )
        }
        var places: [Int] = []
        for probe in backbone.probes {
            guard let place = session.outputs.firstIndex(of: probe.name) else {
                throw BackboneError(
                    detail:
                        "the network has no output \"\(probe.name)\"; it has \(session.outputs.joined(separator: ", "))"
                )
            }
            places.append(place)
        }
        self.places = places
    }

    /// The version of a library; nil where it cannot be loaded.
    public static func version(of library: String) -> String? { OnnxSession.version(of: library) }

    /// Runs one picture through the network.
    ///
    /// - Parameters:
    ///   - pixels: 3 x height x width, standardised as the description says
    ///   - take: gets the numbers of each probe, in their order; those of an output with rows and columns are averaged over them
    public func run(
        _ pixels: [Float],
        _ take: (_ probe: Int, _ values: [Float]) -> Void
    ) throws(BackboneError) {
        try session.run(pixels, height: backbone.input.height, width: backbone.input.width)
        for (number, probe) in backbone.probes.enumerated() {
            let result = session.result(places[number])
            guard let result, let layout = OutputLayout(result.shape), layout.width == probe.width else {
                throw BackboneError(
                    detail: "the output \"\(probe.name)\" is not \(probe.width) numbers a picture: it has the shape "
                        + "\(result?.shape ?? [])"
                )
            }
            take(number, layout.mean(result.values))
        }
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
