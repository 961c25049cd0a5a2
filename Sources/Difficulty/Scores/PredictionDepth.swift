import Arrays
import Tasks

/// Prediction depth (Baldock, Maennel and Neyshabur 2021, section 2): the first layer from which on the neighbours of
/// every layer vote for the class that the finished network gives.
struct PredictionDepth: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.votes, .finalPred]
    static let noiseSensitive: Set<String> = ["prediction_depth_train"]

    static func rests(on score: String) -> Set<Membership> { score.hasSuffix("_train") ? [.training] : [.heldOut] }

    static let scores = [
        describe(
            "prediction_depth_heldout",
            "Prediction depth, held out",
            "The layer from which on the network's decision is settled, over networks that never saw the example.",
            members: "hold x out"
        ),
        describe(
            "prediction_depth_train",
            "Prediction depth, in training",
            "The layer from which on the network's decision is settled, over networks trained on the example.",
            members: "train on x"
        ),
    ]

    private static func describe(
        _ name: String,
        _ title: String,
        _ sentence: String,
        members: String
    ) -> ScoreDescription {
        ScoreDescription(
            name,
            title: title,
            sentence: sentence,
            formula:
                "mean over members that \(members) of min{l : vote_j(x) = yhat(x) for all j = l..P-1}; undefined where "
                + "even vote_{P-1} differs from yhat, `_filled` counts that as P, `_rel` divides by P-1",
            higherIsHarder: true,
            range: [0, nil],
            unit: "layers",
            needs: [.votes, .finalPred],
            companions: [.count, .standardError, .undefined, .filled, .relative],
            reference: "Baldock et al. 2021, Deep Learning Through the Lens of Example Difficulty, section 2"
        )
    }

    private var heldOut: Depths
    private var train: Depths
    private let examples: Int

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        examples = evidence.count
        heldOut = Depths(count: examples, probes: evidence.probes)
        train = heldOut
    }

    mutating func add(_ member: MemberEvidence) {
        guard let votes = member.votes else { return }
        let depths = Self.depths(votes: votes.elements, finals: member.finalPredictions)
        let flags = member.heldOutFlags
        for row in 0..<examples {
            if flags[row] != 0 { heldOut.add(depths[row], at: row) } else { train.add(depths[row], at: row) }
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        table.append(heldOut.columns(of: "prediction_depth_heldout"))
        table.append(train.columns(of: "prediction_depth_train"))
    }

    /// Depth of each example in one member; P where it is undefined.
    ///
    /// - Parameters:
    ///   - votes: P x N
    ///   - finals: N, the finished network's classes
    static func depths(votes: UnsafeBufferPointer<UInt16>, finals: [UInt16]) -> [Int] {
        let examples = finals.count
        let probes = examples == 0 ? 0 : votes.count / examples
        var depths = [Int](repeating: probes, count: examples)
        for probe in stride(from: probes - 1, through: 0, by: -1) {
            for row in 0..<examples where depths[row] == probe + 1 && votes[probe * examples + row] == finals[row] {
                depths[row] = probe
            }
        }
        return depths
    }

    /// Depths of one kind of members.
    private struct Depths {
        let probes: Int
        var defined: MeanAccumulator
        var filled: MeanAccumulator

        init(count: Int, probes: Int) {
            self.probes = probes
            defined = MeanAccumulator(count: count)
            filled = defined
        }

        mutating func add(_ depth: Int, at row: Int) {
            filled.add(Double(depth), at: row)
            if depth < probes { defined.add(Double(depth), at: row) }
        }

        func columns(of score: String) -> [Column] {
            let undefined = filled.counts.indices.map { row -> Float in
                let all = filled.counts[row]
                return all == 0 ? .nan : Float(all - defined.counts[row]) / Float(all)
            }
            return defined.columns(of: score) + [
                Column(score: score, .undefined, undefined),
                Column(score: score, .filled, filled.means()),
                Column(score: score, .relative, defined.means(scale: 1 / Double(max(1, probes - 1)))),
            ]
        }
    }
}
