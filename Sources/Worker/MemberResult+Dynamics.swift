import Foundation
import Tasks
import Training

extension MemberResult {
    /// That of a run here.
    init(_ dynamics: Dynamics, seconds: [String: Double]) {
        self.init(learned: dynamics.failure == nil, reason: dynamics.failure)
        fit = learned ? dynamics.fit.finite : nil
        majorityShare = dynamics.majorityShare.finite
        trainAccuracy = Self.finite(dynamics.summaries.map(\.trainAccuracy))
        heldoutAccuracy = Self.finite(dynamics.summaries.map(\.heldOutAccuracy))
        trainLoss = Self.finite(dynamics.summaries.map(\.trainLoss))
        heldoutLoss = Self.finite(dynamics.summaries.map(\.heldOutLoss))
        learningRate = dynamics.summaries.map(\.learningRate)
        snapshotEpochs = dynamics.snapshotEpochs
        self.seconds = seconds
        peakRSS = Self.peakMemory()
    }

    private static func finite(_ series: [Double]) -> [Double]? {
        series.allSatisfy(\.isFinite) ? series : nil
    }

    /// Largest resident size so far (getrusage(2): in kilobytes).
    private static func peakMemory() -> Int {
        var usage = rusage()
        return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
    }
}

extension Double {
    /// JSON has no word for infinity or not-a-number.
    var finite: Double? { isFinite ? self : nil }
}
