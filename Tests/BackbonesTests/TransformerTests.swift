import Backbones
import Foundation
import Recipes
import TestSupport
import Testing

/// A small trained vision transformer, as PyTorch exported it: one output, and its blocks within.
/// `Fixtures/make_transformer.py` made it.
@Suite struct TransformerTests {
    private struct Reference: Decodable {
        var embedding: [Float]
        var block_means: [[Float]]
    }

    private struct Unexpected: Error {}

    private let model: [UInt8]
    private let reference: Reference

    init() throws {
        model = try Array(fixture("transformer.onnx"))
        reference = try JSONDecoder().decode(Reference.self, from: fixture("transformer.json"))
    }

    private func describe(
        _ model: [UInt8],
        _ change: (inout BackboneInspection.Wishes) -> Void = { _ in }
    ) throws -> Backbone {
        var wishes = BackboneInspection.Wishes(name: "tower")
        change(&wishes)
        return try BackboneInspection.describe(model, wishes, sha256: "", library: library)
    }

    /// The sums behind attention and behind the perceptron, of each of four blocks; sums with a bias or a constant are none.
    @Test func blocksAreFound() {
        let graph = OnnxGraph(model)
        #expect(graph.outputs == ["embedding"])
        #expect(
            graph.blocks(atMost: 12)
                == (0..<4).flatMap { ["/blocks.\($0)/Add_output_0", "/blocks.\($0)/Add_1_output_0"] }
        )
        #expect(graph.blocks(atMost: 4) == (0..<4).map { "/blocks.\($0)/Add_1_output_0" })
    }

    /// Cut anywhere, a file gives fewer nodes and no crash.
    @Test func damagedFilesAreRead() {
        for count in stride(from: 0, to: model.count, by: 997) {
            #expect(OnnxGraph(Array(model.prefix(count))).nodes.count <= OnnxGraph(model).nodes.count)
        }
        var generator = SeededGenerator(seed: 14)
        for _ in 0..<50 {
            var bytes = model
            for _ in 0..<20 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = OnnxGraph(bytes).blocks(atMost: 12)
        }
    }

    /// Embedding and blocks are what PyTorch computes, means over the tokens.
    @Test(.enabled(if: hasLibrary, "needs models/, which config/setup.sh fetches"))
    func numbersArePyTorchs() throws {
        let backbone = try describe(model)
        #expect(backbone.probes.map(\.name).last == "embedding" && backbone.probes.count == 9)
        guard case .pictures(let input) = backbone.input else { throw Unexpected() }
        #expect(input.height == 28 && backbone.probes.allSatisfy { $0.width == 32 })
        let network = try BackboneNetwork(backbone, model: model, library: library)
        var pixels: [Float] = []
        for channel in 0..<3 {
            for row in 0..<28 {
                for column in 0..<28 {
                    let value = (7 * row + 13 * column + 29 * channel) % 256
                    pixels.append((Float(value) - 127.5) / 127.5)
                }
            }
        }
        var found: [[Float]] = []
        try network.run(.pixels(pixels)) { _, values in found.append(values) }
        #expect(distance(found[8], reference.embedding) < 1e-4)
        for block in 0..<4 { #expect(distance(found[2 * block + 1], reference.block_means[block]) < 1e-4) }
    }

    /// What is within may be named, also as the embedding; what is not there, and what has no rows of numbers, may not.
    @Test(.enabled(if: hasLibrary, "needs models/, which config/setup.sh fetches"))
    func tensorsWithinMayBeNamed() throws {
        let inner = "/blocks.2/Add_1_output_0"
        #expect(try describe(model) { $0.probes = ["embedding", inner] }.probes.map(\.name) == ["embedding", inner])
        let error = #expect(throws: BackboneError.self) { try describe(model) { $0.probes = ["nowhere"] } }
        #expect(error?.detail.contains("/blocks.3/Add_1_output_0") == true)
        // Weights are no function of the picture.
        #expect(throws: BackboneError.self) { try describe(model) { $0.probes = ["place"] } }
    }
}
