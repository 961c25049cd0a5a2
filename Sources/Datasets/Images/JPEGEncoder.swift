import CTurboJPEG

/// JPEG through libjpeg-turbo: what is kept of pictures that are too large to be kept as they came.
enum JPEGEncoder {
    /// What is seen of the loss at this quality is next to nothing.
    static let quality: CInt = 90

    /// - Throws: `ImageError.outOfMemory`
    static func encode(_ raster: Raster) throws(ImageError) -> [UInt8] {
        guard let handle = tjInitCompress() else { throw .outOfMemory }
        defer { tjDestroy(handle) }
        var out: UnsafeMutablePointer<UInt8>?
        var count: UInt = 0
        defer { tjFree(out) }
        let isGray = raster.channels == 1
        let status = raster.pixels.withUnsafeBufferPointer { pixels in
            tjCompress2(
                handle,
                pixels.baseAddress,
                CInt(raster.width),
                0,
                CInt(raster.height),
                CInt((isGray ? TJPF_GRAY : TJPF_RGB).rawValue),
                &out,
                &count,
                CInt((isGray ? TJSAMP_GRAY : TJSAMP_420).rawValue),
                quality,
                0
            )
        }
        guard status == 0, let out else { throw .damaged(String(cString: tjGetErrorStr2(handle))) }
        return Array(UnsafeBufferPointer(start: out, count: Int(count)))
    }
}
