import CTurboJPEG
import Datasets
import TestSupport
import Testing

@Suite struct ImageDecoderTests {
    private func decode(_ bytes: [UInt8], maxPixels: Int = 1 << 24) throws(ImageError) -> Raster {
        try ImageDecoder(maxPixels: maxPixels).decode(bytes).raster
    }

    private func failure(_ bytes: [UInt8], maxPixels: Int = 1 << 24) -> ImageError? {
        do throws(ImageError) {
            _ = try decode(bytes, maxPixels: maxPixels)
            return nil
        } catch {
            return error
        }
    }

    // MARK: PNG

    @Test func ownPNGsComeBackExactly() throws {
        for (height, width, channels) in [(1, 1, 1), (7, 5, 1), (9, 13, 3), (64, 100, 3)] {
            var generator = SeededGenerator(seed: UInt64(height))
            let raster = PictureFixture.raster(height, width, channels: channels) { _, _, _ in
                Int.random(in: 0...255, using: &generator)
            }
            #expect(try decode(PNGEncoder.encode(raster)) == raster)
        }
    }

    @Test func paletteBecomesColour() throws {
        let png = PictureFixture.png(
            width: 2,
            height: 1,
            depth: 8,
            color: 3,
            chunks: [("PLTE", [10, 20, 30, 200, 100, 50])],
            rows: [0, 1, 0]
        )
        #expect(try decode(png) == Raster(height: 1, width: 2, channels: 3, pixels: [200, 100, 50, 10, 20, 30]))
    }

    @Test func oneBitGrayIsExpanded() throws {
        let png = PictureFixture.png(width: 8, height: 1, depth: 1, color: 0, rows: [0, 0b1010_0001])
        #expect(try decode(png).pixels == [255, 0, 255, 0, 0, 0, 0, 255])
    }

    @Test func sixteenBitsAreScaled() throws {
        let png = PictureFixture.png(width: 2, height: 1, depth: 16, color: 0, rows: [0, 0xff, 0xff, 0x80, 0x80])
        #expect(try decode(png).pixels == [255, 128])
    }

    @Test func alphaIsLaidOverWhite() throws {
        let gray = PictureFixture.png(width: 3, height: 1, depth: 8, color: 4, rows: [0, 0, 255, 0, 0, 100, 128])
        // 100 * 128/255 + 255 * 127/255 = 177.2
        #expect(try decode(gray).pixels == [0, 255, 177])
        let colour = PictureFixture.png(width: 1, height: 1, depth: 8, color: 6, rows: [0, 200, 0, 0, 255])
        #expect(try decode(colour).pixels == [200, 0, 0])
    }

    @Test func transparentPaletteEntriesAreLaidOverWhite() throws {
        let png = PictureFixture.png(
            width: 2,
            height: 1,
            depth: 8,
            color: 3,
            chunks: [("PLTE", [10, 20, 30, 200, 100, 50]), ("tRNS", [0, 255])],
            rows: [0, 0, 1]
        )
        #expect(try decode(png).pixels == [255, 255, 255, 200, 100, 50])
    }

    @Test func colourlessRGBIsGray() throws {
        let png = PNGEncoder.encode(PictureFixture.raster(4, 4, channels: 3) { y, x, _ in y * 16 + x })
        let raster = try decode(png)
        #expect(raster.channels == 1)
        #expect(raster == PictureFixture.raster(4, 4) { y, x, _ in y * 16 + x })
    }

    @Test func gammaAndTextsAreNotApplied() throws {
        let png = PictureFixture.png(
            width: 1,
            height: 1,
            depth: 8,
            color: 0,
            chunks: [("gAMA", UInt32(100_000).bigEndianBytes), ("tEXt", Array("a\0b".utf8))],
            rows: [0, 100]
        )
        #expect(try decode(png).pixels == [100])
    }

    @Test func aBombIsRefusedByItsHeader() {
        let png = PictureFixture.png(width: 100_000, height: 100_000, depth: 1, color: 0, rows: [0])
        #expect(failure(png) == .tooManyPixels(height: 100_000, width: 100_000, limit: 1 << 24))
        let overflow = PictureFixture.png(width: 0x7fff_ffff, height: 0x7fff_ffff, depth: 1, color: 0, rows: [0])
        #expect(failure(overflow) == .tooManyPixels(height: 0x7fff_ffff, width: 0x7fff_ffff, limit: 1 << 24))
    }

    @Test func aTextBombIsSkippedUnread() throws {
        let bomb = Array("k\0\0".utf8) + Deflate.zlib([UInt8](repeating: 0x20, count: 64 << 20))
        let png = PictureFixture.png(width: 1, height: 1, depth: 8, color: 0, chunks: [("zTXt", bomb)], rows: [0, 7])
        #expect(try decode(png).pixels == [7])
    }

