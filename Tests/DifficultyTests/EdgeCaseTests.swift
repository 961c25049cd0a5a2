import Arrays
import Difficulty
import Files
import Foundation
import Testing

@Suite struct EdgeCaseTests {
    /// Full evidence with plain numbers: examples are predicted as `finals`, everything else follows.
    private func member(_ held: [UInt8], finals: [Int], labels: [Int32], classes: Int = 3) -> MemberArrays {
        let count = labels.count
        let logits = finals.map { sure($0, of: classes, by: 3) }
        let row = finals.map { UInt16($0) }
        let known = labels.map { $0 < 0 ? Float.nan : 0.5 }
        return MemberArrays(
            heldOut: held,
            pred: [row, row],
            pLabel: [known, known],
            margin: [known, known],
            pSquared: [known.map { _ in 0.5 }, known.map { _ in 0.5 }],
            initPred: [UInt16](repeating: 0, count: count),
            finalLogits: logits,
            snapshotEpochs: [2],
            heldOutLogits: [held.indices.filter { held[$0] != 0 }.map { logits[$0] }],
            votes: [row, row],
            labelShare: [labels.map { $0 < 0 ? 255 : 4 }, labels.map { $0 < 0 ? 255 : 4 }],
            learningRate: [0.1, 0.1]
        )
    }

    /// 0: ordinary; 1: no label; 2: the only one of its class, never held out; 3: the dataset's own test split.
    private var special: JobArrays {
        let labels: [Int32] = [0, -1, 1, 0, 0, 0]
        let held: [[UInt8]] = [[1, 1, 0, 1, 0, 0], [0, 1, 0, 1, 1, 1], [1, 1, 0, 1, 0, 0], [0, 1, 0, 1, 1, 1]]
        let members = held.map { member($0, finals: [0, 2, 1, 0, 0, 0], labels: labels) }
        return JobArrays(
            labels: labels,
            classes: ["cat", "dog", "cow"],
            split: [0, 0, 0, 1, 0, 0],
            members: Dictionary(uniqueKeysWithValues: members.enumerated().map { ($0.offset, $0.element) }),
            folds: 2,
            repeats: 2,
            kind: "images"
        )
    }

