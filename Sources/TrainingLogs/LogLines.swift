import Datasets
import Files
import Foundation

/// The objects of a log's JSON lines, file by file.
struct LogLines {
    private let upload: Upload
    /// Files of the archive in order; empty where the upload is one file itself.
    private let names: [String]
    private let limits: IngestLimits

    init(_ upload: Upload, names: [String], limits: IngestLimits) {
        self.upload = upload
        self.names = names
        self.limits = limits
    }

    /// Gives each object and its place, `file.jsonl:LINE`.
    func read(_ body: (UnsafeBufferPointer<UInt8>, String) throws(IngestError) -> Void) throws(IngestError) {
        guard !names.isEmpty else { return try readUpload(body) }
        // An archive gives its files in its own order, which is not that of the epochs; it does not matter to the log.
        let wanted = Set(names)
        let archive = try upload.openArchive(limits: limits)
        while let entry = try archive.next() {
            guard wanted.contains(entry.path) else { continue }
            let name = String(entry.fileName)
            var splitter = JSONObjectSplitter(name: name)
            try archive.read { (piece) throws(IngestError) in
                try splitter.push(piece.assumingMemoryBound(to: UInt8.self)) { (object, line) throws(IngestError) in
                    try body(object, "\(name):\(line)")
                }
                return true
            }
            try splitter.finish()
        }
    }

    private func readUpload(
        _ body: (UnsafeBufferPointer<UInt8>, String) throws(IngestError) -> Void
    ) throws(IngestError) {
        let name = "log.jsonl"
        var splitter = JSONObjectSplitter(name: name)
        func push(_ piece: UnsafeRawBufferPointer) throws(IngestError) {
            try splitter.push(piece.assumingMemoryBound(to: UInt8.self)) { (object, line) throws(IngestError) in
                try body(object, "\(name):\(line)")
            }
        }
        let inflater = upload.container == .gzip ? GzipInflater() : nil
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        var unpacked = 0
        while true {
            let count = pread(upload.descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            guard count >= 0 else { throw .files(.init(operation: "read", path: "the upload", code: errno)) }
            if count == 0 { break }
            offset += count
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            guard let inflater else {
                try push(piece)
                continue
            }
            try inflater.push(piece) { (piece) throws(IngestError) in
                unpacked += piece.count
                guard unpacked <= limits.unpackedBytes else { throw .unpacksTooLarge(limit: limits.unpackedBytes) }
                try push(piece)
            }
        }
        guard inflater?.isFinished ?? true else { throw .damagedArchive(reason: "the gzip file is cut off") }
        try splitter.finish()
    }
}
