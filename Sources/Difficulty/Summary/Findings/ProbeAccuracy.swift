import Tasks

extension ScoreSummary {
    /// Accuracy of the neighbours' vote at one probe, over pairs of example and member.
    public struct ProbeAccuracy: Codable, Sendable, Hashable {
        /// l.
        public var probe: Int
        /// The layer.
        public var name: String
        /// Against the given labels of held-out training-split examples.
        @Nullable public var heldout: Double?
        /// Against the given labels of training examples.
        @Nullable public var train: Double?
        /// Share of held-out examples, test split included, whose vote at this probe is the network's own answer.
        @Nullable public var agreement: Double?
        /// With `projected` neighbours: share of a sample of the examples whose vote is that of the exact neighbours, mean
        /// over members; nil where the search was exact.
        @Nullable public var projectedVotes: Double?
        /// The same for the share of exact neighbours that were found.
        @Nullable public var projectedNeighbors: Double?

        enum CodingKeys: String, CodingKey {
            case probe, name, heldout, train, agreement
            case projectedVotes = "projected_votes"
            case projectedNeighbors = "projected_neighbors"
        }
    }
}

extension SummaryBuilder {
    /// Of every probe.
    func probeAccuracy(_ counts: AccuracyCounts) -> [ScoreSummary.ProbeAccuracy] {
        zip(evidence.probeNames, counts.probes).enumerated().map { index, probe in
            .init(
                probe: index,
                name: probe.0,
                heldout: AccuracyCounts.share(probe.1.heldOut),
                train: AccuracyCounts.share(probe.1.train),
                agreement: AccuracyCounts.share(probe.1.agreement),
                projectedVotes: projected(index, \.votes),
                projectedNeighbors: projected(index, \.neighbors)
            )
        }
    }

    /// How well a probe's approximate neighbours agree with exact ones, mean over members; nil where they are exact.
    private func projected(_ probe: Int, _ value: KeyPath<MemberManifest.ProbeAgreement, Double>) -> Double? {
        let shares = evidence.members.compactMap { member in
            member.manifest.projected?.first { $0.probe == probe }?[keyPath: value]
        }
        return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }

    /// Share of equal votes below which approximate neighbours deserve a warning.
    private static let closeVotes = 0.98

    /// Approximate neighbours that vote otherwise than exact ones.
    var warningsOfProbes: [ScoreSummary.Warning] {
        let worst = evidence.probeNames.indices.compactMap { projected($0, \.votes) }.min()
        guard let worst, worst < Self.closeVotes else { return [] }
        return [
            .init(
                code: "approximate_neighbors",
                detail:
                    "Projected neighbours vote as the exact ones do for only \(Wording.percent(worst)) of a sample at "
                    + "one of the probes: depth may differ. Probes with \"neighbors\": \"exact\" would not."
            )
        ]
    }
}