    @Test func anExampleNeverHeldOutIsNullNotZero() throws {
        try reduce(special) { output throws in
            let heldOutScores = [
                "prediction_depth_heldout", "prediction_depth_heldout_filled", "prediction_depth_heldout_undefined",
                "iteration_learned_heldout", "consensus_share", "vote_entropy", "heldout_confidence",
                "predictive_entropy", "mutual_information", "output_margin", "consistency", "consistency_lo",
                "memorization", "self_confidence", "issue_score", "normalized_margin", "input_knn",
            ]
            for name in heldOutScores { #expect(try output.cell(name, 2) == nil, "\(name)") }
            #expect(try output.cell("consistency_n", 2) == 0)
            #expect(try output.categories("group")[2] == nil)
            #expect(try output.categories("suggested_label")[2] == nil)
            #expect(try output.cell("prediction_depth_train", 2) == 0)
            #expect(try output.cell("forgetting_events", 2) == 0)
            let probabilities = try output.numbers("heldout_probs")
            #expect(probabilities[6..<9].allSatisfy { $0.isNaN })
            #expect(
                try output.why(2)
                    == "No finished network was kept from seeing this picture; once learned it was never forgotten."
            )
            #expect(
                output.summary.warnings.contains { $0.code == "never_held_out" && $0.detail.hasPrefix("1 example ") }
            )
        }
    }

    @Test func anExampleWithoutALabel() throws {
        try reduce(special) { output throws in
            for name in [
                "consistency", "memorization", "self_confidence", "issue_score", "input_knn", "forgetting_events",
                "unforgettable", "aum", "el2n", "datamap_confidence", "prediction_depth_train", "resisted_label",
            ] {
                #expect(try output.cell(name, 1) == nil, "\(name)")
            }
            // What needs no label is there.
            #expect(try output.cell("prediction_depth_heldout", 1) == 0)
            #expect(try output.cell("heldout_confidence_n", 1) == 4)
            #expect(try output.categories("consensus_class")[1] == "cow")
            #expect(try output.categories("suggested_label")[1] == "cow")
            #expect(try output.categories("label")[1] == nil)
            #expect(try output.categories("issue_type")[1] == nil)
            #expect(try output.issues.allSatisfy { $0.rowIndex != 1 })
            #expect(try output.why(1) == "All 4 networks that never saw this picture call it cow, from the input on.")
        }
    }

    @Test func theTestSplitIsHeldOutByAllAndCountedApart() throws {
        var job = special
        for index in job.members.keys { job.members[index]?.finalLogits?[3] = sure(1, of: 3) }
        try reduce(job) { output throws in
            #expect(try output.cell("consistency", 3) == 0)
            #expect(try output.cell("consistency_n", 3) == 4)
            #expect(try output.cell("prediction_depth_train", 3) == nil)
            #expect(output.summary.accuracy.heldout == 1)
            #expect(output.summary.accuracy.test == 0)
            // Rows 0, 4 and 5 are labelled, in the training split and held out.
            #expect(output.summary.accuracyByDepth.map(\.n).reduce(0, +) == 3)
        }
    }

    @Test func oneMemberAlone() throws {
        var job = special
        job.members = [0: job.members[0]!]
        job.partial = true
        try reduce(job) { output throws in
            #expect(try output.cell("consistency", 0) == 1)
            #expect(try output.cell("consistency_se", 0) == nil)
            #expect(try output.cell("consensus_share", 0) == nil)
            #expect(try output.categories("consensus_class").allSatisfy { $0 == nil })
            #expect(try output.cell("mutual_information", 0) == nil)
            #expect(try output.cell("predictive_entropy", 0) != nil)
            #expect(try output.categories("group").allSatisfy { $0 == nil })
            #expect(output.summary.partial)
            #expect(output.summary.members.used == 1 && output.summary.members.total == 4)
            #expect(output.summary.reliability.isEmpty)
            #expect(output.summary.trust.reliability == nil && output.summary.trust.level != "good")
            #expect(
                try output.why(0).hasPrefix(
                    "The one network that never saw this picture calls it cat, as its label says"
                )
            )
        }
    }

    @Test func aClassWithoutExamples() throws {
        var job = special
        job.labels[2] = 0
        try reduce(job) { output throws in
            let dog = try #require(output.summary.depthByClass.first { $0.label == "dog" })
            #expect(
                dog.n == 0 && dog.meanDepthHeldout == nil && dog.consistency == nil
                    && (dog.estimatedLabelErrors ?? 0) == 0
            )
            #expect(output.summary.confusion?.suggested[1] == [0, 0, 0])
            #expect(output.summary.issues?.confidentJoint?.value.isFinite == true)
        }
    }

    @Test func theSamePictureWithTwoLabels() throws {
        var job = special
        job.duplicateOf = [0, 1, 0, 3, 4, 5]
        try reduce(job) { output throws in
            let conflicts = try output.issues.filter { $0.type == "duplicate_conflict" }
            #expect(Set(conflicts.map(\.rowIndex)) == [0, 2])
            #expect(conflicts.first { $0.rowIndex == 2 }?.conflictsWith == 0)
            #expect(conflicts.first { $0.rowIndex == 2 }?.issueScore == nil)
            // What has no score comes last.
            #expect(try output.issues.last?.rowIndex == 2)
            #expect(
                conflicts.first { $0.rowIndex == 0 }?.reasons.contains("Row 2 is the same picture with the label dog.")
                    == true
            )
        }
    }

    @Test func nearlyTheSameInputWithAnotherLabel() throws {
        var job = special
        job.labels = [0, -1, 1, 0, 1, 0]
        // Nearest training example of each held-out row in input space; only row 4 has one next to it.
        for (index, member) in job.members {
            let rows = member.heldOut.indices.filter { member.heldOut[$0] != 0 }
            let near = rows.flatMap { row -> [UInt32] in [row == 4 ? 0 : 2, 1, 1, 1, 1] }
            let distance = rows.flatMap { row -> [Float] in [row == 4 ? 0.009 : 1, 2, 2, 2, 2] }
            job.members[index]?.neighborIndex = NDArray(shape: [2, rows.count, 5], values: near + near)
            job.members[index]?.neighborDistance = NDArray(shape: [2, rows.count, 5], values: distance + distance)
        }
        try reduce(job) { output throws in
            let issue = try #require(try output.issues.first { $0.rowIndex == 4 })
            #expect(issue.conflictsWith == 0)
            #expect(issue.reasons.contains("Row 0 is nearly the same picture with the label cat."))
            #expect(try output.issues.allSatisfy { $0.conflictsWith == nil || $0.rowIndex == 4 })
        }
    }

    @Test func betweenTwoClassesAndOfNoClass() throws {
        // Ten certain examples of each class set the thresholds; 20 is between a and b, 21 is of no class.
        let labels = (0..<20).map { Int32($0 % 2) } + [0, 0]
        func member(_ flip: Bool) -> MemberArrays {
            var rows = labels.map { logits([0.97, 0.01, 0.01, 0.01].rotated(by: Int($0))) }
            rows[20] = logits(flip ? [0.47, 0.51, 0.01, 0.01] : [0.55, 0.43, 0.01, 0.01])
            rows[21] = logits(flip ? [0.4, 0.26, 0.2, 0.14] : [0.4, 0.22, 0.22, 0.16])
            return MemberArrays(
                heldOut: [UInt8](repeating: 1, count: 22),
                finalLogits: rows,
                snapshotEpochs: [1],
                heldOutLogits: [rows]
            )
        }
        let job = JobArrays(
            labels: labels,
            classes: ["a", "b", "c", "d"],
            members: [0: member(false), 1: member(true)],
            folds: 1,
            repeats: 2
        )
        try reduce(job) { output throws in
            let issues = try output.issues
            #expect(issues.map(\.rowIndex) == [21, 20])
            #expect(issues.map(\.type) == ["atypical", "ambiguous"])
            #expect(issues[0].reasons.first == "No class is probable: a 0.40, b 0.24, c 0.21.")
            #expect(issues[1].reasons.first == "Between a (0.51) and b (0.47): the networks disagree.")
            #expect(try output.why(20).hasSuffix("Typical of an example between a and b."))
        }
    }

    @Test func evidenceThatDoesNotBelongTogetherIsRefused() throws {
        func expect(_ error: DifficultyError, _ change: (inout JobArrays) -> Void) throws {
            var job = special
            change(&job)
            try withTemporaryFolder { folder in
                let spec = try write(job, to: folder)
                #expect(throws: error) { try ScoreRun.run(spec) }
                #expect(!Files.live.exists(spec.outputDirectory + "/summary.json"))
            }
        }
        try expect(.noMembers) { $0.members = [:] }
        try expect(.unlabelledInTraining(member: 0, example: 1)) {
            $0.members[0]?.heldOut[1] = 0; $0.members[0]?.heldOutLogits?[0].removeLast()
        }
        try expect(.badClass(name: "the labels", index: 4, value: 3, classes: 3)) { $0.labels[4] = 3 }
        try expect(.badClass(name: "member 2 pred", index: 7, value: 9, classes: 3)) { $0.members[2]?.pred?[1][1] = 9 }
        try expect(.mismatch(what: "epochs of member 3", expected: 2, got: 1)) { job in
            job.members[3]?.pred?.removeLast()
            job.members[3]?.pLabel?.removeLast()
            job.members[3]?.margin?.removeLast()
            job.members[3]?.pSquared?.removeLast()
        }
        try withTemporaryFolder { folder in
            var job = special
            job.members[1]?.votes?[0].removeLast()
            job.members[1]?.votes?[1].removeLast()
            let spec = try write(job, to: folder)
            #expect(throws: ArrayError.self) { try ScoreRun.run(spec) }
        }
    }
}

extension [Double] {
    /// Rotated to the right.
    fileprivate func rotated(by places: Int) -> [Double] { indices.map { self[($0 - places + count) % count] } }
}