    @Test func truncatedAndDamagedPNGsAreErrors() {
        let png = PictureFixture.png(3, height: 40, width: 40)
        for length in [0, 1, 7, 8, 20, 33, 40, png.count / 2] {
            #expect(failure(Array(png[..<length])) != nil, "\(length) bytes")
        }
        var wrong = png
        wrong[29] ^= 1  // the checksum of IHDR
        #expect(failure(wrong) != nil)
        let tooShort = PictureFixture.png(width: 4, height: 4, depth: 8, color: 0, rows: [0, 1, 2, 3, 4])
        #expect(failure(tooShort) != nil)
        let badType = PictureFixture.png(width: 1, height: 1, depth: 8, color: 5, rows: [0, 0])
        #expect(failure(badType) != nil)
    }

    // MARK: JPEG

    @Test func jpegComesBackNearly() throws {
        let raster = PictureFixture.raster(24, 40, channels: 3) { y, x, channel in 40 * channel + 2 * y + 3 * x }
        for flags in [0, TJFLAG_PROGRESSIVE] {
            let decoded = try decode(PictureFixture.jpeg(raster, quality: 100, flags: flags))
            #expect(decoded.height == 24 && decoded.width == 40 && decoded.channels == 3)
            #expect(zip(decoded.pixels, raster.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 4 })
        }
    }

    @Test func grayJPEGHasOneChannel() throws {
        let raster = PictureFixture.raster(16, 16) { y, x, _ in 8 * y + x }
        let decoded = try decode(PictureFixture.jpeg(raster, quality: 100))
        #expect(decoded.channels == 1)
        #expect(zip(decoded.pixels, raster.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 3 })
    }

    @Test(arguments: 1...8, [true, false]) func orientationIsApplied(orientation: Int, littleEndian: Bool) throws {
        // White upper left quarter, gray upper right, black below: where they go shows the orientation.
        let raster = PictureFixture.raster(16, 32) { y, x, _ in y < 8 ? (x < 16 ? 255 : 128) : 0 }
        let jpeg = PictureFixture.oriented(
            PictureFixture.jpeg(raster, quality: 100),
            UInt16(orientation),
            littleEndian: littleEndian
        )
        let upright = try decode(jpeg)
        #expect(upright.height == (orientation >= 5 ? 32 : 16))
        // Corners of the upright picture: upper left, upper right, lower left, lower right (CIPA DC-008, 4.6.5.1).
        let corners: [[Int]] = [
            [255, 128, 0, 0], [128, 255, 0, 0], [0, 0, 128, 255], [0, 0, 255, 128],
            [255, 0, 128, 0], [0, 255, 0, 128], [0, 128, 0, 255], [128, 0, 255, 0],
        ]
        let (bottom, right) = (upright.height - 1, upright.width - 1)
        let seen = [(0, 0), (0, right), (bottom, 0), (bottom, right)].map {
            Int(upright.pixels[$0.0 * upright.width + $0.1])
        }
        #expect(zip(seen, corners[orientation - 1]).allSatisfy { abs($0 - $1) <= 3 }, "\(seen)")
    }

    @Test func aJPEGThatEndsEarlyIsAnError() {
        let jpeg = PictureFixture.jpeg(PictureFixture.raster(64, 64, channels: 3) { y, x, c in y * x + c * 90 })
        for length in [2, 3, 20, 200, jpeg.count / 2, jpeg.count - 40] {
            #expect(failure(Array(jpeg[..<length])) != nil, "\(length) of \(jpeg.count) bytes")
        }
    }

    @Test func tooManyScansAreRefusedUndecoded() {
        let jpeg = PictureFixture.jpeg(PictureFixture.raster(16, 16) { y, x, _ in y * x })
        // SOS segments of nothing: what counts is that they are announced.
        let scan: [UInt8] = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]
        let bomb = Array(jpeg.dropLast(2)) + (0..<500).flatMap { _ in scan } + [0xff, 0xd9]
        #expect(failure(bomb) == .tooManyScans(501, limit: 64))
    }

    @Test func jpegDimensionsAreCheckedBeforeDecoding() {
        let jpeg = PictureFixture.jpeg(PictureFixture.raster(40, 50) { y, x, _ in y * x })
        #expect(failure(jpeg, maxPixels: 1999) == .tooManyPixels(height: 40, width: 50, limit: 1999))
        #expect(failure(jpeg, maxPixels: 2000) == nil)
    }

    @Test func otherBytesAreNoPicture() {
        #expect(failure(Array("GIF89a".utf8)) == .notAnImage)
        #expect(failure([]) == .notAnImage)
    }
}
