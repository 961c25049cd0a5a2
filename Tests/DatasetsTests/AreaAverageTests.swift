import Datasets
import TestSupport
import Testing

@Suite struct AreaAverageTests {
    @Test func halvingIsTheMeanOfFour() {
        let raster = Raster(height: 2, width: 4, channels: 1, pixels: [0, 10, 100, 200, 20, 30, 100, 0])
        let small = AreaAverage.reduce(raster, height: 1, width: 2)
        #expect(small.pixels == [15, 100])
    }

    @Test func fractionalOverlapsAreWeighted() {
        // Three pixels into two: the middle one counts half for each; (90 + 60/2) / 1.5 = 80, (60/2 + 30) / 1.5 = 40.
        let raster = Raster(height: 1, width: 3, channels: 1, pixels: [90, 60, 30])
        #expect(AreaAverage.reduce(raster, height: 1, width: 2).pixels == [80, 40])
        let column = Raster(height: 3, width: 1, channels: 1, pixels: [90, 60, 30])
        #expect(AreaAverage.reduce(column, height: 2, width: 1).pixels == [80, 40])
    }

    @Test func channelsDoNotMix() {
        let raster = PictureFixture.raster(6, 9, channels: 3) { _, _, channel in 50 * channel }
        let small = AreaAverage.reduce(raster, height: 2, width: 3)
        #expect(small.pixels == (0..<6).flatMap { _ in [0, 50, 100] as [UInt8] })
    }

    @Test func agreesWithTheDefinitionOnRandomPictures() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<30 {
            let (height, width) = (Int.random(in: 1...23, using: &generator), Int.random(in: 1...23, using: &generator))
            let (outHeight, outWidth) = (
                Int.random(in: 1...height, using: &generator), Int.random(in: 1...width, using: &generator)
            )
            let raster = PictureFixture.raster(height, width) { _, _, _ in Int.random(in: 0...255, using: &generator) }
            let small = AreaAverage.reduce(raster, height: outHeight, width: outWidth)
            for y in 0..<outHeight {
                for x in 0..<outWidth {
                    var sum = 0.0
                    for row in 0..<height {
                        for column in 0..<width {
                            sum +=
                                overlap(row, height, y, outHeight) * overlap(column, width, x, outWidth)
                                * Double(raster.pixels[row * width + column])
                        }
                    }
                    let mean = sum * Double(outHeight * outWidth)
                    #expect(abs(Double(small.pixels[y * outWidth + x]) - mean) <= 0.5 + 1e-9)
                }
            }
        }
    }

    /// How much of output cell `o` of m lies on input cell `i` of n, both over the unit interval.
    private func overlap(_ i: Int, _ n: Int, _ o: Int, _ m: Int) -> Double {
        max(
            0,
            min(Double(i + 1) / Double(n), Double(o + 1) / Double(m))
                - max(Double(i) / Double(n), Double(o) / Double(m))
        )
    }

    @Test(arguments: [(100, 100, 32, 32), (100, 50, 32, 16), (3, 300, 1, 32), (1000, 1, 32, 1), (20, 32, 20, 32)])
    func aspectIsKept(height: Int, width: Int, outHeight: Int, outWidth: Int) {
        let size = AreaAverage.fittedSize(height: height, width: width, within: 32)
        #expect(size.height == outHeight && size.width == outWidth)
    }
}
