import Arrays
import Tasks

/// Iteration learned (Baldock et al. 2021, section 2): the first observation from which on every prediction is the
/// network's final one. Observation 0 is the network before its first update.
///
/// A training member's finished network is one observation more (T+1); a held-out example's observation T already is the
/// finished network.
struct IterationLearned: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.pred, .initPred, .finalPred]
    static let noiseSensitive: Set<String> = ["iteration_learned_train"]

    static func rests(on score: String) -> Set<Membership> { score.hasSuffix("_train") ? [.training] : [.heldOut] }

    static let scores = [
        describe(
            "iteration_learned_heldout",
            "Iteration learned, held out",
            "The epoch from which on networks that never saw the example give it their final class.",
            "min{t in 0..T : pred_s(x) = pred_T(x) for all s = t..T}, mean over members that hold x out"
        ),
        describe(
            "iteration_learned_train",
            "Iteration learned, in training",
            "The epoch from which on networks trained on the example give it their final class.",
            "min{t in 0..T+1 : pred_s(x) = yhat(x) for all s = t..T+1} with pred_{T+1} = yhat, mean over members that "
                + "train on x"
        ),
    ]

    private static func describe(
        _ name: String,
        _ title: String,
        _ sentence: String,
        _ formula: String
    ) -> ScoreDescription {
        ScoreDescription(
            name,
            title: title,
            sentence: sentence,
            formula: formula,
            higherIsHarder: true,
            range: [0, nil],
            unit: "epochs",
            needs: [.pred, .initPred, .finalPred],
            companions: [.count, .standardError],
            options: [
                .init(
                    name: "iteration_learned_target",
                    standard: "prediction",
                    effect: "`label` waits for the given label instead; members that never settle on it are left out"
                )
            ],
            reference: "Baldock et al. 2021, Deep Learning Through the Lens of Example Difficulty, section 2"
        )
    }

    private let labels: [Int32]
    private let target: ScoreOptions.LearnedTarget
    private var heldOut: MeanAccumulator
    private var train: MeanAccumulator

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        labels = evidence.labels
        target = evidence.options.learnedTarget
        heldOut = MeanAccumulator(count: labels.count)
        train = heldOut
    }

    mutating func add(_ member: MemberEvidence) {
        guard let pred = member.pred?.elements, let initial = member.initPred?.elements else { return }
        let examples = labels.count
        let epochs = pred.count / max(1, examples)
        let flags = member.heldOutFlags
        let finals = member.finalPredictions
        // The last observation that counts, and the class to wait for.
        var goal = [Int32](repeating: -1, count: examples)
        for row in 0..<examples {
            switch target {
            case .label: goal[row] = labels[row]
            case .prediction:
                goal[row] = Int32(flags[row] != 0 && epochs > 0 ? pred[(epochs - 1) * examples + row] : finals[row])
            }
        }
        var learned = (0..<examples).map { Int32(initial[$0]) == goal[$0] ? 0 : 1 }
        for t in 0..<epochs {
            for row in 0..<examples where Int32(pred[t * examples + row]) != goal[row] { learned[row] = t + 2 }
        }
        for row in 0..<examples where goal[row] >= 0 {
            if flags[row] != 0 {
                if learned[row] <= epochs { heldOut.add(Double(learned[row]), at: row) }
            } else if Int32(finals[row]) == goal[row] {
                train.add(Double(learned[row]), at: row)
            }
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        table.append(heldOut.columns(of: "iteration_learned_heldout"))
        table.append(train.columns(of: "iteration_learned_train"))
    }
}
