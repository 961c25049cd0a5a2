import Arrays
import Files
import Foundation
import HTTPServer
import HTTPTypes

/// NPZ archives made while they are sent, one array in memory at a time.
package enum Archive {
    /// The archive of NPY files, with its length known beforehand.
    package static func response(_ arrays: [(name: String, path: String)], fileName: String) throws -> Response {
        let sizes = try arrays.map { (name: $0.name, bytes: try Files.live.size($0.path)) }
        return Response(
            fields: [.contentType: "application/x-npz", .contentDisposition: disposition(fileName)],
            body: .stream(length: NPZWriter.totalBytes(sizes)) { writer in
                let collected = Collected()
                var archive = NPZWriter { collected.bytes.append(contentsOf: $0) }
                for array in arrays {
                    try archive.add(array.name, npyFile: array.path)
                    try await collected.send(to: writer)
                }
                try archive.finish()
                try await collected.send(to: writer)
            }
        )
    }

    /// The archive of NPY files that are in memory, and then of files.
    package static func response(
        _ made: [(name: String, npy: [UInt8])],
        then arrays: [(name: String, path: String)],
        fileName: String
    ) -> Response {
        Response(
            fields: [.contentType: "application/x-npz", .contentDisposition: disposition(fileName)],
            body: .stream(length: nil) { writer in
                let collected = Collected()
                var archive = NPZWriter { collected.bytes.append(contentsOf: $0) }
                for array in made {
                    try archive.add(array.name, npy: array.npy)
                    try await collected.send(to: writer)
                }
                for array in arrays {
                    try archive.add(array.name, npyFile: array.path)
                    try await collected.send(to: writer)
                }
                try archive.finish()
                try await collected.send(to: writer)
            }
        )
    }

    /// RFC 6266, with the name cut down to what every client takes.
    package static func disposition(_ fileName: String) -> String {
        let safe = fileName.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" }
        return "attachment; filename=\"\(String(safe))\""
    }

    private final class Collected {
        var bytes: [UInt8] = []

        func send(to writer: BodyWriter) async throws {
            for start in stride(from: 0, to: bytes.count, by: 256 << 10) {
                try await writer.write(Array(bytes[start..<min(bytes.count, start + (256 << 10))]))
            }
            bytes.removeAll(keepingCapacity: true)
        }
    }
}
