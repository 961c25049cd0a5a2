import Arrays
import Difficulty
import Files
import Foundation
import Testing

/// Cases small enough to compute on paper.
@Suite struct HandCasesTests {
    /// Two classes, four examples, K = 2, R = 1, T = 4. Member 0 trains on 0 and 1, member 1 on 2 and 3.
    ///
    /// Correctness over time (rows of `pred` against labels 0 0 1 1):
    /// example 0: 1 0 1 1, example 1: 0 0 0 0 (never learned), example 2: 0 0 0 1 (at the last), example 3: 1 1 1 1.
    private var dynamics: JobArrays {
        let labels: [Int32] = [0, 0, 1, 1]
        let first = MemberArrays(
            heldOut: [0, 0, 1, 1],
            pred: [[0, 1, 1, 0], [1, 1, 1, 1], [0, 1, 1, 0], [0, 1, 1, 0]],
            pLabel: [[0.5, 0.1, 0, 0], [0.4, 0.2, 0, 0], [0.8, 0.1, 0, 0], [0.9, 0.2, 0, 0]],
            margin: [[0.1, -2, 0, 0], [-0.5, -1, 0, 0], [2, -3, 0, 0], [3, -1, 0, 0]],
            pSquared: [[0.5, 0.82, 1, 1], [0.52, 0.68, 1, 1], [0.68, 0.82, 1, 1], [0.82, 0.68, 1, 1]],
            initPred: [0, 1, 1, 0],
            finalLogits: [[1, 0], [0, 1], [0, 2], [3, 1]],
            learningRate: [0.1, 0.1, 0.05, 0.01]
        )
        let second = MemberArrays(
            heldOut: [1, 1, 0, 0],
            pred: [[0, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 1], [0, 0, 1, 1]],
            pLabel: [[0, 0, 0.2, 0.9], [0, 0, 0.2, 0.9], [0, 0, 0.4, 0.9], [0, 0, 0.6, 0.9]],
            margin: [[0, 0, -2, 5], [0, 0, -2, 5], [0, 0, -1, 5], [0, 0, 1, 5]],
            pSquared: [[1, 1, 0.68, 0.82], [1, 1, 0.68, 0.82], [1, 1, 0.52, 0.82], [1, 1, 0.52, 0.82]],
            initPred: [0, 0, 0, 0],
            finalLogits: [[2, 0], [1, 0], [0, 1], [0, 4]],
            learningRate: [0.1, 0.1, 0.05, 0.01]
        )
        return JobArrays(
            labels: labels,
            classes: ["cat", "dog"],
            members: [0: first, 1: second],
            folds: 2,
            repeats: 1
        )
    }

    @Test func forgettingInBothConventions() throws {
        try reduce(dynamics) { output throws in
            #expect(try output.numbers("forgetting_events") == [1, 4, 0, 0])
            #expect(try output.numbers("forgetting_events_counted") == [1, 0, 0, 0])
            #expect(try output.numbers("never_learned") == [0, 1, 0, 0])
            #expect(try output.numbers("forgetting_rate") == [1, 4, 0, 0])
            #expect(try output.numbers("forgetting_rate_n") == [1, 1, 1, 1])
            #expect(try output.numbers("forgetting_rate_se").allSatisfy { $0.isNaN })
            #expect(try output.numbers("unforgettable") == [0, 0, 1, 1])
            #expect(try output.numbers("unforgettable_share") == [0, 0, 1, 1])
            #expect(try output.cell("first_learned", 0) == 1)
            #expect(try output.cell("first_learned", 1) == nil)
            #expect(try output.cell("first_learned", 2) == 4)
            #expect(try output.numbers("first_learned_n") == [1, 0, 1, 1])
            #expect(try output.numbers("presentations_to_learn") == [2, 4, 3, 0])
            #expect(try output.cell("misclassification_margin", 0) == -0.5)
            #expect(try output.cell("misclassification_margin", 1) == nil)
            #expect(try output.numbers("misclassification_margin_n") == [1, 0, 0, 0])
            let forgotten = try NPY.read(UInt16.self, from: output.folder + "/detail_forgotten.npy")
            #expect(forgotten.shape == [4, 4])
            #expect(forgotten.values == [0, 1, 0, 0] + [UInt16](repeating: 0, count: 12))
        }
    }

