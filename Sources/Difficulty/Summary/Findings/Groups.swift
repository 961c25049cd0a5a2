extension SummaryBuilder {
    var groups: [String: Int] {
        guard let codes = table.codes("group") else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: DifficultyMap.Group.allCases.map { group in
                (group.name, codes.indices.count { codes[$0] == group.rawValue && !evidence.isPlanted($0) })
            }
        )
    }

    /// Cuts of the map other than those that were asked for.
    var warningsOfGroups: [ScoreSummary.Warning] {
        guard let cuts = table.groupCuts, cuts.rule != evidence.options.groupCuts else { return [] }
        return [
            .init(
                code: "quartiles_not_used",
                detail:
                    "The first quartile of depth is not below the third on both axes of the map, so quartiles would not "
                    + "divide low from high: group uses the cuts \(cuts.heldout.low) and \(cuts.heldout.high) on both axes."
            )
        ]
    }
}
