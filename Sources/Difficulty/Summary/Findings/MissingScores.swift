import Tasks

extension ScoreSummary {
    /// A score that the evidence does not allow.
    public struct MissingScore: Codable, Sendable, Hashable {
        /// The score.
        public var score: String
        /// Evidence arrays that are not there, or `held_out` where it does not say what the score is about.
        public var needs: [String]
        /// What a training log has to hold for it, in a plain sentence.
        public var detail: String
    }
}

extension SummaryBuilder {
    /// Whether the networks were trained here, and without probes.
    private var wasAskedForNoProbes: Bool {
        evidence.members[0].manifest.k == 0 && evidence.members[0].manifest.spec != nil
    }

    /// Of networks in the middle of their training.
    func warnings(_ preview: ScoreSpec.Preview) -> [ScoreSummary.Warning] {
        [
            .init(
                code: "preview",
                detail:
                    "These are first scores, of networks that have been trained for \(preview.epochs) of \(preview.of) epochs: "
                    + "who disagrees with a label by now mostly does so in the end. Prediction depth and numbers follow."
            )
        ]
    }

    var notComputed: [ScoreSummary.MissingScore] {
        Reduction.missing(evidence).map { score, needs in
            var words: [String] = []
            for array in needs where !words.contains(array.inLog) { words.append(array.inLog) }
            return .init(
                score: score.name,
                needs: needs.map(\.rawValue),
                detail: evidence.spec.plan.whyNoOthers
                    ?? (needs.contains(.inputMargin)
                        ? "Networks that are trained here tell it when the job asks for it: "
                            + "\"probes\":{\"input_margin\":\"runner_up\"}."
                        : evidence.spec.preview != nil && needs.contains(where: EvidenceArray.ofProbes.contains)
                            ? "It comes from the probes, which are searched when the networks are trained to the end."
                            : wasAskedForNoProbes && needs.contains(where: EvidenceArray.ofProbes.contains)
                                ? "It comes from the probes, which this job was to do without: \"probes\":{\"k\":0}."
                                : "A training log needs \(words.joined(separator: "; and ")) for it.")
            )
        }
    }
}
