import Foundation
import Tasks

/// Accuracy and loss by epoch, averaged over members.
struct LearningCurveMean {
    let curves: ScoreSummary.LearningCurves?

    init(_ evidence: EvidenceSet) {
        let results = evidence.members.map(\.manifest.result)
        func mean(_ curve: KeyPath<MemberResult, [Double]?>) -> [Double?] {
            let members = results.compactMap { $0[keyPath: curve] }
            let length = members.map(\.count).max() ?? 0
            return (0..<length).map { t in
                let known = members.compactMap { $0.count > t ? $0[t] : nil }
                return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
            }
        }
        let accuracy = mean(\.trainAccuracy)
        let curves = ScoreSummary.LearningCurves(
            epoch: accuracy.indices.map { $0 + 1 },
            trainAccuracy: accuracy,
            heldoutAccuracy: mean(\.heldoutAccuracy),
            trainLoss: mean(\.trainLoss),
            heldoutLoss: mean(\.heldoutLoss)
        )
        self.curves = accuracy.isEmpty ? nil : curves
    }

    /// Epochs after which training accuracy would reach 0.99 if its error went on falling exponentially as over the
    /// second half of the run; nil where it hardly falls, and beyond ten times the run.
    static func epochsToFit(_ accuracy: [Double]) -> Int? {
        guard accuracy.count >= 4 else { return nil }
        let last = accuracy.count - 1
        let middle = last / 2
        let (early, late) = (1 - accuracy[middle], 1 - accuracy[last])
        let goal = 1 - TrustVerdict.fit.interpolated
        guard late > goal, early > late else { return nil }
        let rate = log(early / late) / Double(last - middle)
        let more = log(late / goal) / rate
        guard more < Double(10 * accuracy.count) else { return nil }
        // Two significant digits: this is an extrapolation.
        let epochs = Double(accuracy.count) + more
        let step = epochs < 100 ? 5.0 : 10
        return Int((epochs / step).rounded(.up) * step)
    }
}
