public import Recipes

/// What a network that somebody sent is: loaded once, and run on one picture of noise. For a process that has given up what it
/// could harm.
public enum BackboneInspection {
    /// What the sender says of it; what is missing is read from the network or has the usual value.
    public struct Wishes: Codable, Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Side of the pictures in pixels; nil: the network says it, or 224.
        public var size: Int?
        /// What is subtracted of 0...255, by channel; nil: 127.5.
        public var mean: [Double]?
        /// What it is divided by; nil: 127.5.
        public var scale: [Double]?
        /// How pictures get the network's size; nil: `stretch`.
        public var resize: Backbone.PictureInput.Resize?
        /// What to look at, the embedding last: outputs, or tensors within the network by their names; nil: all outputs that have
        /// numbers for a picture, the widest last, and where there is one alone, the blocks before it.
        public var probes: [String]?
        /// Under what terms it may be used.
        public var license: String?
        /// Where it comes from.
        public var source: String?

        /// - Parameter name: its name
        public init(name: String) { self.name = name }

        /// Whether what is said here is true of a backbone.
        public func agree(with backbone: Backbone) -> Bool {
            guard case .pictures(let input) = backbone.input else { return false }
            return (size ?? input.height) == input.height && (mean ?? input.mean) == input.mean
                && (scale ?? input.scale) == input.scale && (resize ?? input.resize) == input.resize
                && (probes ?? backbone.probes.map(\.name)) == backbone.probes.map(\.name)
        }
    }

    /// The most numbers of an output that are taken.
    public static let widest = 16_384
    /// The largest side of a picture.
    public static let largestSide = 1_024

    /// Describes a network.
    ///
    /// - Parameters:
    ///   - model: its file
    ///   - wishes: what the sender says of it
    ///   - sha256: of the file
    ///   - library: the library, absolute
    /// - Throws: `BackboneError`
    public static func describe(
        _ model: [UInt8],
        _ wishes: Wishes,
        sha256: String,
        library: String
    ) throws(BackboneError) -> Backbone {
        let graph = OnnxGraph(model)
        guard !graph.hasOutsideWeights else {
            throw BackboneError(
                detail:
                    "the network's weights are in another file; export it with them inside, as torch.onnx.export(..., "
                    + "external_data=False) does, and one saved already by onnx.save(onnx.load(file), new_file)"
            )
        }
        let blocks = try taps(wishes, graph)
        let session = try OnnxSession(OnnxGraph.adding(blocks, to: model), library: library)
        if BackboneNetwork.objection(to: session.inputs, texts) == nil {
            throw BackboneError(
                detail:
                    "the network reads texts; only networks that see pictures can be sent, and texts go through the one that "
                    + "comes with the program"
            )
        }
        guard session.inputs.count == 1, session.inputs[0].element == .floats else {
            throw BackboneError(detail: "the network does not have one input of floats")
        }
        let side = try size(wishes, session.inputs[0].shape)
        let input = Backbone.PictureInput(
            height: side.height,
            width: side.width,
            mean: wishes.mean ?? [127.5, 127.5, 127.5],
            scale: wishes.scale ?? [127.5, 127.5, 127.5],
            resize: wishes.resize ?? .stretch
        )
        guard input.mean.count == 3, input.scale.count == 3,
            input.scale.allSatisfy({ $0.isFinite && $0 != 0 }), input.mean.allSatisfy(\.isFinite)
        else { throw BackboneError(detail: "mean and scale are three numbers each, and no scale is 0") }
        var backbone = Backbone(
            name: wishes.name,
            input: .pictures(input),
            probes: [],
            license: wishes.license,
            source: wishes.source,
            sha256: sha256
        )
        func picture(of value: Float) -> [Float] { Array(repeating: value, count: 3 * side.height * side.width) }
        try session.run([(session.inputs[0].name, [1, 3, side.height, side.width], .floats(picture(of: 0)))])
        let found = session.outputs.enumerated().compactMap { index, name -> Backbone.Probe? in
            guard let layout = session.result(index).flatMap({ OutputLayout($0.shape) }) else { return nil }
            return Backbone.Probe(name: name, width: layout.width)
        }
        backbone.probes = try probes(wishes, among: found, blocks: blocks)
        guard let last = backbone.probes.last else {
            throw BackboneError(detail: "the network has no output of numbers for each picture")
        }
        guard backbone.probes.count <= 64, backbone.probes.allSatisfy({ (1...widest).contains($0.width) }) else {
            throw BackboneError(
                detail:
                    "a backbone has at most 64 outputs of 1 to \(widest) numbers a picture; \"\(last.name)\" has \(last.width)"
            )
        }
        // As a worker will load it.
        let network = try BackboneNetwork(backbone, session)
        func answer(to picture: [Float]) throws(BackboneError) -> [[Float]] {
            var answer: [[Float]] = []
            try network.run(.pixels(picture)) { _, values in answer.append(values) }
            return answer
        }
        let plain = try answer(to: picture(of: 0.25))
        let striped = try answer(to: (0..<3 * side.height * side.width).map { $0 % 7 < 3 ? -0.5 : 0.75 })
        guard (plain + striped).allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
            throw BackboneError(detail: "the network answers a picture of one colour, or of stripes, with infinity")
        }
        guard try answer(to: picture(of: 0.25)) == plain else {
            throw BackboneError(
                detail: "the network answers the same picture otherwise each time, so no result could be repeated"
            )
        }
        guard plain.last != striped.last else {
            throw BackboneError(
                detail: "the network answers two different pictures alike: \(last.name) depends on no picture"
            )
        }
        return backbone
    }

    /// Any network that reads texts.
    private static let texts = Backbone.Input.texts(.init(tokens: 2, lowercase: false, vocabulary: ""))

    /// The most blocks that are looked at where the sender names none.
    static let mostBlocks = 12

    /// Tensors within the network that are to become outputs: those that the sender names, or where its blocks end, unless it
    /// has several outputs already.
    private static func taps(_ wishes: Wishes, _ graph: OnnxGraph) throws(BackboneError) -> [String] {
        guard let wanted = wishes.probes else { return graph.outputs.count > 1 ? [] : graph.blocks(atMost: mostBlocks) }
        let inner = wanted.filter { !graph.outputs.contains($0) }
        for name in inner where !graph.computed.contains(name) {
            throw BackboneError(
                detail: "the network has nothing called \"\(name)\"; it has the outputs "
                    + "\(graph.outputs.joined(separator: ", ")), and within \(graph.blocks(atMost: mostBlocks).joined(separator: ", "))"
            )
        }
        return inner
    }

    /// What is looked at, from the first block to the embedding: blocks in their order, then outputs in the network's order, with
    /// the widest, which heads are trained on, at the end.
    private static func probes(
        _ wishes: Wishes,
        among found: [Backbone.Probe],
        blocks: [String]
    ) throws(BackboneError) -> [Backbone.Probe] {
        if let wanted = wishes.probes {
            return try wanted.map { name throws(BackboneError) in
                guard let probe = found.first(where: { $0.name == name }) else {
                    throw BackboneError(detail: "\"\(name)\" has no row of numbers for each picture")
                }
                return probe
            }
        }
        let within = blocks.compactMap { name in found.first { $0.name == name } }.filter { $0.width <= widest }
        let declared = found.filter { !blocks.contains($0.name) }
        let embedding = declared.enumerated().max { ($0.element.width, $0.offset) < ($1.element.width, $1.offset) }
        return within + declared.enumerated().filter { $0.offset != embedding?.offset }.map(\.element)
            + (embedding.map { [$0.element] } ?? [])
    }

    private static func size(_ wishes: Wishes, _ shape: [Int64]) throws(BackboneError) -> (height: Int, width: Int) {
        guard shape.count == 4, shape[1] == 3 || shape[1] < 0 else {
            throw BackboneError(
                detail: "the network's input is not pictures x 3 x rows x columns, it has the shape \(shape) (-1: any)"
            )
        }
        let (height, width) = (Int(shape[2]), Int(shape[3]))
        if let size = wishes.size, (height > 0 && height != size) || (width > 0 && width != size) {
            throw BackboneError(detail: "the network takes pictures of \(height) x \(width), not of \(size) x \(size)")
        }
        let side = wishes.size ?? 224
        let found = (height > 0 ? height : side, width > 0 ? width : side)
        guard (8...largestSide).contains(found.0), (8...largestSide).contains(found.1) else {
            throw BackboneError(detail: "pictures of 8 to \(largestSide) pixels a side, not \(found.0) x \(found.1)")
        }
        return found
    }
}
