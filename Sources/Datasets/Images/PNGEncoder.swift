import CZlib

/// Writes 8-bit gray and RGB pictures as PNG (ISO/IEC 15948). Bytes depend on the pixels, the effort and zlib only.
public enum PNGEncoder {
    /// Encodes `height` x `width` x `channels` samples (1 or 3 channels). `effort` is zlib's level, 1...9.
    ///
    /// Each row is filtered by Sub or Up, whichever gives the smaller sum of absolute differences (12.8 of the
    /// standard): nearly what all five filters give, at half the cost.
    public static func encode(
        _ samples: UnsafeBufferPointer<UInt8>,
        height: Int,
        width: Int,
        channels: Int,
        effort: Int = 4
    ) -> [UInt8] {
        precondition(channels == 1 || channels == 3, "a PNG of ours has 1 or 3 channels")
        precondition(samples.count == height * width * channels && height > 0 && width > 0, "samples fit the shape")
        var png: [UInt8] = PNGDecoder.signature
        var header = bigEndian(width) + bigEndian(height)
        header += [8, channels == 1 ? 0 : 2, 0, 0, 0]
        append("IHDR", header, to: &png)
        append("IDAT", deflate(filtered(samples, stride: width * channels, step: channels), effort: effort), to: &png)
        append("IEND", [], to: &png)
        return png
    }

    /// Encodes a raster.
    public static func encode(_ raster: Raster, effort: Int = 4) -> [UInt8] {
        raster.pixels.withUnsafeBufferPointer {
            encode($0, height: raster.height, width: raster.width, channels: raster.channels, effort: effort)
        }
    }

    private static func filtered(_ samples: UnsafeBufferPointer<UInt8>, stride: Int, step: Int) -> [UInt8] {
        let rows = samples.count / stride
        return [UInt8](unsafeUninitializedCapacity: rows * (stride + 1)) { out, count in
            for row in 0..<rows {
                let line = samples.baseAddress! + row * stride
                let above = row == 0 ? nil : line - stride
                let at = out.baseAddress! + row * (stride + 1)
                let sub = cost(stride) { $0 < step ? line[$0] : line[$0] &- line[$0 - step] }
                if let above, cost(stride, { line[$0] &- above[$0] }) < sub {
                    at[0] = 2
                    for column in 0..<stride { at[1 + column] = line[column] &- above[column] }
                } else {
                    at[0] = 1
                    for column in 0..<stride {
                        at[1 + column] = column < step ? line[column] : line[column] &- line[column - step]
                    }
                }
            }
            count = rows * (stride + 1)
        }
    }

    @inline(__always)
    private static func cost(_ count: Int, _ difference: (Int) -> UInt8) -> Int {
        var sum = 0
        for at in 0..<count { sum &+= Int(Int8(bitPattern: difference(at)).magnitude) }
        return sum
    }

    private static func deflate(_ bytes: [UInt8], effort: Int) -> [UInt8] {
        var length = compressBound(uLong(bytes.count))
        return [UInt8](unsafeUninitializedCapacity: Int(length)) { out, count in
            let status = bytes.withUnsafeBufferPointer { bytes in
                compress2(out.baseAddress, &length, bytes.baseAddress, uLong(bytes.count), CInt(effort))
            }
            precondition(status == Z_OK, "zlib fails only without memory or with a level out of 1...9")
            count = Int(length)
        }
    }

    private static func append(_ name: String, _ content: [UInt8], to png: inout [UInt8]) {
        png += bigEndian(content.count)
        let body = Array(name.utf8) + content
        png += body
        png += bigEndian(Int(body.withUnsafeBufferPointer { crc32(0, $0.baseAddress, uInt($0.count)) }))
    }

    private static func bigEndian(_ value: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(value).bigEndian) { Array($0) }
    }
}
