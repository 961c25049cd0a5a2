import Arrays
import Datasets
import Experiments
import Tasks

extension Column {
    /// The decisions of reviews as a column. Unlike the others it belongs to no revision: it changes as people decide.
    static let review = Column(
        name: "review",
        dtype: "category",
        categories: ReviewDecision.allCases.map(\.rawValue),
        title: "Review"
    )

    var isReview: Bool { name == Self.review.name }
}

extension Results {
    /// The columns of the revision, where there is one, and `review`.
    var columns: [Column] { (table?.columns ?? []) + [.review] }

    /// The value of one cell; null where there is no revision yet.
    func value(_ column: Column, _ row: Int) throws -> JSON {
        column.isReview
            ? JSON(reviews.byRow[row]?.decision.rawValue) : try table?.value(column, row) ?? .null
    }

    /// Rows sorted by any of the columns; see `ColumnTable.order`.
    func order(_ table: ColumnTable, by column: Column, descending: Bool) throws -> [Int32] {
        guard column.isReview else { return try table.order(by: column, descending: descending) }
        return try table.kept("review \(reviews.version) \(descending)") {
            ColumnTable.places(reviews.codes(count: count), column.categories ?? [])
                .withUnsafeBufferPointer { RowOrder.sorted($0, descending: descending) }
        }
    }
}

extension JSON {
    /// A review as examples and issues show it; null where there is none.
    init(_ review: Review?) {
        guard let review else {
            self = .null
            return
        }
        self = [
            "decision": .string(review.decision.rawValue), "label": JSON(review.label),
            "updated_at": JSON(review.updatedAt),
        ]
    }

    /// One entry of `GET /v1/jobs/{id}/reviews`.
    init(_ review: Review, in results: Results) throws {
        let row = review.rowIndex
        self = [
            "row_idx": .int(row), "source": .string(try results.dataset.source(row)),
            "id": JSON(try results.dataset.id(row)), "given_label": JSON(results.dataset.labelName(row)),
            "decision": .string(review.decision.rawValue), "label": JSON(review.label), "job": .string(review.jobId),
            "created_at": JSON(review.createdAt), "updated_at": JSON(review.updatedAt),
            "links": [
                "self": .string("/v1/jobs/\(results.job.id)/reviews/\(row)"),
                "example": .string("/v1/jobs/\(results.job.id)/examples/\(row)"),
                "page": .string("/jobs/\(results.job.id)/examples/\(row)"),
            ],
        ]
    }
}
