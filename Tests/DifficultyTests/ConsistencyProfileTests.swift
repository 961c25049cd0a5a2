import Difficulty
import Files
import Foundation
import Testing

/// Members of random subsets at several train ratios.
@Suite struct ConsistencyProfileTests {
    /// A member that holds some examples out and is right about some, of two classes.
    private func member(_ heldOut: [UInt8], right: [Bool], labels: [Int32]) -> MemberArrays {
        MemberArrays(
            heldOut: heldOut,
            finalLogits: zip(labels, right).map { sure(Int($1 ? $0 : 1 - $0), of: 2) }
        )
    }

    private let labels: [Int32] = [0, 0, 1, 1]

    /// Rounds of s = 0.5 and s = 0.75: members 0 and 2 are of the first, 1 and 3 of the second.
    private var job: JobArrays {
        JobArrays(
            labels: labels,
            classes: ["cat", "dog"],
            members: [
                0: member([1, 0, 1, 0], right: [true, true, false, true], labels: labels),
                1: member([1, 0, 0, 0], right: [true, true, true, true], labels: labels),
                2: member([1, 0, 0, 1], right: [false, false, true, true], labels: labels),
                3: member([1, 0, 1, 0], right: [true, true, false, true], labels: labels),
            ],
            folds: 2,
            repeats: 2,
            ratios: [0.5, 0.75]
        )
    }

    @Test func theProfileAndItsMean() throws {
        try reduce(job) { output throws in
            func cells(_ name: String) throws -> [Float?] { try labels.indices.map { try output.cell(name, $0) } }
            #expect(try cells("consistency_at_50") == [0.5, nil, 0, 1])
            #expect(try cells("consistency_at_50_n") == [2, 0, 1, 1])
            #expect(try cells("consistency_at_50_se") == [0.5, nil, nil, nil])
            #expect(try cells("consistency_at_75") == [1, nil, 0, nil])
            #expect(try cells("consistency_at_75_n") == [2, 0, 1, 0])
            #expect(try #require(try output.cell("consistency_at_75_lo", 0)) < 0.4)
            // Not the mean over members, and null where a ratio says nothing.
            #expect(try cells("c_score") == [0.75, nil, 0, nil])
            #expect(try cells("c_score_n") == [4, 0, 2, 1])
            // sqrt(0.5^2 + 0^2) / 2.
            #expect(try cells("c_score_se") == [0.25, nil, nil, nil])
            #expect(try cells("consistency") == [0.75, nil, 0, 1])
        }
    }

    @Test func ratiosAreSummedUp() throws {
        try reduce(job) { output throws in
            let ratios = try #require(output.summary.accuracyByTrainRatio)
            #expect(ratios.map(\.trainRatio) == [0.5, 0.75])
            #expect(ratios.map(\.members) == [2, 2])
            // Each example once: 0.5, 0 and 1; 1 and 0.
            #expect(ratios.map(\.heldout) == [0.5, 0.5])
            #expect(
                output.summary.warnings.contains {
                    $0.code == "several_train_ratios" && $0.detail.contains("50 % to 75 %")
                }
            )
            let column = try #require(try output.columns.first { $0.name == "consistency_at_50_se" })
            #expect(column.score == "consistency_at_50" && column.title == "Consistency at 50 %: standard error")
            #expect(try output.columns.first { $0.name == "consistency_at_50" }?.higherIsHarder == false)
            #expect(output.summary.notComputed.allSatisfy { !$0.score.contains("{") })
        }
    }

    /// Rows 0 and 1 repeat between runs, whatever the ratio: halves are made of whole runs.
    @Test func reliabilityComparesRuns() throws {
        let labels: [Int32] = [0, 0, 1, 1, 0, 1]
        let right = [true, false, true, false, true, false]
        let all = member([1, 1, 1, 1, 1, 1], right: right, labels: labels)
        var job = job
        job.labels = labels
        // At the second ratio everything is right, so that halves of one ratio each would not agree.
        let other = member([1, 1, 1, 1, 1, 1], right: [true, true, true, true, true, true], labels: labels)
        job.members = [0: all, 1: other, 2: all, 3: other]
        try reduce(job) { output throws in
            let result = try #require(output.summary.reliability["c_score"])
            #expect(result.rho == 1)
            #expect(output.summary.reliability["consistency_at_50"]?.rho == 1)
            #expect(!output.summary.warnings.contains { $0.code == "single_repeat" })
        }
        job.members[2] = nil
        job.members[3] = nil
        try reduce(job) { output throws in
            #expect(output.summary.reliability.isEmpty)
            #expect(
                output.summary.warnings.contains { $0.code == "single_repeat" && $0.detail.contains("two whole runs") }
            )
            #expect(output.summary.trust.reasons.contains { $0.contains("fewer than two runs") })
        }
    }

    @Test func memorizationComparesWithinARatio() throws {
        try reduce(job) { output throws in
            func cells(_ name: String) throws -> [Float?] { try labels.indices.map { try output.cell(name, $0) } }
            #expect(try cells("memorization") == [nil, nil, 1, 0])
            #expect(try cells("memorization_n") == [0, 0, 2, 1])
        }
        // Networks of little data are always wrong and hold out most, those of much always right and hold out little:
        // pooled, an example that makes no difference would seem memorised by half.
        let two: [Int32] = [0, 1]
        var members: [Int: MemberArrays] = [:]
        for run in 0..<4 {
            members[2 * run] = member([run < 3 ? 1 : 0, 0], right: [false, false], labels: two)
            members[2 * run + 1] = member([run < 1 ? 1 : 0, 0], right: [true, true], labels: two)
        }
        let job = JobArrays(
            labels: two,
            classes: ["cat", "dog"],
            members: members,
            folds: 2,
            repeats: 4,
            ratios: [0.2, 0.8]
        )
        try reduce(job) { output throws in
            #expect(try output.cell("memorization", 0) == 0)
            #expect(try output.cell("memorization_n", 0) == 2)
            #expect(try output.cell("resisted_label", 0) == 0)
            #expect(try output.cell("resisted_label_n", 0) == 4)
        }
    }

    /// A ratio without members yet, as in a job that has just begun.
    @Test func aRatioWithoutMembersIsNullNotZero() throws {
        var job = job
        job.members = job.members.filter { $0.key % 2 == 0 }
        job.partial = true
        try reduce(job) { output throws in
            #expect(try output.numbers("consistency_at_75").allSatisfy { $0.isNaN })
            #expect(try output.numbers("c_score").allSatisfy { $0.isNaN })
            #expect(try output.cell("consistency_at_50", 0) == 0.5)
            #expect(output.summary.accuracyByTrainRatio?.last?.members == 0)
        }
    }

    @Test func namesOfRatiosAreKnown() {
        let manifest = ScoreManifest.current
        #expect(manifest["consistency_at_70"]?.title == "Consistency at 70 %")
        #expect(manifest["consistency_at_70"]?.plan == "subsets")
        #expect(manifest["consistency_at_5"]?.sentence.contains("trained on 5 % of") == true)
        for name in [
            "consistency_at_", "consistency_at_0", "consistency_at_100", "consistency_at_07", "consistency_at_x",
        ] {
            #expect(manifest[name] == nil, "\(name)")
        }
        #expect(ScoreManifest.consistencyColumn(at: 0.29) == "consistency_at_29")
        // 0.29 x 100 is below 29 in binary.
        #expect(ScoreManifest.consistencyColumn(at: 0.58) == "consistency_at_58")
    }
}
