import CPNG

/// PNG (ISO/IEC 15948) through libpng, to 8-bit gray or RGB.
///
/// Transparency is laid over white, as a page shows it. Gamma and colour profiles are not applied, and an orientation
/// in an eXIf chunk is not either: the samples are what they are.
enum PNGDecoder {
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    /// Width and height out of the IHDR chunk, which the standard (11.2.1) wants first.
    static func size(of bytes: [UInt8]) throws(ImageError) -> (height: Int, width: Int) {
        guard bytes.count >= 33, bytes.starts(with: signature), Array(bytes[12..<16]) == Array("IHDR".utf8) else {
            throw .damaged("the header is missing")
        }
        func word(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
        let (width, height) = (word(16), word(20))
        guard width > 0, height > 0 else { throw .damaged("it has no pixels") }
        return (height, width)
    }

    /// Whether the file is what it shows: 8 bits of gray or colour, nothing transparent, one picture.
    static func isPlain(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 33, bytes[24] == 8, bytes[25] == 0 || bytes[25] == 2 else { return false }
        var at = 8
        while at + 12 <= bytes.count {
            let length = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
            let name = Array(bytes[at + 4..<at + 8])
            if name == Array("IDAT".utf8) { return true }
            if name == Array("tRNS".utf8) || name == Array("acTL".utf8) { return false }
            at += 12 + length
        }
        return false
    }

    static func decode(_ bytes: [UInt8], maxPixels: Int) throws(ImageError) -> Raster {
        let (height, width) = try size(of: bytes)
        guard height <= maxPixels / width else {
            throw .tooManyPixels(height: height, width: width, limit: maxPixels)
        }
        var channels = 0
        var reason = ""
        let samples = [UInt8](unsafeUninitializedCapacity: height * width * 4) { out, count in
            let message = UnsafeMutablePointer<CChar>.allocate(capacity: 96)
            message.initialize(repeating: 0, count: 96)
            defer { message.deallocate() }
            channels = bytes.withUnsafeBufferPointer { bytes in
                Int(
                    plumbline_png_decode(
                        bytes.baseAddress,
                        bytes.count,
                        UInt32(width),
                        UInt32(height),
                        out.baseAddress,
                        message
                    )
                )
            }
            reason = String(cString: message)
            count = height * width * channels
        }
        guard channels > 0 else { throw .damaged(reason) }
        let pixels = channels == 2 || channels == 4 ? overWhite(samples, channels: channels) : samples
        return Raster(height: height, width: width, channels: channels <= 2 ? 1 : 3, pixels: pixels)
    }

    /// Removes the last channel (alpha): sample * alpha + white * (1 - alpha), rounded.
    private static func overWhite(_ samples: [UInt8], channels: Int) -> [UInt8] {
        let kept = channels - 1
        let pixels = samples.count / channels
        return [UInt8](unsafeUninitializedCapacity: pixels * kept) { out, count in
            samples.withUnsafeBufferPointer { samples in
                for pixel in 0..<pixels {
                    let alpha = UInt32(samples[pixel * channels + kept])
                    for channel in 0..<kept {
                        let sample = UInt32(samples[pixel * channels + channel])
                        out[pixel * kept + channel] = UInt8((sample * alpha + 255 * (255 - alpha) + 127) / 255)
                    }
                }
            }
            count = pixels * kept
        }
    }
}