    @Test func statisticsOverTime() throws {
        try reduce(dynamics) { output throws in
            // Without the first of four observations.
            #expect(try output.numbers("cumulative_binary_loss") == [1 / 3, 1, 2 / 3, 0])
            #expect(try output.numbers("datamap_correctness") == [3, 0, 1, 4])
            #expect(agrees(try output.numbers("datamap_confidence")[0], 0.65))
            // p = .5 .4 .8 .9: squared deviations .0225 .0625 .0225 .0625, mean .0425.
            #expect(agrees(try output.numbers("dataiq_epistemic")[0], 0.0425))
            #expect(agrees(try output.numbers("datamap_variability")[0], Float(0.0425.squareRoot())))
            // p(1-p) = .25 .24 .16 .09.
            #expect(agrees(try output.numbers("dataiq_aleatoric")[0], 0.185))
            #expect(agrees(try output.numbers("datamap_variability")[3], 0))
            // Rates of at least half the peak: epochs 1 to 3.
            #expect(agrees(try output.numbers("aum")[0], Float((0.1 - 0.5 + 2) / 3)))
            #expect(agrees(try output.numbers("aum")[2], Float(-5.0 / 3)))
            // Epoch max(1, round(.4)) = 1: sqrt(.5 - 1 + 1).
            #expect(agrees(try output.numbers("el2n")[0], Float(0.5.squareRoot())))
            #expect(agrees(try output.numbers("el2n")[3], Float((0.82 - 1.8 + 1).squareRoot()), tolerance: 1e-4))
        }
    }

    @Test func optionsChangeTheConvention() throws {
        var job = dynamics
        job.options = ScoreOptions(el2nEpoch: 3, learnedTarget: .label)
        try reduce(job) { output throws in
            #expect(agrees(try output.numbers("el2n")[0], Float((0.68 - 1.6 + 1).squareRoot()), tolerance: 1e-4))
            // Towards the label: example 0 from observation 3, example 1 never.
            #expect(try output.cell("iteration_learned_train", 0) == 3)
            #expect(try output.cell("iteration_learned_train", 1) == nil)
            #expect(try output.cell("iteration_learned_train", 2) == 4)
        }
    }

    @Test func iterationLearned() throws {
        try reduce(dynamics) { output throws in
            // Training: initial, 1..4, finished network. Example 0 flips at 2; example 1 is 1 from the start; example 2
            // turns at 4; example 3 at 1.
            #expect(try output.numbers("iteration_learned_train") == [3, 0, 4, 1])
            // Held out: example 2 is 1 throughout, example 3 back at 3; example 0 is 0 throughout, example 1 back at 3.
            #expect(try output.numbers("iteration_learned_heldout") == [0, 3, 0, 3])
            #expect(try output.numbers("iteration_learned_heldout_n") == [1, 1, 1, 1])
        }
    }

    @Test func aTrainingExampleMayBeLearnedAfterItsLastObservation() throws {
        let member = MemberArrays(
            heldOut: [0],
            pred: [[1], [1]],
            initPred: [1],
            finalLogits: [[1, 0]]
        )
        let job = JobArrays(labels: [0], classes: ["a", "b"], members: [0: member], folds: 1, repeats: 1)
        try reduce(job) { output throws in
            #expect(try output.numbers("iteration_learned_train") == [3])
        }
    }

    @Test func consistencyAndMemorization() throws {
        try reduce(dynamics) { output throws in
            #expect(try output.numbers("consistency") == [1, 1, 1, 0])
            #expect(try output.numbers("consistency_n") == [1, 1, 1, 1])
            #expect(try output.numbers("consistency_se").allSatisfy { $0.isNaN })
            // Training members: right on 0, 2 and 3, wrong on 1.
            #expect(try output.numbers("memorization") == [0, -1, 0, 1])
            #expect(try output.numbers("resisted_label") == [0, 1, 0, 0])
            // Wilson for 1 of 1: 1 / (1 + z^2).
            #expect(agrees(try output.numbers("consistency_lo")[0], 0.206549))
            #expect(agrees(try output.numbers("consistency_hi")[3], 0.793451))
        }
    }

