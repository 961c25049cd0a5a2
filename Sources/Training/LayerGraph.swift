/// The layers of a network with what follows from them: who reads whom, and all shapes.
///
/// Layers are in an order in which each reads only what stands before it.
struct LayerGraph {
    let layers: [Layer]
    /// By layer: the layers it reads, -1 for the input of the network. The second one of an addition is what it adds.
    let sources: [[Int]]
    /// By layer: dimensions of its output for one example.
    let outputs: [[Int]]
    /// By layer: how many layers read it.
    private let readers: [Int]
    private let input: [Int]

    /// Whether activations of images lie blocked by eight channels throughout: the own kernels ask for it.
    let isBlocked: Bool

    init(_ layers: [Layer], input: [Int]) throws {
        var places: [String: Int] = [:]
        var sources: [[Int]] = []
        var outputs: [[Int]] = []
        var readers = Array(repeating: 0, count: layers.count)
        func place(_ name: String, for layer: Layer) throws -> Int {
            guard let place = places[name] else {
                throw TrainingError.unsuitable("layer \(layer.name) reads \(name), which is not a layer before it")
            }
            return place
        }
        for (index, layer) in layers.enumerated() {
            var reads = [try layer.source.map { try place($0, for: layer) } ?? index - 1]
            if case .addition(let other) = layer.kind { reads.append(try place(other, for: layer)) }
            let shapes = reads.map { $0 < 0 ? input : outputs[$0] }
            guard shapes.allSatisfy({ $0 == shapes[0] }) else {
                throw TrainingError.unsuitable("layer \(layer.name) adds shapes \(shapes[0]) and \(shapes[1])")
            }
            for read in reads where read >= 0 { readers[read] += 1 }
            sources.append(reads)
            outputs.append(layer.output(of: shapes[0]))
            places[layer.name] = index
        }
        guard places.count == layers.count else { throw TrainingError.unsuitable("two layers have the same name") }
        if let unread = readers.dropLast().firstIndex(of: 0) {
            throw TrainingError.unsuitable("nothing reads layer \(layers[unread].name)")
        }
        self.layers = layers
        self.input = input
        self.sources = sources
        self.outputs = outputs
        self.readers = readers
        isBlocked = layers.contains {
            switch $0.kind {
            case .normalization, .addition, .relu, .averagePooling: true
            case .convolution, .maxPooling, .dense: false
            }
        }
    }

    /// Dimensions of what a layer reads, for one example.
    func input(of layer: Int) -> [Int] {
        let source = sources[layer][0]
        return source < 0 ? input : outputs[source]
    }

    /// Whether `layer` may be computed together with the next one, its own output never being written: nobody else
    /// reads it, and no probe looks at it (probes look in inference only).
    func isSwallowed(_ layer: Int, training: Bool) -> Bool {
        layer + 1 < layers.count && sources[layer + 1][0] == layer && readers[layer] == 1
            && (training || !layers[layer].isProbe)
    }

    /// Multiplications of a forward pass over one example.
    var multiplicationsPerExample: Int {
        layers.indices.reduce(0) { $0 + layers[$1].multiplications(of: input(of: $1)) }
    }
}
