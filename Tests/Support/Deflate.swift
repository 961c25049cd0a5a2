import CZlib

/// zlib's compressor in the three wrappings that tests need.
package enum Deflate {
    /// RFC 1951, as in ZIP.
    package static func raw(_ bytes: [UInt8]) -> [UInt8] { run(bytes, windowBits: -15) }
    /// RFC 1952.
    package static func gzip(_ bytes: [UInt8]) -> [UInt8] { run(bytes, windowBits: 15 + 16) }
    /// RFC 1950, as in PNG.
    package static func zlib(_ bytes: [UInt8]) -> [UInt8] { run(bytes, windowBits: 15) }

    package static func crc(_ bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: bytes.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) })
    }

    private static func run(_ bytes: [UInt8], windowBits: CInt) -> [UInt8] {
        var stream = z_stream()
        let opened = deflateInit2_(
            &stream,
            6,
            Z_DEFLATED,
            windowBits,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            CInt(MemoryLayout<z_stream>.size)
        )
        precondition(opened == Z_OK)
        defer { deflateEnd(&stream) }
        var input = bytes
        let bound = Int(deflateBound(&stream, UInt(bytes.count))) + 64
        return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = uInt(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = uInt(bound)
                let status = CZlib.deflate(&stream, Z_FINISH)
                precondition(status == Z_STREAM_END)
            }
            count = bound - Int(stream.avail_out)
        }
    }
}
