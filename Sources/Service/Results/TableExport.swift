import Datasets
import Experiments
import Foundation
import HTTPServer
import HTTPTypes
import Tasks

/// A table of results as it is sent to a file: chosen columns and rows, a thousand rows at a time.
struct TableExport: Sendable {
    /// How a row is written.
    enum Format: String, Sendable, CaseIterable {
        /// RFC 4180, an absent value being an empty field.
        case csv
        /// The same, compressed.
        case compressedCSV = "csv.gz"
        /// One JSON object a line.
        case jsonLines = "jsonl"

        var mediaType: String {
            switch self {
            case .csv: "text/csv; charset=utf-8"
            case .compressedCSV: "application/gzip"
            case .jsonLines: "application/jsonl; charset=utf-8"
            }
        }
    }

    let format: Format
    let results: Results
    let columns: [Column]
    /// Nil for all rows as they lie.
    let rows: [Int32]?

    private static let rowsPerPiece = 1_000

    private var hasIDs: Bool { results.dataset.manifest.hasIDs }

    /// The answer; rows are made while they are sent.
    func response(on work: WorkQueue) -> Response {
        Response(
            fields: [
                .contentType: format.mediaType,
                .contentDisposition: Archive.disposition("\(results.job.name)-scores.\(format.rawValue)"),
            ],
            body: .stream(length: nil) { writer in
                let output = Output(isCompressed: format == .compressedCSV)
                if format != .jsonLines {
                    let head = ["row_idx", "source"] + (hasIDs ? ["id"] : []) + ["split"] + columns.map(\.name)
                    try await writer.write(output.bytes(CSV.line(head)))
                }
                let count = rows?.count ?? results.count
                for start in stride(from: 0, to: count, by: Self.rowsPerPiece) {
                    let piece = try await work.run {
                        output.bytes(try lines(start..<min(count, start + Self.rowsPerPiece)))
                    }
                    try await writer.write(piece)
                }
                try await writer.write(output.end())
            }
        )
    }

    private func lines(_ positions: Range<Int>) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for position in positions {
            let row = rows.map { Int($0[position]) } ?? position
            var cells: [(String, JSON)] = [
                ("row_idx", .int(row)), ("source", .string(try results.dataset.source(row))),
            ]
            if hasIDs { cells.append(("id", JSON(try results.dataset.id(row)))) }
            cells.append(("split", .string(results.dataset.split(row).rawValue)))
            for column in columns { cells.append((column.name, try results.value(column, row))) }
            bytes += format == .jsonLines ? JSON.object(cells).encoded() : CSV.line(cells.map { CSV.cell($0.1) })
        }
        return bytes
    }

    /// Compresses, or not. Used by one stream, one piece after the other.
    private final class Output: Sendable {
        private let deflater: GzipStream?

        init(isCompressed: Bool) {
            deflater = isCompressed ? GzipStream() : nil
        }

        func bytes(_ bytes: [UInt8]) -> [UInt8] { deflater?.compress(bytes) ?? bytes }

        func end() -> [UInt8] { deflater?.finish() ?? [] }
    }
}
