import Arrays
import Datasets
import Difficulty
import Foundation
import Testing
import TrainingLogs

@Suite struct LayerProbesTests {
    let workshop: Workshop

    init() { workshop = Workshop() }

    /// Two classes of ten at 0 and 1 of a line; example 0, of class 0, starts among the others and crosses over from
    /// layer to layer (Difficulty/README.md, section 10).
    private func layers(_ positions: [Float]) -> Log {
        var log = Log().with("labels", [20], (0..<20).map { UInt8($0 / 10) })
        for (layer, position) in positions.enumerated() {
            var values = (0..<20).map { Float($0 / 10) + Float($0 % 10) * 0.001 }
            values[0] = position
            log = log.with("layer_\(layer)", [20, 1], values)
        }
        return log
    }

    private func finals(right: Bool) -> [Float] {
        (0..<20).flatMap { (row: Int) -> [Float] in
            let isFirst = row == 0 ? right : row < 10
            return isFirst ? [1, 0] : [0, 1]
        }
    }

    @Test func depthIsWhereTheVotesAgree() throws {
        let log = try workshop.read(
            try layers([0.9, 0.7, 0.3, 0.1]).with("final_logits", [20, 2], finals(right: true)).bytes,
            options: LogOptions(k: 3)
        )
        #expect(log.evidence.k == 3 && log.evidence.probeNames == ["layer_0", "layer_1", "layer_2", "layer_3"])
        let scores = try log.scores()
        let depths = try scores.column("prediction_depth_train")
        #expect(depths[0] == 2)
        #expect(depths[1...].allSatisfy { $0 == 0 })
        #expect(scores.missing.contains("prediction_depth_heldout"))
        #expect(scores.summary.probeAccuracy.map(\.train) == [0.95, 0.95, 1, 1])
    }

    @Test func theLastLayerAnswersWhereTheNetworkIsSilent() throws {
        let log = try workshop.read(try layers([0.9, 0.7, 0.3]).bytes)
        #expect(log.evidence.notes.map(\.code) == ["answer_of_the_last_layer"])
        // Half of the smallest class.
        #expect(log.evidence.k == 5)
        #expect(try log.scores().column("prediction_depth_train")[0] == 2)
        let logits = try workshop.read(
            try layers([0.9, 0.1]).with("layer_2", [20, 2], finals(right: false)).bytes,
            options: LogOptions(k: 3)
        )
        let expected: [Int] = (0..<20).map { row in row == 0 || row >= 10 ? 1 : 0 }
        #expect(try logits.integers("final_pred") == expected)
    }

    @Test func examplesHeldOutAreNoReferences() throws {
        var heldOut = [UInt8](repeating: 0, count: 20)
        heldOut[0] = 1
        let log = try workshop.read(
            try layers([0.9, 0.1]).with("held_out", [20], heldOut).with("final_logits", [20, 2], finals(right: true))
                .bytes,
            options: LogOptions(k: 3)
        )
        let scores = try log.scores()
        #expect(try scores.column("prediction_depth_heldout")[0] == 1)
        #expect(try scores.column("consistency")[0] == 1)
        #expect(try log.integers("neighbor_idx").count == 2 * 1 * 5)
        #expect(!(try log.integers("neighbor_idx").contains(0)))
    }

    @Test func layersMayHaveNamesAndAnyShape() throws {
        let values = (0..<80).map { Float($0 / 40) }
        let log = try workshop.read(
            try Log().with("labels", [20], (0..<20).map { UInt8($0 / 10) }).with("embeddings/conv", [20, 2, 2], values)
                .with("embeddings/dense", [20, 4], values).bytes
        )
        #expect(log.evidence.probeNames == ["conv", "dense"])
        #expect(try log.scores().column("prediction_depth_train") == [Float](repeating: 0, count: 20))
    }

    @Test(
        arguments: [
            (["layer_0", "embeddings/a"], nil, "the layers: expected numbers (layer_0, layer_1, ...) or names"),
            (["layer_0"], 20, "k: expected 1 to 19 (the network trained on 20 examples), got 20"),
        ] as [([String], Int?, String)]
    ) func whatIsWrongIsSaidExactly(_ names: [String], _ k: Int?, _ message: String) throws {
        var log = Log().with("labels", [20], (0..<20).map { UInt8($0 / 10) })
        for name in names { log = log.with(name, [20, 1], (0..<20).map { Float($0) }) }
        let said = try workshop.refusal(try log.bytes, options: LogOptions(k: k))
        #expect(said.contains(message), "\(said)")
    }
}
