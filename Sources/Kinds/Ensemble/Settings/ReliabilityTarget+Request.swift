import Difficulty
import Experiments

extension ReliabilityTarget {
    /// What a request wishes for, completed and checked.
    ///
    /// - Parameters:
    ///   - repeats: R that the job begins with
    ///   - folds: K
    init(
        _ wanted: DifficultyRequest.Until,
        repeats: Int,
        folds: Int,
        hasProbes: Bool,
        in checks: inout Checks
    ) {
        let path = "/ensemble/until"
        // Those of other plans would never be reliable, having no values.
        let scores = ScoreManifest.current.scores.filter {
            $0.dtype == "float32" && $0.higherIsHarder != nil && $0.plan == nil
        }
        checks.expect(
            scores.contains { $0.name == wanted.score },
            "\(path)/score",
            "unknown score \"\(wanted.score)\"; there are \(scores.map(\.name).joined(separator: ", "))"
        )
        checks.expect(
            hasProbes || ScoreManifest.current[wanted.score]?.needsProbes != true,
            "\(path)/score",
            "\(wanted.score) comes from the probes, and there are none (k is 0)"
        )
        checks.expect(
            wanted.reliability > 0 && wanted.reliability < 1,
            "\(path)/reliability",
            "above 0 and below 1, got \(wanted.reliability)"
        )
        checks.expect(
            repeats >= Self.fewestRepeats,
            "/ensemble/repeats",
            "at least \(Self.fewestRepeats) beside until, since halves made of whole repeats are compared, got \(repeats)"
        )
        let most = JobPlan.mostTasks / max(1, folds)
        let maxRepeats = wanted.maxRepeats ?? max(repeats, min(Self.defaultMaxRepeats, most))
        checks.expect(
            maxRepeats >= repeats && maxRepeats <= max(repeats, most),
            "\(path)/max_repeats",
            "from \(repeats), the repeats that it begins with, to \(max(repeats, most)) (at most \(JobPlan.mostTasks) members), "
                + "got \(maxRepeats)"
        )
        self.init(score: wanted.score, reliability: wanted.reliability, maxRepeats: maxRepeats)
    }
}