    /// Three members that all hold both examples out.
    @Test func agreementOfHeldOutMembers() throws {
        func member(_ first: [Float], _ second: [Float]) -> MemberArrays {
            MemberArrays(heldOut: [1, 1], finalLogits: [first, second])
        }
        let members = [
            0: member(logits([0.6, 0.3, 0.1]), logits([0.5, 0.25, 0.25])),
            1: member(logits([0.8, 0.1, 0.1]), logits([0.2, 0.6, 0.2])),
            2: member(logits([0.2, 0.7, 0.1]), logits([0.1, 0.1, 0.8])),
        ]
        let job = JobArrays(labels: [0, 0], classes: ["a", "b", "c"], members: members, folds: 1, repeats: 3)
        try reduce(job) { output throws in
            #expect(try output.categories("consensus_class") == ["a", "a"])
            #expect(agrees(try output.numbers("consensus_share")[0], 2 / 3))
            #expect(agrees(try output.numbers("vote_entropy")[1], Float(log(3.0))))
            #expect(agrees(try output.numbers("vote_entropy")[0], Float(log(3.0) - 2 * log(2.0) / 3)))
            #expect(agrees(try output.numbers("heldout_confidence")[0], 0.7))
            // Deviations -.1 .1 0: sd .1, over the root of three.
            #expect(agrees(try output.numbers("heldout_confidence_se")[0], Float(0.1 / 3.0.squareRoot())))
            let mean = [1.6 / 3, 1.1 / 3, 0.1]
            let entropy = -mean.reduce(0) { $0 + $1 * log($1) }
            let own = [[0.6, 0.3, 0.1], [0.8, 0.1, 0.1], [0.2, 0.7, 0.1]].map { -$0.reduce(0) { $0 + $1 * log($1) } }
            #expect(agrees(try output.numbers("predictive_entropy")[0], Float(entropy)))
            #expect(agrees(try output.numbers("mutual_information")[0], Float(entropy - own.reduce(0, +) / 3)))
            let margins = [log(2.0), log(8.0), log(3.5)]
            #expect(agrees(try output.numbers("output_margin")[0], Float(margins.reduce(0, +) / 3)))
            #expect(agrees(try output.numbers("consistency")[0], 2 / 3))
            // Sample deviation of 1 1 0 is sqrt(1/3), over the root of three.
            #expect(agrees(try output.numbers("consistency_se")[0], 1 / 3))
            #expect(agrees(try output.numbers("consistency_lo")[0], 0.207660))
            #expect(agrees(try output.numbers("consistency_hi")[0], 0.938508))
        }
    }

    @Test func inputMarginsAreThoseOfHeldOutMembers() throws {
        let job = JobArrays(
            labels: [0, 1, 0, 1],
            classes: ["a", "b"],
            members: [
                0: MemberArrays(heldOut: [1, 1, 0, 1], inputMargin: [1, 4, 100, .infinity]),
                1: MemberArrays(heldOut: [1, 0, 0, 1], inputMargin: [2, 100, 100, .infinity]),
            ],
            folds: 2,
            repeats: 1
        )
        try reduce(job) { output throws in
            #expect(try output.cell("input_margin", 0) == 1.5)
            #expect(agrees(try output.numbers("input_margin_se")[0], 0.5))
            #expect(try output.cell("input_margin", 1) == 4)
            #expect(try output.cell("input_margin_se", 1) == nil)
            // Never held out, and no boundary anywhere.
            #expect(try output.cell("input_margin", 2) == nil && output.cell("input_margin", 3) == nil)
            #expect(try output.numbers("input_margin_n") == [2, 1, 0, 0])
        }
        var without = job
        without.members[1]?.inputMargin = nil
        try reduce(without) { output throws in
            let missing = output.summary.notComputed.first { $0.score == "input_margin" }
            #expect(missing?.needs == ["input_margin"])
            #expect(missing?.detail.contains("\"probes\":{\"input_margin\":\"runner_up\"}") == true)
        }
    }

    @Test func aTieOfLogitsGoesToTheLowestClass() throws {
        let members = [
            0: MemberArrays(heldOut: [1], finalLogits: [[1, 1, 1]]),
            1: MemberArrays(heldOut: [1], finalLogits: [[0, 2, 2]]),
        ]
        let job = JobArrays(labels: [1], classes: ["a", "b", "c"], members: members, folds: 1, repeats: 2)
        try reduce(job) { output throws in
            #expect(try output.numbers("consistency") == [0.5])
            #expect(try output.categories("consensus_class") == ["a"])
        }
    }

