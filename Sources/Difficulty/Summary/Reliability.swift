/// How well scores repeat: the job's members are split into two halves made of whole repeats, each half is reduced on
/// its own, and the two versions of each score are compared (Difficulty/README.md section 7).
struct Reliability {
    struct Result: Sendable, Hashable {
        /// Spearman's rho between the halves.
        let rho: Double?
        /// rho stepped up to all members (Spearman-Brown).
        let spearmanBrown: Double?
        /// Overlap of the hardest 1 % of both halves.
        let top1: Double?
        /// Overlap of the hardest 5 % of both halves.
        let top5: Double?
    }

    /// By score; empty where there are fewer than two repeats.
    let scores: [String: Result]

    /// - Parameter scores: those with a direction, which are compared
    init(_ evidence: EvidenceSet, _ job: JobFacts, scores: [ScoreDescription], progress: (Int) -> Void = { _ in }) {
        let repeats = Self.wholeRepeats(evidence)
        let half = repeats.count / 2
        guard half >= 1 else {
            self.scores = [:]
            return
        }
        // Every other repeat, so that both halves see the same stretch of the plan; of an odd number the last is left out.
        let first = Set(repeats.prefix(2 * half).enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
        let second = Set(repeats.prefix(2 * half)).subtracting(first)
        let halves = [first, second].enumerated().map { position, chosen in
            let members = evidence.members.filter { chosen.contains($0.repeatIndex) }
            let table = Reduction.run(evidence, job, members: members) { progress(position * members.count + $0) }
            return Dictionary(
                uniqueKeysWithValues: scores.map { ($0.name, table.numbers($0.name).map(evidence.unplanted)) }
            )
        }
        let length = Double(repeats.count) / Double(half)
        let results = Parallel.map(scores.count) { index -> Result? in
            guard let harder = scores[index].higherIsHarder, let a = halves[0][scores[index].name] ?? nil,
                let b = halves[1][scores[index].name] ?? nil
            else { return nil }
            let rho = Ranks.spearman(a, b)
            return Result(
                rho: rho,
                spearmanBrown: rho.map { Self.stepUp($0, length: length) },
                top1: Ranks.overlap(a, b, share: 0.01, largest: harder),
                top5: Ranks.overlap(a, b, share: 0.05, largest: harder)
            )
        }
        self.scores = Dictionary(
            uniqueKeysWithValues: zip(scores.map(\.name), results).compactMap { name, result in
                result.map { (name, $0) }
            }
        )
    }

    /// Reliability of a measurement `length` times as long as the one with reliability `rho` (Spearman 1910, Brown 1910).
    static func stepUp(_ rho: Double, length: Double) -> Double {
        let denominator = 1 + (length - 1) * rho
        return denominator > 0 ? length * rho / denominator : -1
    }

    /// Repeats of which more than half of the members are there: one that failed to learn does not cost the whole.
    private static func wholeRepeats(_ evidence: EvidenceSet) -> [Int] {
        let counts = Dictionary(grouping: evidence.members, by: \.repeatIndex).mapValues(\.count)
        return counts.filter { 2 * $0.value > evidence.spec.parts }.keys.sorted()
    }
}
