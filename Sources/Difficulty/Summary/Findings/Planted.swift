extension SummaryBuilder {
    /// Labels of a copy that were replaced.
    var warningsOfPlanted: [ScoreSummary.Warning] {
        let planted = (0..<evidence.count).count { evidence.isPlanted($0) }
        guard planted > 0 else { return [] }
        return [
            .init(
                code: "planted_labels",
                detail:
                    "\(Wording.count(planted, "label")) of a copy were replaced by wrong ones, and the networks were trained on "
                    + "that copy: those examples are left out of all findings, and the others would be judged a little better "
                    + "by a job that plants nothing."
            )
        ]
    }
}
