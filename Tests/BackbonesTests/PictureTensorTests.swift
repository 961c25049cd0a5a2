import Backbones
import Datasets
import Recipes
import Testing

struct PictureTensorTests {
    private func input(_ side: Int, _ resize: Backbone.PictureInput.Resize = .stretch) -> Backbone.PictureInput {
        Backbone.PictureInput(height: side, width: side, mean: [127.5, 0, 10], scale: [127.5, 1, 2], resize: resize)
    }

    /// At its own size a picture is its pixels, standardised channel by channel.
    @Test func atItsOwnSizeAPictureIsItself() {
        let raster = Raster(height: 2, width: 2, channels: 3, pixels: [0, 1, 2, 3, 4, 5, 6, 7, 8, 255, 10, 11])
        let tensor = PictureTensor(input(2)).tensor(of: raster)
        #expect(tensor[0] == -1 && tensor[3] == 1)
        #expect(Array(tensor[4..<8]) == [1, 4, 7, 10])
        #expect(Array(tensor[8..<12]) == [-4, -2.5, -1, 0.5])
    }

    /// A grey picture is three equal channels before they are standardised.
    @Test func aGreyPictureHasThreeChannels() {
        let tensor = PictureTensor(input(1)).tensor(of: Raster(height: 1, width: 1, channels: 1, pixels: [100]))
        #expect(zip(tensor, [(100 - 127.5) / 127.5, 100, 45]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    /// One colour stays one colour, whatever the sizes.
    @Test(arguments: [(7, 3), (3, 7), (64, 5), (5, 64), (1, 1)])
    func oneColourStaysOne(_ height: Int, _ width: Int) {
        let raster = Raster(
            height: height,
            width: width,
            channels: 1,
            pixels: Array(repeating: 77, count: height * width)
        )
        for resize in Backbone.PictureInput.Resize.allCases {
            let tensor = PictureTensor(input(9, resize)).tensor(of: raster)
            #expect(tensor[81..<162].allSatisfy { abs($0 - 77) < 1e-3 })
        }
    }

    /// The middle is what is left of a wide picture.
    @Test func theMiddleIsCropped() {
        let pixels: [UInt8] = [0, 50, 100, 200]
        let raster = Raster(height: 1, width: 4, channels: 1, pixels: pixels)
        var narrow = input(1, .crop)
        narrow.mean = [0, 0, 0]
        narrow.scale = [1, 1, 1]
        let tensor = PictureTensor(narrow).tensor(of: raster)
        #expect(abs(tensor[0] - 75) < 1e-4)
    }
}
