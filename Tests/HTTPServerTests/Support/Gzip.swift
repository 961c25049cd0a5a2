import CZlib
import Glibc
import HTTPServer

/// The bytes of one gzip member, check sum included.
func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { inflateEnd(&stream) }
    var input = bytes
    var status = Z_OK
    let output = [UInt8](unsafeUninitializedCapacity: 1 << 20) { output, count in
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            status = inflate(&stream, Z_FINISH)
            count = output.count - Int(stream.avail_out)
        }
    }
    if status != Z_STREAM_END || stream.avail_in != 0 { throw Client.Failure(description: "inflate: \(status)") }
    return output
}

func setNoDelay(_ descriptor: Int32, _ on: inout Int32) {
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
}
