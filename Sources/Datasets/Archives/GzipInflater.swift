import CZlib

/// Unpacks gzip (RFC 1952) piece by piece; members may follow one another.
package final class GzipInflater {
    private var stream = z_stream()
    /// The last member was complete at the end of the last piece.
    package private(set) var isFinished = false

    package init() {
        // 15 bits of window, + 16: a gzip header is expected.
        let status = inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib fails here only without memory")
    }

    deinit { inflateEnd(&stream) }

    static func isGzip(_ head: some Collection<UInt8>) -> Bool { head.starts(with: [0x1f, 0x8b, 8]) }

    /// Unpacks the next piece. `body` gets at most 64 KiB at a time.
    package func push(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws(IngestError) -> Void
    ) throws(IngestError) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        stream.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = uInt(bytes.count)
        stream.avail_out = 1  // no output is waiting
        if isFinished, !startNextMember() { return }

        let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { output.deallocate() }
        while stream.avail_in > 0 || stream.avail_out == 0 {
            stream.next_out = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = uInt(output.count)
            let status = inflate(&stream, Z_NO_FLUSH)
            let produced = output.count - Int(stream.avail_out)
            if produced > 0 { try body(UnsafeRawBufferPointer(rebasing: output[..<produced])) }
            switch status {
            case Z_OK: continue
            case Z_STREAM_END:
                isFinished = true
                if !startNextMember() { return }
            case Z_BUF_ERROR where stream.avail_in == 0: return
            default:
                let reason = stream.msg.map { String(cString: $0) } ?? "its compressed data are damaged"
                throw .damagedArchive(reason: reason)
            }
        }
    }

    /// What follows a member is either another one or padding, which is ignored as gzip itself does.
    private func startNextMember() -> Bool {
        guard stream.avail_in > 0, stream.next_in[0] == 0x1f else { return false }
        isFinished = false
        return inflateReset(&stream) == Z_OK
    }

    /// The first bytes of what a gzip file that starts with `head` holds, at most 64 KiB; empty where it is damaged.
    static func firstBytes(of head: [UInt8]) -> [UInt8] {
        let inflater = GzipInflater()
        var first: [UInt8] = []
        head.withUnsafeBytes { raw in
            do throws(IngestError) {
                try inflater.push(raw) { (piece) throws(IngestError) in
                    if first.count < 1 << 16 { first.append(contentsOf: piece) }
                }
            } catch {
                // Damage behind the first bytes shows when the whole is read.
            }
        }
        return first
    }
}