    @Test func labelQualityIsJudgedAtTheEpochOfLeastLoss() throws {
        // At epoch 2 the networks know something, at epoch 4 they are sure of the wrong class.
        func member(_ held: [UInt8], early: [[Float]], late: [[Float]]) -> MemberArrays {
            MemberArrays(
                heldOut: held,
                finalLogits: [sure(0, of: 2), sure(0, of: 2)],
                snapshotEpochs: [2, 4],
                heldOutLogits: [early, late]
            )
        }
        let members = [
            0: member([1, 0], early: [logits([0.7, 0.3])], late: [logits([0.01, 0.99])]),
            1: member([0, 1], early: [logits([0.8, 0.2])], late: [logits([0.99, 0.01])]),
            2: member(
                [1, 1],
                early: [logits([0.5, 0.5]), logits([0.6, 0.4])],
                late: [logits([0.5, 0.5]), logits([0.5, 0.5])]
            ),
        ]
        let job = JobArrays(labels: [0, 1], classes: ["a", "b"], members: members, folds: 1, repeats: 3)
        try reduce(job) { output throws in
            #expect(output.summary.tStar?.epoch == 2)
            let losses = try #require(output.summary.tStar?.heldoutLoss)
            #expect(abs(losses[0] - -(log(0.7) + log(0.2) + log(0.5) + log(0.4)) / 4) < 1e-6)
            #expect(abs(losses[1] - -(log(0.01) + log(0.01) + log(0.5) + log(0.5)) / 4) < 1e-6)
            #expect(agrees(try output.numbers("self_confidence")[0], 0.6))
            #expect(agrees(try output.numbers("self_confidence")[1], 0.3))
            #expect(agrees(try output.numbers("self_confidence_se")[0], 0.1))
            #expect(agrees(try output.numbers("issue_score")[1], 0.7))
            #expect(agrees(try output.numbers("normalized_margin")[0], 0.2))
            #expect(agrees(try output.numbers("normalized_margin")[1], -0.4))
            #expect(try output.categories("suggested_label") == [nil, "a"])
            #expect(try NPY.read(Float.self, from: output.folder + "/heldout_probs.npy").shape == [2, 2])
        }
    }

    @Test func labelQualityIsTheMeanOfTheBestRunOfEpochs() throws {
        let members = [
            0: MemberArrays(
                heldOut: [1, 0],
                finalLogits: [sure(0, of: 2), sure(1, of: 2)],
                snapshotEpochs: [1, 2, 3],
                heldOutLogits: [[logits([0.2, 0.8])], [logits([0.9, 0.1])], [logits([0.3, 0.7])]]
            ),
            1: MemberArrays(
                heldOut: [0, 1],
                finalLogits: [sure(0, of: 2), sure(1, of: 2)],
                snapshotEpochs: [1, 2, 3],
                heldOutLogits: [[logits([0.8, 0.2])], [logits([0.7, 0.3])], [logits([0.1, 0.9])]]
            ),
        ]
        let job = JobArrays(labels: [0, 1], classes: ["a", "b"], members: members, folds: 2, repeats: 1)
        try reduce(job) { output throws in
            #expect(output.summary.tStar?.epoch == 3)
            #expect(output.summary.tStar?.fromEpoch == 2)
            #expect(agrees(try output.numbers("self_confidence")[0], 0.6))
            #expect(agrees(try output.numbers("self_confidence")[1], 0.6))
            #expect(try output.categories("suggested_label") == [nil, nil])
        }
    }

    @Test func inputNeighbours() throws {
        let members = [
            0: MemberArrays(heldOut: [1, 0, 1], labelShare: [[5, 0, 255], [0, 0, 255]]),
            1: MemberArrays(heldOut: [1, 1, 1], labelShare: [[3, 0, 255], [0, 0, 255]]),
        ]
        let job = JobArrays(labels: [0, 1, -1], classes: ["a", "b"], members: members, folds: 1, repeats: 2, k: 5)
        try reduce(job) { output throws in
            #expect(agrees(try output.numbers("input_knn")[0], 0.2))
            #expect(agrees(try output.numbers("input_knn_se")[0], 0.2))
            #expect(try output.cell("input_knn", 1) == 1)
            #expect(try output.cell("input_knn", 2) == nil)
        }
    }
}
