import CTurboJPEG
import Datasets
import TestSupport

/// Pictures as files.
enum PictureFixture {
    /// A raster whose pixels a formula gives.
    static func raster(
        _ height: Int,
        _ width: Int,
        channels: Int = 1,
        _ value: (_ y: Int, _ x: Int, _ channel: Int) -> Int
    ) -> Raster {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<channels { pixels.append(UInt8(truncatingIfNeeded: value(y, x, channel))) }
            }
        }
        return Raster(height: height, width: width, channels: channels, pixels: pixels)
    }

    /// A small gray PNG that differs with its number.
    static func png(_ number: Int, height: Int = 12, width: Int = 12) -> [UInt8] {
        PNGEncoder.encode(raster(height, width) { y, x, _ in number * 7 + y * 3 + x * 5 })
    }

    /// A PNG of any kind: `rows` are filtered bytes (filter byte first) without compression.
    static func png(
        width: Int,
        height: Int,
        depth: UInt8,
        color: UInt8,
        interlaced: Bool = false,
        chunks: [(String, [UInt8])] = [],
        rows: [UInt8]
    ) -> [UInt8] {
        var png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        png += chunk(
            "IHDR",
            UInt32(width).bigEndianBytes + UInt32(height).bigEndianBytes + [depth, color, 0, 0, interlaced ? 1 : 0]
        )
        for (name, content) in chunks { png += chunk(name, content) }
        return png + chunk("IDAT", Deflate.zlib(rows)) + chunk("IEND", [])
    }

    static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + content
        return UInt32(content.count).bigEndianBytes + body + Deflate.crc(body).bigEndianBytes
    }

    /// A JPEG without chroma subsampling.
    static func jpeg(_ raster: Raster, quality: CInt = 95, flags: CInt = 0) -> [UInt8] {
        let handle = tjInitCompress()
        defer { tjDestroy(handle) }
        var buffer: UnsafeMutablePointer<UInt8>?
        var size: UInt = 0
        let status = tjCompress2(
            handle,
            raster.pixels,
            CInt(raster.width),
            0,
            CInt(raster.height),
            CInt((raster.channels == 1 ? TJPF_GRAY : TJPF_RGB).rawValue),
            &buffer,
            &size,
            CInt((raster.channels == 1 ? TJSAMP_GRAY : TJSAMP_444).rawValue),
            quality,
            flags
        )
        precondition(status == 0)
        defer { tjFree(buffer) }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(size)))
    }

    /// The JPEG with an EXIF segment that states the orientation, in either byte order.
    static func oriented(_ jpeg: [UInt8], _ orientation: UInt16, littleEndian: Bool) -> [UInt8] {
        func number<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
            littleEndian ? value.littleEndianBytes : value.bigEndianBytes
        }
        var tiff: [UInt8] = littleEndian ? [0x49, 0x49] : [0x4d, 0x4d]
        tiff += number(UInt16(42)) + number(UInt32(8)) + number(UInt16(1))
        tiff += number(UInt16(0x0112)) + number(UInt16(3)) + number(UInt32(1)) + number(orientation) + [0, 0]
        tiff += number(UInt32(0))
        let segment = [0x45, 0x78, 0x69, 0x66, 0, 0] + tiff
        return Array(jpeg[..<2]) + [0xff, 0xe1] + UInt16(segment.count + 2).bigEndianBytes + segment + Array(jpeg[2...])
    }
}
