import CZlib

/// Undoes gzip piece by piece (RFC 1952): concatenated members, check sums and lengths included.
final class Inflater {
    /// What is wrong with the stream.
    enum Failure: Error, Hashable {
        /// Not gzip, damaged, or followed by something else.
        case damaged
        /// It ends inside a member.
        case truncated
    }

    /// zlib keeps a pointer to this structure inside its own state, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8] = []
    private var position = 0
    private var isInsideMember = false

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 says: gzip, nothing else.
        let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib has no memory for a window")
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Adds compressed bytes. Everything that `next` can make of the earlier ones has to be taken first.
    func feed(_ bytes: [UInt8]) {
        precondition(position == input.count, "compressed bytes were not used")
        input = bytes
        position = 0
    }

    /// Up to `most` bytes of output; `nil` when more input is needed.
    func next(atMost most: Int) throws(Failure) -> [UInt8]? {
        while position < input.count || (isInsideMember && stream.pointee.avail_out == 0) {
            let output = try step(most)
            if !output.isEmpty { return output }
        }
        return nil
    }

    /// The input has ended.
    func finish() throws(Failure) {
        if isInsideMember { throw .truncated }
    }

    private func step(_ most: Int) throws(Failure) -> [UInt8] {
        if !isInsideMember {
            // Another member may follow; anything else is not part of the format.
            guard input[position] == 0x1F else { throw .damaged }
            inflateReset(stream)
            isInsideMember = true
        }
        var status = Z_OK
        let output = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress.map { $0 + position }
                stream.pointee.avail_in = UInt32(input.count - position)
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(most)
                status = inflate(stream, Z_NO_FLUSH)
                position = input.count - Int(stream.pointee.avail_in)
                count = most - Int(stream.pointee.avail_out)
            }
        }
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isInsideMember = false
        default: throw .damaged
        }
        return output
    }
}
