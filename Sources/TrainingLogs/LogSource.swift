import Arrays
import Datasets
import Foundation

/// What was sent: an NPZ archive, or JSON Lines of dataset cartography; alone, or in an archive among other files.
enum LogSource {
    /// The reader keeps the archive mapped.
    case npz(NPZReader)
    /// Files of JSON Lines, read one after the other.
    case lines(LogLines)

    /// Files of an archive that were not read.
    typealias Found = (source: LogSource, ignored: [String])

    private static let expected =
        "an NPZ archive, the JSON lines of dataset cartography, or a zip or tar of one of them"

    /// Looks at what was sent.
    ///
    /// - Parameter scratch: a folder for an NPZ that lies in an archive; nothing of it remains
    static func open(_ descriptor: Int32, scratch: String, limits: IngestLimits) throws -> Found {
        let upload = try Upload(descriptor: descriptor)
        guard upload.container == .archive else {
            if upload.head.starts(with: [0x93] + Array("NUMPY".utf8)) {
                throw LogError(
                    "the upload",
                    expected: "\(expected): numpy.savez(\"log.npz\", pred_probs=..., labels=...)",
                    got: "one array without labels"
                )
            }
            guard JSONObjectSplitter.recognises(upload.head) else {
                throw LogError("the upload", expected: expected, got: "something else")
            }
            return (.lines(LogLines(upload, names: [], limits: limits)), [])
        }
        var names: [String] = []
        let archive = try upload.openArchive(limits: limits)
        while let entry = try archive.next() {
            if !entry.isClutter { names.append(entry.path) }
        }
        if names.contains(where: { $0.hasSuffix(".npy") }) {
            guard Upload.isZip(upload.head) else {
                throw LogError("the upload", expected: "NPY files in a zip, which an NPZ is", got: "NPY files in a tar")
            }
            let reader = try NPZReader(descriptor: descriptor, name: "the log", memberLimit: limits.unpackedBytes)
            return (.npz(reader), [])
        }
        let logs = names.filter { $0.lowercased().hasSuffix(".npz") }
        let lines = names.filter { $0.lowercased().hasSuffix(".jsonl") || $0.lowercased().hasSuffix(".json") }
        let others = names.filter { !logs.contains($0) && !lines.contains($0) }
        switch (logs.count, lines.isEmpty) {
        case (1, true):
            let reader = try unpacked(logs[0], from: upload, scratch: scratch, limits: limits)
            return (.npz(reader), others)
        case (0, false):
            // 2 comes before 10.
            let ordered = lines.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
            return (.lines(LogLines(upload, names: ordered, limits: limits)), others)
        default:
            let found = (logs + lines + others).prefix(6).joined(separator: ", ")
            throw LogError(
                "the archive",
                expected: logs.isEmpty
                    ? expected : "one log; several trainings go into one NPZ with an axis of members",
                got: found.isEmpty ? "no files" : found
            )
        }
    }

    private static func unpacked(
        _ name: String,
        from upload: Upload,
        scratch: String,
        limits: IngestLimits
    ) throws -> NPZReader {
        let archive = try upload.openArchive(limits: limits)
        let spool = try Spool(folder: scratch)
        while let entry = try archive.next() {
            guard entry.path == name else { continue }
            try archive.read { (piece) throws(IngestError) in
                try spool.append(Array(piece))
                return true
            }
            break
        }
        try spool.finish()
        return try NPZReader(descriptor: spool.descriptor, name: name, memberLimit: limits.unpackedBytes)
    }
}
