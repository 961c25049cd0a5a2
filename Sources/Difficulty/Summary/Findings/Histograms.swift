extension SummaryBuilder {
    var histograms: [String: Histogram] {
        var histograms: [String: Histogram] = [:]
        for score in ScoreManifest.current.scores(of: evidence.spec) {
            if let values = table.numbers(score.name) {
                // Left out, not without a value.
                let own = values.indices.filter { !evidence.isPlanted($0) }.map { values[$0] }
                histograms[score.name] = Histogram(own, of: score)
            }
        }
        return histograms
    }
}
