import Arrays
import Difficulty
import Files
import Foundation
import PruningKind
import Tasks
import TestSupport
import Testing

/// Accuracies of a verification, from evidence.
@Suite struct PruningReductionTests {
    private let labels: [Int32] = [0, 1, 0, 1, 0, 1, -1]

    private typealias Member = (heldOut: [UInt8], right: [Bool])

    private func member(_ heldOut: [UInt8], right: [Bool]) -> Member { (heldOut, right) }

    /// Writes the evidence of members whose networks are right about some rows, and reduces it.
    private func summary(_ members: [Int: Member], split: [UInt8]? = nil, excluded: Int = 0) throws -> PruningSummary {
        let home = TemporaryFolder()
        defer { withExtendedLifetime(home) {} }
        let folder = home.path
        func save<Element: ArrayElement>(_ name: String, _ values: [Element]) throws {
            _ = try NPY.write(NDArray(shape: [values.count], values: values), to: "\(folder)/\(name).npy", files: .live)
        }
        try save("labels", labels)
        try save("split", split ?? [UInt8](repeating: 0, count: labels.count))
        for (index, member) in members {
            let home = "\(folder)/\(index)"
            try Files.live.createDirectory(home)
            var evidence = EvidenceFolder(home, files: .live)
            try evidence.write(.heldOut, member.heldOut, [labels.count])
            let answers = zip(labels, member.right).map { UInt16($0 < 0 ? 0 : $1 ? $0 : 1 - $0) }
            try evidence.write(.finalPred, answers, [labels.count])
            try evidence.finish(
                MemberManifest(
                    key: "\(index)",
                    files: evidence.digests,
                    probeNames: nil,
                    k: nil,
                    result: MemberResult(learned: true)
                )
            )
        }
        let spec = PruningSpec(
            outputDirectory: "\(folder)/columns",
            datasetDirectory: folder,
            numClasses: 2,
            members: members.keys.sorted(by: >).map { .init(index: $0, directory: "\(folder)/\($0)") },
            membersTotal: 6,
            membersExcluded: excluded,
            runs: 2,
            candidates: 4,
            counts: [2]
        )
        let summary = try PruningReduction.run(spec)
        let stored = try Files.live.read("\(spec.outputDirectory)/summary.json")
        #expect(try JSONDecoder().decode(PruningSummary.self, from: Data(stored)) == summary)
        return summary
    }

    /// Rows 4 and 5 are held out of everything; what a kept set lacks is not judged by, and neither is row 6 without label.
    private var members: [Int: Member] {
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
