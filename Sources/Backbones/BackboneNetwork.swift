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
        let more = backbone.probes.map { $0.tensor ?? $0.name }.filter { !declared.contains($0) }
        try self.init(backbone, OnnxSession(OnnxGraph.adding(more, to: model), library: library))
    }

    init(_ backbone: Backbone, _ session: OnnxSession) throws(BackboneError) {
        self.backbone = backbone
        self.session = session
        if let objection = Self.objection(to: session.inputs, backbone.input) { throw BackboneError(detail: objection) }
        var places: [Int] = []
        for probe in backbone.probes {
            guard let place = session.outputs.firstIndex(of: probe.tensor ?? probe.name) else {
                throw BackboneError(
                    detail:
                        "the network has no output \"\(probe.tensor ?? probe.name)\"; it has \(session.outputs.joined(separator: ", "))"
                )
            }
            places.append(place)
        }
        self.places = places
    }

    /// The version of a library; nil where it cannot be loaded.
    public static func version(of library: String) -> String? { OnnxSession.version(of: library) }

    /// What is wrong with a network's inputs, if it is to see pictures or texts; nil where nothing is.
    static func objection(to inputs: [OnnxSession.Input], _ input: Backbone.Input) -> String? {
        switch input {
        case .pictures:
            let isOne = inputs.count == 1 && inputs[0].element == .floats && inputs[0].shape.count == 4
            return isOne ? nil : "the network's input is not one tensor of floats, pictures x channels x rows x columns"
        case .texts:
            let areTokens = inputs.allSatisfy { $0.element == .integers && $0.shape.count == 2 }
            let names = Set(inputs.map(\.name))
            guard areTokens, names.isSuperset(of: tokenInputs.prefix(1)), names.isSubset(of: tokenInputs) else {
                return "the network's inputs are not whole numbers, texts x tokens, called "
                    + tokenInputs.joined(separator: ", ")
            }
            return nil
        }
    }

    /// As BERT's exporters call them: places in the vocabulary, 1 for each that counts, and which of two texts it is of.
    static let tokenInputs = ["input_ids", "attention_mask", "token_type_ids"]

    /// What one run sees.
    public enum Input {
        /// 3 x height x width, standardised as the description says.
        case pixels([Float])
        /// Places in the vocabulary, both ends among them.
        case tokens([Int64])
    }

    /// Runs one picture or text through the network.
    ///
    /// - Parameters:
    ///   - input: what the description's input says
    ///   - take: gets the numbers of each probe, in their order; those of an output with rows and columns, or with a row for each
    ///     token, are averaged over them
    public func run(
        _ input: Input,
        _ take: (_ probe: Int, _ values: [Float]) -> Void
    ) throws(BackboneError) {
        switch (input, backbone.input) {
        case (.pixels(let pixels), .pictures(let input)):
            try session.run([(session.inputs[0].name, [1, 3, input.height, input.width], .floats(pixels))])
        case (.tokens(let tokens), .texts):
            let given = session.inputs.map { input in
                let values =
                    switch input.name {
                    case Self.tokenInputs[0]: tokens
                    case Self.tokenInputs[1]: [Int64](repeating: 1, count: tokens.count)
                    default: [Int64](repeating: 0, count: tokens.count)
                    }
                return (input.name, [1, tokens.count], OnnxSession.Values.integers(values))
            }
            try session.run(given)
        default: throw BackboneError(detail: "the network \(backbone.name) sees something else")
        }
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
