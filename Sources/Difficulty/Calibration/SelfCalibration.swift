/// Measures the scores by the labels that the job planted (Difficulty/README.md section 8): score and cut are chosen on
/// one half of the examples and reported on the other, so that the choice does not flatter itself.
struct SelfCalibration {
    private let evidence: EvidenceSet
    private let table: ColumnTable
    private let parts: [Planting.Part]

    /// Nil where the job planted nothing.
    init?(_ evidence: EvidenceSet, table: ColumnTable) {
        guard let planting = evidence.data.planting else { return nil }
        self.evidence = evidence
        self.table = table
        // While members still run, an example may be known from one side only: it waits.
        var isHeldOut = [Bool](repeating: false, count: evidence.count)
        var isTrained = isHeldOut
        for member in evidence.members {
            let flags = member.heldOutFlags
            for row in isHeldOut.indices {
                if flags[row] != 0 { isHeldOut[row] = true } else { isTrained[row] = true }
            }
            withExtendedLifetime(member) {}
        }
        parts = planting.parts.enumerated().map { isHeldOut[$0] && isTrained[$0] ? $1 : .none }
    }

    private struct Candidate {
        let score: ScoreDescription
        let higherIsHarder: Bool
        let isBaseline: Bool
        let choosing: Separation
        let checking: Separation
        /// Of all examples that have a part.
        let both: () -> Separation
    }

    /// Nil while there is no planted label in one of the halves.
    func summary() -> ScoreSummary.Calibration? {
        let candidates = ScoreRegistry.families.flatMap { family in
            family.scores.filter { family.noiseSensitive.contains($0.name) }.compactMap(candidate)
        }
        guard let first = candidates.first, first.choosing.planted > 0, first.checking.planted > 0 else { return nil }
        // Of equal ones the order of the issue list, else the first of the manifest.
        let trained = candidates.filter { $0.score.name == "issue_score" } + candidates.filter { !$0.isBaseline }
        var best: Candidate?
        for candidate in trained
        where candidate.choosing.averagePrecision ?? 0 > best?.choosing.averagePrecision ?? -1 { best = candidate }
        let baseline = candidates.first(where: \.isBaseline)
        let scores = candidates.map(measured).enumerated().sorted { a, b in
            let (x, y) = (a.element.averagePrecision ?? 0, b.element.averagePrecision ?? 0)
            return x == y ? a.offset < b.offset : x > y
        }.map(\.element)
        let chosen = best.flatMap(cut)
        let comparison = best.flatMap { best in baseline.map { Self.compare(best, $0) } }
        return .init(
            planted: first.choosing.planted + first.checking.planted,
            plantedChoosing: first.choosing.planted,
            plantedChecking: first.checking.planted,
            examplesChecking: first.checking.planted + first.checking.others,
            scores: scores,
            chosen: chosen,
            beatsBaseline: comparison?.isBetter,
            sentences: [comparison?.sentence, chosen.map(Self.promise)].compactMap { $0 }
        )
    }

    private func candidate(_ score: ScoreDescription) -> Candidate? {
        // An undefined depth counts as the deepest, as in sorting.
        guard let higherIsHarder = score.higherIsHarder,
            let values = table.numbers(score.name + "_filled") ?? table.numbers(score.name)
        else { return nil }
        let suspicion = higherIsHarder ? values : values.map { -$0 }
        func separation(_ isIncluded: (Planting.Part) -> Bool) -> Separation {
            let rows = parts.indices.filter { isIncluded(parts[$0]) }
            return Separation(suspicion: rows.map { suspicion[$0] }, isPlanted: rows.map { parts[$0].isPlanted })
        }
        return Candidate(
            score: score,
            higherIsHarder: higherIsHarder,
            isBaseline: score.name == "input_knn",
            choosing: separation(\.isChoosing),
            checking: separation(\.isChecking),
            both: { separation { $0.isChoosing || $0.isChecking } }
        )
    }

    private func measured(_ candidate: Candidate) -> ScoreSummary.CalibratedScore {
        let top = candidate.checking.top(candidate.checking.planted)
        return .init(
            score: candidate.score.name,
            isBaseline: candidate.isBaseline,
            auroc: candidate.checking.areaUnderCurve,
            averagePrecision: candidate.checking.averagePrecision,
            precision: top.precision,
            recall: top.recall
        )
    }

    private func cut(_ candidate: Candidate) -> ScoreSummary.ChosenCut? {
        guard let cut = candidate.choosing.cut(near: candidate.choosing.planted) else { return nil }
        let found = candidate.checking.flagged(from: cut)
        let hits = Proportion(found.planted, of: candidate.checking.planted)
        let alarms = Proportion(found.others, of: candidate.checking.others)
        let both = candidate.both()
        let flagged = both.flagged(from: cut).others
        let noise = NoiseRate(both)
        let expected = noise?.precision(
            found: found.planted,
            of: candidate.checking.planted,
            flagged: Double(flagged) / Double(max(1, both.others))
        )
        return .init(
            score: candidate.score.name,
            cut: Double(candidate.higherIsHarder ? cut : -cut),
            higherIsHarder: candidate.higherIsHarder,
            truePositiveRate: .init(value: hits.value, interval: hits.bounds),
            falsePositiveRate: .init(value: alarms.value, interval: alarms.bounds),
            noiseRate: noise.map { .init(value: $0.value, interval: [$0.low, $0.high]) },
            expectedPrecision: expected.map { .init(value: $0.value, interval: [$0.low, $0.high]) },
            flagged: flagged
        )
    }

    private static func compare(_ best: Candidate, _ baseline: Candidate) -> (isBetter: Bool?, sentence: String?) {
        guard let own = best.checking.averagePrecision, let other = baseline.checking.averagePrecision else {
            return (nil, nil)
        }
        let figures =
            "average precision \(Wording.decimal(own)) against \(Wording.decimal(other)) on "
            + Wording.count(best.checking.planted, "planted label")
        let sentence =
            if own > other {
                "\(best.score.name) finds planted labels better than input_knn, which needs no training: \(figures)."
            } else if own == other {
                "\(best.score.name) finds planted labels as well as input_knn, which needs no training: \(figures)."
            } else {
                "The trained scores do not beat input_knn, which needs no training: \(best.score.name) has \(figures)."
            }
        return (own > other, sentence)
    }

    private static func promise(_ chosen: ScoreSummary.ChosenCut) -> String {
        let side = chosen.higherIsHarder ? "at least" : "at most"
        let start =
            "Of your own examples \(chosen.flagged) have a \(chosen.score) of \(side) \(Wording.decimal(chosen.cut))"
        guard let expected = chosen.expectedPrecision, let value = expected.value, let interval = expected.interval
        else { return "\(start)." }
        return "\(start); expect about \(Wording.percent(value)) of them to carry a wrong label (between "
            + "\(Wording.percent(interval[0])) and \(Wording.percent(interval[1]))), if your errors are as easy to find as "
            + "the planted ones."
    }
}
