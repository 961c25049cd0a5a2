import Arrays
import Difficulty
import Files
import Foundation
import Testing

/// Agreement with the independent implementation in `Fixtures/reference.py`.
@Suite struct ReferenceTests {
    /// What the reference says beside its columns.
    private struct Facts: Decodable {
        struct Reliability: Decodable {
            var rho: Double
            var spearman_brown: Double
            var top5: Double
        }

        var t_star: Int
        var losses: [Double]
        var estimated_label_errors: Double
        var heldout_accuracy: Double
        var probe_heldout: [Double]
        var reliability: [String: Reliability]
        var correlations: [[Double]]
        var correlation_names: [String]
    }

    @Test func everyColumnAgreesWithTheStoredReference() throws {
        try compare(NPZReader(path: fixture("reference.npz")))
    }

    @Test(.enabled(if: hasNumPy, "needs python3 with NumPy"), arguments: [101])
    func everyColumnAgreesWithAFreshReference(seed: Int) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/fresh.npz"
            try runPython([fixture("reference.py"), "\(seed)", "300", path])
            try compare(NPZReader(path: path))
        }
    }

    private func compare(_ reference: NPZReader) throws {
        let facts = try JSONDecoder().decode(Facts.self, from: Data(reference.array("facts", as: UInt8.self).values))
        try reduce(Self.job(reference)) { output throws in
            let expected = reference.names.filter { $0.hasPrefix("out/") }.map { String($0.dropFirst(4)) }
            let produced = try output.columns.map(\.name).filter { $0 != "label" } + ["heldout_probs"]
            #expect(Set(produced) == Set(expected))
            for column in try output.columns where column.name != "label" {
                if column.dtype == "category" {
                    let want = try reference.array("out/\(column.name)", as: Int32.self).values
                    #expect(try output.codes(column.name) == want, "\(column.name)")
                } else {
                    try expectEqual(column.name, output, reference)
                }
            }
            try expectEqual("heldout_probs", output, reference)
            try compare(output.summary, facts)
        }
    }

    private func expectEqual(_ name: String, _ output: ScoreOutput, _ reference: NPZReader) throws {
        let got = try output.numbers(name)
        let want = try reference.array("out/\(name)", as: Float.self).values
        try #require(got.count == want.count)
        let wrong = got.indices.filter { !agrees(got[$0], want[$0], tolerance: 1e-5) }
        #expect(wrong.isEmpty, "\(name): \(wrong.prefix(3).map { "row \($0): \(got[$0]), expected \(want[$0])" })")
    }

    private func compare(_ summary: ScoreSummary, _ facts: Facts) throws {
        let judged = try #require(summary.tStar)
        #expect(judged.epoch == facts.t_star)
        for (got, want) in zip(judged.heldoutLoss, facts.losses) { #expect(abs(got - want) < 1e-6) }
        let errors = try #require(summary.issues?.confidentJoint)
        #expect(abs(errors.value - facts.estimated_label_errors) < 1e-6)
        #expect(errors.interval[0] < errors.value && errors.value < errors.interval[1])
        #expect(abs(try #require(summary.accuracy.heldout) - facts.heldout_accuracy) < 1e-6)
        for (got, want) in zip(summary.probeAccuracy, facts.probe_heldout) {
            #expect(abs(try #require(got.heldout) - want) < 1e-9)
        }
        for (name, want) in facts.reliability {
            let got = try #require(summary.reliability[name], "\(name)")
            #expect(abs(try #require(got.rho) - want.rho) < 1e-6, "\(name)")
            #expect(abs(try #require(got.spearmanBrown) - want.spearman_brown) < 1e-6, "\(name)")
            // The reference draws lots for ties 4,000 times.
            #expect(abs(try #require(got.top5) - want.top5) < 0.03, "\(name)")
        }
        let names = summary.correlations.names
        for (i, first) in facts.correlation_names.enumerated() {
            for (j, second) in facts.correlation_names.enumerated() {
                let (a, b) = (try #require(names.firstIndex(of: first)), try #require(names.firstIndex(of: second)))
                #expect(abs(try #require(summary.correlations.rho[a][b]) - facts.correlations[i][j]) < 1e-6)
            }
        }
    }

    static func job(_ reference: NPZReader) throws -> JobArrays {
        let labels = try reference.array("in/labels", as: Int32.self).values
        let indices = Set(reference.names.compactMap { Int($0.split(separator: "/").dropFirst().first ?? "") })
        var members: [Int: MemberArrays] = [:]
        for index in indices {
            func rows<Element: ArrayElement>(_ name: String, _ type: Element.Type) throws -> [[Element]] {
                let array = try reference.array("in/\(index)/\(name)", as: type)
                let width = array.shape.last ?? 1
                return stride(from: 0, to: array.count, by: width).map { Array(array.values[$0..<$0 + width]) }
            }
            let snapshots = try reference.array("in/\(index)/heldout_logits", as: Float.self)
            let flat = try rows("heldout_logits", Float.self)
            let held = snapshots.shape[1]
            members[index] = MemberArrays(
                heldOut: try reference.array("in/\(index)/held_out", as: UInt8.self).values,
                pred: try rows("pred", UInt16.self),
                pLabel: try rows("p_label", Float.self),
                margin: try rows("margin", Float.self),
                pSquared: try rows("p_sq", Float.self),
                initPred: try reference.array("in/\(index)/init_pred", as: UInt16.self).values,
                finalLogits: try rows("final_logits", Float.self),
                snapshotEpochs: try reference.array("in/\(index)/snapshot_epochs", as: UInt16.self).values,
                heldOutLogits: (0..<snapshots.shape[0]).map { Array(flat[$0 * held..<($0 + 1) * held]) },
                votes: try rows("votes", UInt16.self),
                labelShare: try rows("label_share", UInt8.self),
                learningRate: [0.01, 0.05, 0.1, 0.08, 0.06, 0.049, 0.02]
            )
        }
        return JobArrays(
            labels: labels,
            classes: ["a", "b", "c", "d"],
            split: try reference.array("in/split", as: UInt8.self).values,
            duplicateOf: try reference.array("in/duplicate_of", as: Int32.self).values,
            members: members,
            folds: 3,
            repeats: 3,
            k: 9,
            excluded: 1
        )
    }
}
