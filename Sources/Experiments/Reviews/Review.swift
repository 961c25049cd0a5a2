import Foundation

/// What a person decided about the label of an example.
public enum ReviewDecision: String, Codable, Sendable, CaseIterable {
    /// The label is wrong: the review names the right one.
    case accept
    /// The label is right.
    case keep
    /// Nobody can tell; the label stays.
    case skip
    /// The example does not belong into the dataset.
    case exclude
}

/// A decision about one example. It belongs to the example of the dataset, so every job of that dataset shows it.
public struct Review: Sendable, Hashable {
    /// The example's row.
    public var rowIndex: Int
    /// The decision.
    public var decision: ReviewDecision
    /// The right label; only with `accept`.
    public var label: String?
    /// The job whose results were looked at; it may have been removed since.
    public var jobId: String
    /// When the example was first reviewed.
    public var createdAt: Date
    /// When the decision was last made.
    public var updatedAt: Date

    init(_ record: ReviewRecord) {
        rowIndex = record.rowIndex
        decision = record.decision
        label = record.label
        jobId = record.jobId
        createdAt = Date(timeIntervalSince1970: record.createdAt)
        updatedAt = Date(timeIntervalSince1970: record.updatedAt)
    }
}

/// All reviews of a dataset at one moment.
public final class ReviewSet: Sendable {
    /// Grows with every change while the service runs: what rests on equal versions is equal.
    public let version: Int
    /// The reviews by row.
    public let byRow: [Int: Review]

    init(version: Int, reviews: [Review]) {
        self.version = version
        byRow = Dictionary(reviews.map { ($0.rowIndex, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// In the order of the rows.
    public var inOrder: [Review] { byRow.values.sorted { $0.rowIndex < $1.rowIndex } }

    /// For each of `count` rows the position of its decision in `ReviewDecision.allCases`, -1 where there is none.
    public func codes(count: Int) -> [Int32] {
        var codes = [Int32](repeating: -1, count: count)
        for (position, decision) in ReviewDecision.allCases.enumerated() {
            for (row, review) in byRow where review.decision == decision && row < count {
                codes[row] = Int32(position)
            }
        }
        return codes
    }
}
