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
        public var resize: Backbone.Input.Resize?
        /// The outputs to look at, the embedding last; nil: all that have one row of numbers a picture, the widest last.
        public var probes: [String]?
        /// Under what terms it may be used.
        public var license: String?
        /// Where it comes from.
        public var source: String?

        /// - Parameter name: its name
        public init(name: String) { self.name = name }

        /// Whether what is said here is true of a backbone.
        public func agree(with backbone: Backbone) -> Bool {
            let input = backbone.input
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
        let ports = try BackbonePorts(model, library: library)
        let side = try size(wishes, ports.shape)
        var backbone = Backbone(
            name: wishes.name,
            input: Backbone.Input(
                height: side.height,
                width: side.width,
                mean: wishes.mean ?? [127.5, 127.5, 127.5],
                scale: wishes.scale ?? [127.5, 127.5, 127.5],
                resize: wishes.resize ?? .stretch
            ),
            probes: [],
            license: wishes.license,
            source: wishes.source,
            sha256: sha256
        )
        guard backbone.input.mean.count == 3, backbone.input.scale.count == 3,
            backbone.input.scale.allSatisfy({ $0.isFinite && $0 != 0 }), backbone.input.mean.allSatisfy(\.isFinite)
        else { throw BackboneError(detail: "mean and scale are three numbers each, and no scale is 0") }
        let shapes = try ports.run(height: side.height, width: side.width)
        let known = shapes.map(\.name)
        if let wanted = wishes.probes {
            for name in wanted where !known.contains(name) {
                throw BackboneError(
                    detail: "the network has no output \"\(name)\"; it has \(known.joined(separator: ", "))"
                )
            }
            backbone.probes = wanted.compactMap { name in shapes.first { $0.name == name } }
        } else {
            // In the network's order, with the widest, which heads are trained on, at the end.
            let widest = shapes.enumerated().max { ($0.element.width, $0.offset) < ($1.element.width, $1.offset) }
            backbone.probes = shapes.enumerated().filter { $0.offset != widest?.offset }.map(\.element)
            if let widest { backbone.probes.append(widest.element) }
        }
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
        let network = try BackboneNetwork(backbone, model: model, library: library)
        var isFinite = true
        try network.run(Array(repeating: 0.25, count: 3 * side.height * side.width)) { _, values in
            isFinite = isFinite && values.allSatisfy(\.isFinite)
        }
        guard isFinite else { throw BackboneError(detail: "the network answers a picture of one colour with infinity") }
        return backbone
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
