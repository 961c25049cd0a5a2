import Arrays
import Recipes
import Tasks

extension ScoreSummary {
    /// How the evidence was made.
    public struct Evidence: Codable, Sendable, Hashable {
        /// N.
        public var examples: Int
        /// Examples without a label.
        public var unlabelled: Int
        /// C.
        public var classes: Int
        /// T.
        public var epochs: Int
        /// P.
        public var probes: Int
        /// Neighbours that vote.
        public var k: Int
        /// `presentation` (before the update) or `evaluation` (end of the epoch); nil where the evidence does not say.
        @Nullable public var observe: String?
    }

    /// The epochs over whose mean label quality is judged.
    public struct JudgedEpoch: Codable, Sendable, Hashable {
        /// The last of them, t*, from 1.
        public var epoch: Int
        /// The first of them.
        public var fromEpoch: Int
        /// The snapshots' epochs.
        public var epochs: [Int]
        /// Mean held-out cross-entropy at each, in nats.
        public var heldoutLoss: [Double]

        enum CodingKeys: String, CodingKey {
            case epoch, epochs
            case fromEpoch = "from_epoch"
            case heldoutLoss = "heldout_loss"
        }
    }
}

extension SummaryBuilder {
    var facts: ScoreSummary.Evidence {
        .init(
            examples: evidence.count,
            unlabelled: evidence.labels.count { $0 < 0 },
            classes: evidence.classes,
            epochs: evidence.epochs,
            probes: evidence.probes,
            k: evidence.k,
            observe: evidence.members[0].manifest.spec?.observe?.rawValue
        )
    }

    /// The epochs over whose mean label quality was judged.
    var judgedEpoch: ScoreSummary.JudgedEpoch? {
        job.tStar.map { .init(epoch: $0.epoch, fromEpoch: $0.firstEpoch, epochs: $0.epochs, heldoutLoss: $0.losses) }
    }

    /// Examples that the members were not told, or not asked, enough of.
    var warningsOfEvidence: [ScoreSummary.Warning] {
        var warnings: [ScoreSummary.Warning] = []
        let unlabelled = evidence.labels.count { $0 < 0 }
        if unlabelled > 0 {
            warnings.append(
                .init(
                    code: "missing_labels",
                    detail: "\(Wording.count(unlabelled, "example")) without a label: scores that need one are null."
                )
            )
        }
        let never = evidence.labels.indices.filter { row in
            evidence.labels[row] >= 0 && evidence.members.allSatisfy { $0.heldOut[row] == 0 }
        }
        if !never.isEmpty, !evidence.spec.partial, !learnedFakeClass {
            warnings.append(
                .init(
                    code: "never_held_out",
                    detail:
                        "\(Wording.count(never.count, "example")) never held out: held-out scores are null. That is so "
                        + "for the only one of a class, when a budget is spent, and in a log that holds nothing out."
                )
            )
        }
        return warnings
    }
}

extension ScoreSummary.JudgedEpoch {
    /// Summaries from before runs of epochs were averaged name one epoch.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        epoch = try values.decode(Int.self, forKey: .epoch)
        fromEpoch = try values.decodeIfPresent(Int.self, forKey: .fromEpoch) ?? epoch
        epochs = try values.decode([Int].self, forKey: .epochs)
        heldoutLoss = try values.decode([Double].self, forKey: .heldoutLoss)
    }
}
