import CZlib

/// Raw deflate (RFC 1951) of one archive member, in bounded pieces.
struct Inflater {
    /// Unpacks `source`, which must yield exactly `bytes` bytes.
    ///
    /// - Parameter emit: gets the pieces in order; each is valid only within the call.
    /// - Throws: `ArrayError.badArchive` for damaged data and for any other length than promised, or what `emit` throws.
    static func run(
        _ source: UnsafeRawBufferPointer,
        bytes: Int,
        name: String,
        emit: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var stream = z_stream()
        // 15 bits of window, negative: no zlib header, as in ZIP.
        let opened = inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { throw ArrayError.badArchive(name: name, detail: "zlib: \(opened)") }
        defer { inflateEnd(&stream) }

        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        defer { piece.deallocate() }
        var consumed = 0
        var produced = 0
        while true {
            if stream.avail_in == 0, consumed < source.count {
                // zlib counts input in 32 bits.
                let take = min(source.count - consumed, 1 << 30)
                let start = source.baseAddress!.assumingMemoryBound(to: UInt8.self) + consumed
                stream.next_in = UnsafeMutablePointer(mutating: start)
                stream.avail_in = UInt32(take)
                consumed += take
            }
            stream.next_out = piece.baseAddress!.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(piece.count)
            let status = inflate(&stream, Z_NO_FLUSH)
            let count = piece.count - Int(stream.avail_out)
            produced += count
            guard produced <= bytes else {
                throw ArrayError.badArchive(name: name, detail: "it unpacks to more than the \(bytes) bytes it states")
            }
            if count > 0 { try emit(UnsafeRawBufferPointer(rebasing: piece[..<count])) }
            if status == Z_STREAM_END { break }
            guard status == Z_OK, count > 0 || stream.avail_in > 0 || consumed < source.count else {
                throw ArrayError.badArchive(name: name, detail: "its compressed data are damaged or cut off")
            }
        }
        guard produced == bytes else {
            throw ArrayError.badArchive(name: name, detail: "it unpacks to \(produced) of \(bytes) bytes")
        }
    }
}

/// CRC-32 as ZIP uses it, over pieces.
struct CRC32 {
    private(set) var value: UInt32 = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        value = UInt32(truncatingIfNeeded: crc32_z(UInt(value), base.assumingMemoryBound(to: UInt8.self), bytes.count))
    }

    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = CRC32()
        crc.update(bytes)
        return crc.value
    }
}
