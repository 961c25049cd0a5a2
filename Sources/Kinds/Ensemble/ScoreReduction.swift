import Difficulty
import Foundation
import Tasks
import Worker

/// `plumbline score` of an ensemble: the scores of all examples.
public struct ScoreReduction: ReductionWork {
    /// That of the specification.
    public let name = ScoreSpec.reduction

    /// One for all ensembles.
    public init() {}

    /// Writes columns, details, issues and summary.
    public func reduce(_ specification: [UInt8]) throws {
        try ScoreRun.run(JSONDecoder().decode(ScoreSpec.self, from: Data(specification)))
    }
}
