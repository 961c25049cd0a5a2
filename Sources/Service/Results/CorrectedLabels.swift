import Datasets
import Experiments
import Foundation
import HTTPServer
import HTTPTypes

/// The labels of a dataset as its reviews leave them: one line an example, without the excluded ones. The file is one
/// that `POST /v1/datasets/{id}/versions` takes.
struct CorrectedLabels: Sendable {
    let results: Results

    private static let rowsPerPiece = 1_000

    func response(on work: WorkQueue) -> Response {
        Response(
            fields: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: Archive.disposition("\(results.job.name)-labels.csv"),
                .cacheControl: "no-cache",
            ],
            body: .stream(length: nil) { writer in
                let head = ["row_idx", "source", "label", "given_label", "review"]
                try await writer.write(CSV.line(head))
                for start in stride(from: 0, to: results.count, by: Self.rowsPerPiece) {
                    let rows = start..<min(results.count, start + Self.rowsPerPiece)
                    let piece = try await work.run { try lines(rows) }
                    if !piece.isEmpty { try await writer.write(piece) }
                }
            }
        )
    }

    private func lines(_ rows: Range<Int>) throws -> [UInt8] {
        let sources = try results.dataset.sources(rows)
        var bytes: [UInt8] = []
        for (row, source) in zip(rows, sources) {
            let review = results.reviews.byRow[row]
            if review?.decision == .exclude { continue }
            let given = results.dataset.labelName(row) ?? ""
            bytes += CSV.line([
                "\(row)", source, review?.label ?? given, given, review?.decision.rawValue ?? "",
            ])
        }
        return bytes
    }
}
