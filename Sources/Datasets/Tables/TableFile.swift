import Files
import Glibc

/// A text file of an upload: the upload itself or one file of its archive, gzipped or not. It is read from its start as
/// often as needed, so that nothing of the text has to stay in memory.
struct TableFile {
    let upload: Upload
    /// The path in the archive; nil for the upload itself.
    let path: String?
    /// What its rows are called after: `iris.csv` in the source `iris.csv:12`.
    var name: String
    /// Whether its rows are test examples.
    var isTest = false

    /// Gives the unpacked bytes in pieces of at most 128 KiB; `body` says whether it wants more.
    /// - Parameter progress: gets the share of the file that has been read, 0...1
    func read(
        limits: IngestLimits,
        progress: (Double) -> Void = { _ in },
        _ body: (UnsafeBufferPointer<UInt8>) throws(IngestError) -> Bool
    ) throws(IngestError) {
        var inflater: GzipInflater?
        var isFirst = true
        var unpacked = 0
        var wanted = true
        func take(_ piece: UnsafeRawBufferPointer) throws(IngestError) -> Bool {
            if isFirst, GzipInflater.isGzip(piece.prefix(3)) { inflater = GzipInflater() }
            isFirst = false
            guard let inflater else { return try body(piece.assumingMemoryBound(to: UInt8.self)) }
            try inflater.push(piece) { (bytes) throws(IngestError) in
                unpacked += bytes.count
                guard unpacked <= limits.unpackedBytes else { throw .unpacksTooLarge(limit: limits.unpackedBytes) }
                guard unpacked <= limits.ratioFreeBytes || unpacked / limits.unpackedRatio <= upload.size else {
                    throw .suspiciousRatio(limit: limits.unpackedRatio)
                }
                if wanted { wanted = try body(bytes.assumingMemoryBound(to: UInt8.self)) }
            }
            return wanted
        }
        var isWhole = true
        func reading(_ piece: UnsafeRawBufferPointer, _ share: Double) throws(IngestError) -> Bool {
            isWhole = try take(piece)
            progress(share)
            return isWhole
        }
        if let path {
            let archive = try upload.openArchive(limits: limits)
            while let entry = try archive.next() {
                guard entry.path == path else { continue }
                try archive.read { (piece) throws(IngestError) in try reading(piece, archive.fraction) }
                break
            }
        } else {
            try readUpload(reading)
        }
        if let inflater, isWhole, !inflater.isFinished {
            throw .damagedArchive(reason: "\(name) is a gzip file that ends early")
        }
    }

    private func readUpload(
        _ body: (UnsafeRawBufferPointer, Double) throws(IngestError) -> Bool
    ) throws(IngestError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            let count = pread(upload.descriptor, buffer.baseAddress, buffer.count, offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .files(FilesError(operation: "read", path: "upload", code: errno)) }
            if count == 0 { return }
            offset += count
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            guard try body(piece, Double(offset) / Double(max(1, upload.size))) else { return }
        }
    }

    /// Gives the whole text as UTF-8.
    func readText(
        _ encoding: TextEncoding,
        limits: IngestLimits,
        progress: (Double) -> Void = { _ in },
        _ body: (UnsafeBufferPointer<UInt8>) throws(IngestError) -> Bool
    ) throws(IngestError) {
        var transcoder: UTF8Transcoder?
        try read(limits: limits, progress: progress) { (piece) throws(IngestError) in
            if transcoder == nil { transcoder = UTF8Transcoder(encoding, head: Array(piece.prefix(3))) }
            return try transcoder!.push(piece, body)
        }
    }

    /// How the text is encoded: by its mark, else UTF-8 where every byte fits, else Windows-1252, which is noted.
    func encoding(_ context: IngestContext) throws(IngestError) -> TextEncoding {
        var check = UTF8Check()
        var isFirst = true
        var marked: TextEncoding?
        try read(limits: context.limits) { (piece) throws(IngestError) in
            if isFirst { marked = TextEncoding.marked(piece.prefix(3))?.0 }
            isFirst = false
            guard marked == nil || marked == .utf8 else { return false }
            check.push(piece)
            return check.firstBadLine == nil
        }
        if let marked, marked != .utf8 { return marked }
        check.finish()
        guard let line = check.firstBadLine else { return .utf8 }
        context.warnings.add(.notUTF8, at: "\(name):\(line)")
        return .windows1252
    }
}
