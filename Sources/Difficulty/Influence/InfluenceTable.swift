import Tasks

/// Influence (Feldman and Zhang 2020, section 2): how much more often networks are right about an example x that they hold
/// out when they train on another example i.
///
///     influence(i, x) = share right among members that hold x out and train on i
///                       - share right among members that hold out both
///
/// Members are the bits of words, so that the counts of all N x N pairs, two products of 0/1 matrices of depth M, are
/// those of common bits: exact, and in memory of N M / 8 bytes a matrix. Copies of one input share their influence, since
/// they are trained on together.
struct InfluenceTable {
    /// One training example's influence on another example.
    struct Entry: Sendable, Hashable {
        var row: Int
        /// Above 0, at most 1.
        var value: Double
        /// Of the difference of the two shares, each with the sample deviation.
        var standardError: Double
        /// Fisher's exact test against no influence, one-sided, for this pair alone.
        var p: Double
    }

    /// Entries that are kept of each example.
    static let kept = 20
    /// Fewer members say little: at a train ratio of 0.7 two hundred hold an example out sixty times.
    static let leastMembers = 200
    /// Pairs grow with the square: this many examples take minutes.
    static let mostExamples = 70_000
    /// Members on either side of a difference.
    private static let leastOnEachSide = 2
    /// The chance of even one wrong `significant` in the whole job.
    static let level = 0.05

    /// Rows that may have influence: labelled, and trained on by some member.
    let candidates: [Int]
    /// Pairs looked at.
    let pairs: Int
    private let words: Int
    /// By place in `candidates`, `words` each: members that train on it.
    private let trained: [UInt64]
    /// By row, `words` each: members that hold it out.
    private let heldOut: [UInt64]
    /// By row, `words` each: those of them that are right about it.
    private let right: [UInt64]
    private let test: FisherExact

    /// Why a job has no influence, in words that say what it would need; nil where it has.
    static func objection(_ evidence: EvidenceSet) -> String? {
        let spec = evidence.spec
        guard let ratios = spec.ratios, ratios.count == 1 else {
            return "influence needs random subsets of a single train ratio, such as 0.7"
        }
        guard evidence.count <= mostExamples else {
            return
                "influence compares all pairs of at most \(mostExamples) examples; the dataset has \(evidence.count)"
        }
        guard spec.membersTotal >= leastMembers else {
            return "influence needs at least \(leastMembers) networks; the job has \(spec.membersTotal)"
        }
        guard !spec.partial else { return "influence is computed when all networks have finished" }
        guard evidence.members.count >= leastMembers else {
            return
                "influence needs at least \(leastMembers) networks; \(evidence.members.count) have finished and learned"
        }
        return evidence.arrays.contains(.finalPred) ? nil : "influence needs final_logits"
    }

    init(_ evidence: EvidenceSet) {
        let (count, labels, members) = (evidence.count, evidence.labels, evidence.members)
        let words = (members.count + 63) / 64
        var trainedByRow = [UInt64](repeating: 0, count: count * words)
        var heldOut = trainedByRow
        var right = trainedByRow
        for (place, member) in members.enumerated() {
            let flags = member.heldOutFlags
            let (word, bit) = (place / 64, UInt64(1) << (place % 64))
            for row in 0..<count where labels[row] >= 0 {
                let cell = row * words + word
                if flags[row] == 0 {
                    trainedByRow[cell] |= bit
                } else {
                    heldOut[cell] |= bit
                    if Int32(member.finalPredictions[row]) == labels[row] { right[cell] |= bit }
                }
            }
            withExtendedLifetime(member) {}
        }
        func isEmpty(_ bits: [UInt64], _ row: Int) -> Bool {
            bits[row * words..<(row + 1) * words].allSatisfy { $0 == 0 }
        }
        candidates = (0..<count).filter { !isEmpty(trainedByRow, $0) }
        trained = candidates.flatMap { trainedByRow[$0 * words..<($0 + 1) * words] }
        pairs = candidates.count * (0..<count).count { !isEmpty(heldOut, $0) }
        self.words = words
        self.heldOut = heldOut
        self.right = right
        test = FisherExact(most: members.count)
    }

    /// Whether a pair is significant among all that were looked at (Bonferroni: whatever the pairs have in common, the chance
    /// of even one wrong one is at most `level`).
    func isSignificant(_ entry: Entry) -> Bool { entry.p * Double(pairs) <= Self.level }

    /// The training examples of largest positive influence on an example, the largest first, ties by row; none where
    /// networks that hold it out are all right or all wrong.
    func largest(on row: Int) -> [Entry] {
        let all = Self.count(heldOut, row * words, words)
        let allRight = Self.count(right, row * words, words)
        guard allRight > 0, allRight < all else { return [] }
        var top: [(place: Int, value: Double, chosen: Int, successes: Int)] = []
        trained.withUnsafeBufferPointer { trained in
            heldOut.withUnsafeBufferPointer { heldOut in
                right.withUnsafeBufferPointer { right in
                    for place in candidates.indices {
                        var (chosen, successes) = (0, 0)
                        for word in 0..<words {
                            let bits = trained[place * words + word]
                            chosen += (bits & heldOut[row * words + word]).nonzeroBitCount
                            successes += (bits & right[row * words + word]).nonzeroBitCount
                        }
                        let others = all - chosen
                        guard chosen >= Self.leastOnEachSide, others >= Self.leastOnEachSide else { continue }
                        let value = Double(successes) / Double(chosen) - Double(allRight - successes) / Double(others)
                        guard value > 0, top.count < Self.kept || value > top[top.count - 1].value else { continue }
                        let position = top.firstIndex { $0.value < value } ?? top.count
                        top.insert((place, value, chosen, successes), at: position)
                        if top.count > Self.kept { top.removeLast() }
                    }
                }
            }
        }
        return top.map { entry in
            let others = all - entry.chosen
            let (a, b) = (
                Double(entry.successes) / Double(entry.chosen), Double(allRight - entry.successes) / Double(others)
            )
            return Entry(
                row: candidates[entry.place],
                value: entry.value,
                standardError: (a * (1 - a) / Double(entry.chosen - 1) + b * (1 - b) / Double(others - 1)).squareRoot(),
                p: test.p(entry.successes, of: entry.chosen, allSuccesses: allRight, of: all)
            )
        }
    }

    private static func count(_ bits: [UInt64], _ start: Int, _ words: Int) -> Int {
        bits[start..<start + words].reduce(0) { $0 + $1.nonzeroBitCount }
    }
}
