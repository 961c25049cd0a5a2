import Files
import Foundation
import Neighbors
import Training

/// `manifest.json` of a finished member, without the specification that is appended to it.
struct WorkerManifest: Encodable {
    /// Version of the evidence arrays.
    let evidenceVersion = 1
    let key: String
    /// Digest and size of each array, by file name.
    let files: [String: FileDigest]
    let probeNames: [String]
    let k: Int
    /// Of the probes with approximate neighbours, how well they agree with exact ones.
    let projected: [ProbeAgreement]?
    let result: MemberResult
}

/// How well a probe's approximate neighbours agree with the exact ones, on a sample of the examples.
struct ProbeAgreement: Encodable {
    let probe: Int
    let queries: Int
    let votes: Double
    let neighbors: Double

    /// By probe; those that were searched exactly are left out.
    static func list(_ evidence: ProbeEvidence) -> [ProbeAgreement] {
        evidence.agreements.sorted { $0.key < $1.key }.map {
            ProbeAgreement(
                probe: $0.key,
                queries: $0.value.queries,
                votes: $0.value.votes,
                neighbors: $0.value.neighbors
            )
        }
    }
}

/// What came of a training run, in numbers. JSON has no word for what is not finite: such a number, or a series with
/// one, is left out.
struct MemberResult: Encodable {
    /// Whether the network learned; one that did not is excluded and counted.
    let learned: Bool
    let reason: String?
    /// Final accuracy on the examples trained on.
    let fit: Double?
    /// Share of the most frequent label among them.
    let majorityShare: Double?
    /// By epoch.
    let trainAccuracy: [Double]?
    let heldoutAccuracy: [Double]?
    let trainLoss: [Double]?
    let heldoutLoss: [Double]?
    let learningRate: [Double]
    /// Counted from 1.
    let snapshotEpochs: [Int]
    /// By phase.
    let seconds: [String: Double]
    let peakRssBytes: Int

    init(_ dynamics: Dynamics, seconds: [String: Double]) {
        learned = dynamics.failure == nil
        reason = dynamics.failure
        fit = learned ? dynamics.fit.finite : nil
        majorityShare = dynamics.majorityShare.finite
        trainAccuracy = MemberResult.finite(dynamics.summaries.map(\.trainAccuracy))
        heldoutAccuracy = MemberResult.finite(dynamics.summaries.map(\.heldOutAccuracy))
        trainLoss = MemberResult.finite(dynamics.summaries.map(\.trainLoss))
        heldoutLoss = MemberResult.finite(dynamics.summaries.map(\.heldOutLoss))
        learningRate = dynamics.summaries.map(\.learningRate)
        snapshotEpochs = dynamics.snapshotEpochs
        self.seconds = seconds
        peakRssBytes = MemberResult.peakMemory()
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
