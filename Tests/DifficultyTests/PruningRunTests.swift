import Difficulty
import Files
import Foundation
import Testing

/// Accuracies of a verification, from evidence.
@Suite struct PruningRunTests {
    private let labels: [Int32] = [0, 1, 0, 1, 0, 1, -1]

    private func member(_ heldOut: [UInt8], right: [Bool]) -> MemberArrays {
        MemberArrays(
            heldOut: heldOut,
            finalLogits: zip(labels, right).map { sure($0 < 0 ? 0 : Int($1 ? $0 : 1 - $0), of: 2) }
        )
    }

    private func summary(_ members: [Int: MemberArrays], split: [UInt8]? = nil, excluded: Int = 0) throws
        -> PruningSummary
    {
        try withTemporaryFolder { folder in
            let job = JobArrays(
                labels: labels,
                classes: ["a", "b"],
                split: split,
                members: members,
                folds: 3,
                repeats: 2,
                excluded: excluded
            )
            var spec = try write(job, to: folder)
            spec.pruning = .init(candidates: 4, counts: [2])
            let summary = try PruningRun.run(spec)
            let stored = try JSONDecoder().decode(
                PruningSummary.self,
                from: Data(Files.live.read(spec.outputDirectory + "/summary.json"))
            )
            #expect(stored == summary)
            return summary
        }
    }

    /// Rows 4 and 5 are held out of everything; what a kept set lacks is not judged by, and neither is row 6 without label.
    private var members: [Int: MemberArrays] {
        let all: [UInt8] = [0, 0, 0, 0, 1, 1, 1]
        let some: [UInt8] = [0, 0, 1, 1, 1, 1, 1]
        let yes = [Bool](repeating: true, count: 7)
        var half = yes
        half[4] = false
        // Wrong about all that is not judged.
        let none = [false, false, false, false, false, false, false]
        let unseen = [false, false, false, false, true, true, false]
        return [
            0: member(all, right: yes), 1: member(some, right: unseen), 2: member(some, right: half),
            3: member(all, right: half), 4: member(some, right: half), 5: member(some, right: none),
        ]
    }

    @Test func accuraciesAreThoseOnWhatTheRunHoldsOut() throws {
        let summary = try summary(members)
        #expect(summary.evaluatedOn == "folds" && summary.evaluated == 2)
        #expect(summary.sets.map(\.set) == ["full", "kept", "random"])
        #expect(summary.sets.map(\.keep) == [1, 0.5, 0.5])
        #expect(summary.sets.map(\.trainExamples) == [4, 2, 2])
        #expect(summary.sets.map(\.accuracies) == [[1, 0.5], [1, 0.5], [0.5, 0]])
        #expect(summary.sets.map(\.accuracy) == [0.75, 0.75, 0.25])
        // sd of (1, 0.5) is 0.3536, over sqrt(2) 0.25; t of one degree of freedom is 12.7062.
        #expect(abs(try #require(summary.sets[0].standardError) - 0.25) < 1e-12)
        #expect(summary.sets[0].interval == [0, 1])
        let kept = try #require(summary.differences.first { $0.set == "kept" && $0.minus == "random" })
        #expect(kept.difference == 0.5 && kept.standardError == 0 && kept.interval == [0.5, 0.5] && kept.runs == 2)
        let full = try #require(summary.differences.first { $0.set == "random" && $0.minus == "full" })
        #expect(full.difference == -0.5 && full.keep == 0.5)
    }

    @Test func ofATestSplitItIsSaid() throws {
        let summary = try summary(members, split: [0, 0, 0, 0, 1, 1, 1])
        #expect(summary.evaluatedOn == "test")
    }

    @Test func runsWithoutAPartnerAreLeftOutOfDifferences() throws {
        var members = members
        members[4] = nil
        let some = try summary(members, excluded: 1)
        #expect(some.sets[1].accuracies == [1, nil] && some.sets[1].standardError == nil)
        #expect(some.sets[1].interval == nil && some.members.excluded == 1)
        #expect(some.differences.map(\.runs) == [1, 1, 2])
        // Without the network of all candidates nothing says what the run is to be judged on.
        members[3] = nil
        let one = try summary(members, excluded: 2)
        #expect(one.sets.map(\.accuracies) == [[1, nil], [1, nil], [0.5, nil]])
    }
}
