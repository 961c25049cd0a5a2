import Tasks

extension SummaryBuilder {
    func timings(seconds: Double) -> [String: Double] {
        var timings: [String: Double] = [:]
        for member in evidence.members {
            for (phase, seconds) in member.manifest.result.seconds ?? [:] { timings[phase, default: 0] += seconds }
        }
        timings["score"] = seconds
        return timings
    }
}
