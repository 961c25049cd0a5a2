/// A decoded picture: `height` x `width` x `channels` bytes, row by row, 1 channel (gray) or 3 (red, green, blue).
public struct Raster: Sendable, Hashable {
    /// Rows of pixels.
    public var height: Int
    /// Pixels in a row.
    public var width: Int
    /// 1 or 3.
    public var channels: Int
    /// `height * width * channels` samples.
    public var pixels: [UInt8]

    /// A picture of the given samples; their number must fit the shape.
    public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
        precondition(pixels.count == height * width * channels, "a raster has height * width * channels samples")
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
    }

    /// The same picture with one channel where red, green and blue are equal everywhere, however it was stored.
    func grayIfColourless() -> Raster {
        guard channels == 3 else { return self }
        let colourless = pixels.withUnsafeBufferPointer { pixels in
            for at in stride(from: 0, to: pixels.count, by: 3)
            where pixels[at] != pixels[at + 1] || pixels[at] != pixels[at + 2] {
                return false
            }
            return true
        }
        guard colourless else { return self }
        let gray = [UInt8](unsafeUninitializedCapacity: height * width) { out, count in
            for at in 0..<height * width { out[at] = pixels[3 * at] }
            count = height * width
        }
        return Raster(height: height, width: width, channels: 1, pixels: gray)
    }

    /// The picture as the camera meant it, by EXIF orientation 1...8 (CIPA DC-008, tag 0x0112).
    func oriented(_ orientation: Int) -> Raster {
        guard (2...8).contains(orientation) else { return self }
        let transposed = orientation >= 5
        let (outHeight, outWidth) = transposed ? (width, height) : (height, width)
        let channels = channels
        let out = [UInt8](unsafeUninitializedCapacity: pixels.count) { out, count in
            pixels.withUnsafeBufferPointer { pixels in
                for y in 0..<outHeight {
                    for x in 0..<outWidth {
                        let (row, column) =
                            switch orientation {
                            case 2: (y, width - 1 - x)
                            case 3: (height - 1 - y, width - 1 - x)
                            case 4: (height - 1 - y, x)
                            case 5: (x, y)
                            case 6: (height - 1 - x, y)
                            case 7: (height - 1 - x, width - 1 - y)
                            default: (x, width - 1 - y)
                            }
                        for channel in 0..<channels {
                            out[(y * outWidth + x) * channels + channel] =
                                pixels[(row * width + column) * channels + channel]
                        }
                    }
                }
            }
            count = pixels.count
        }
        return Raster(height: outHeight, width: outWidth, channels: channels, pixels: out)
    }

    /// The picture with each pixel repeated `factor` times both ways.
    func enlarged(_ factor: Int) -> Raster {
        guard factor > 1 else { return self }
        let (outHeight, outWidth) = (height * factor, width * factor)
        let out = [UInt8](unsafeUninitializedCapacity: outHeight * outWidth * channels) { out, count in
            for y in 0..<outHeight {
                for x in 0..<outWidth {
                    for channel in 0..<channels {
                        out[(y * outWidth + x) * channels + channel] =
                            pixels[(y / factor * width + x / factor) * channels + channel]
                    }
                }
            }
            count = outHeight * outWidth * channels
        }
        return Raster(height: outHeight, width: outWidth, channels: channels, pixels: out)
    }
}
