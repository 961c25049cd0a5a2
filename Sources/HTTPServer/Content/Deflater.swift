import CZlib

/// Makes a gzip stream piece by piece.
final class Deflater {
    /// Half of the effort of the default level for nearly the same size.
    private static let level: Int32 = 5

    /// zlib keeps a pointer to this structure inside its own state, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream,
            Self.level,
            Z_DEFLATED,
            15 + 16,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        precondition(status == Z_OK, "zlib has no memory for a window")
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The compressed form of `bytes`, as far as it can be told yet; all of it when `isLast`.
    func deflate(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
        var bytes = bytes
        var output: [UInt8] = []
        bytes.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            var isFull = true
            while isFull {
                output += [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
                    stream.pointee.next_out = buffer.baseAddress
                    stream.pointee.avail_out = UInt32(buffer.count)
                    let status = CZlib.deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    precondition(status != Z_STREAM_ERROR, "zlib was given a stream that it did not make")
                    isFull = stream.pointee.avail_out == 0
                    count = buffer.count - Int(stream.pointee.avail_out)
                }
            }
        }
        return output
    }
}
