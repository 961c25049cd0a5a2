import Datasets
import Testing

@Suite struct ParsingTests {
    // MARK: Class folders

    private func places(_ paths: [String]) -> [String?] {
        FolderLayout(paths: paths).places.map { $0.map { ($0.isTest ? "test:" : "") + $0.className } }
    }

    @Test func foldersAreClasses() {
        #expect(places(["cat/1.png", "dog/2.png", "dog/deeper/3.png"]) == ["cat", "dog", "dog"])
    }

    @Test func sharedTopFoldersArePassedOver() {
        #expect(places(["a/cat/1.png", "a/dog/2.png"]) == ["cat", "dog"])
        #expect(places(["a/b/cat/1.png", "a/b/dog/2.png"]) == ["cat", "dog"])
    }

    @Test func splitsStandAboveTheClasses() {
        #expect(
            places(["d/train/cat/1.png", "d/train/dog/2.png", "d/test/cat/3.png", "d/val/dog/4.png"])
                == ["cat", "dog", "test:cat", "test:dog"]
        )
        #expect(places(["Train/cat/1.png", "Test/dog/2.png"]) == ["cat", "test:dog"])
        #expect(places(["train/cat/1.png", "train/dog/2.png"]) == ["cat", "dog"])
    }

    @Test func aClassMayBeNamedLikeASplit() {
        #expect(places(["train/1.png", "bus/2.png"]) == ["train", "bus"])
    }

    @Test func picturesBesideTheClassFoldersHaveNoClass() {
        #expect(places(["logo.png", "a/cat/1.png", "a/dog/2.png", "a/preview.png"]) == [nil, "cat", "dog", nil])
        #expect(places(["1.png", "2.png"]) == [nil, nil])
        #expect(places(["train/1.png", "test/2.png"]) == [nil, nil])
        #expect(places(["a/1.png", "a/2.png"]) == ["a", "a"])
        #expect(places([]) == [])
    }

    // MARK: Class names

    @Test func classesAreSortedAsNumbersWhereAllAre() {
        #expect(LabelColumn.sorted(["10", "9", "-1", "2.5"]) == ["-1", "2.5", "9", "10"])
        #expect(LabelColumn.sorted(["10", "9", "x"]) == ["10", "9", "x"])
        #expect(LabelColumn.sorted(["b", "a", "B", "\u{e4}"]) == ["B", "a", "b", "\u{e4}"])
        #expect(LabelColumn.sorted(["nan", "1"]) == ["1", "nan"])
    }

    // MARK: Array shapes

    @Test(arguments: [
        ([10, 28, 28], ArrayLayout.images(ImageShape(height: 28, width: 28, channels: 1), channelsFirst: false)),
        ([10, 32, 48, 3], .images(ImageShape(height: 32, width: 48, channels: 3), channelsFirst: false)),
        ([10, 3, 32, 48], .images(ImageShape(height: 32, width: 48, channels: 3), channelsFirst: true)),
        ([10, 1, 8, 8], .images(ImageShape(height: 8, width: 8, channels: 1), channelsFirst: true)),
        ([10, 3, 32, 3], .features(columns: 288, flattened: true)),
        ([10, 4], .features(columns: 4, flattened: false)),
        ([10, 7, 28], .features(columns: 196, flattened: true)),
    ])
    func shapesDecideTheLayout(shape: [Int], layout: ArrayLayout) throws {
        #expect(try ArrayLayout(shape: shape, name: "x") == layout)
    }

    @Test(arguments: [[10], [10, 0], [10, 32, 32, 4], [10, 2, 32, 32], [2, 2, 8, 8, 8]])
    func otherShapesAreErrors(shape: [Int]) {
        #expect(throws: IngestError.self) { try ArrayLayout(shape: shape, name: "x") }
    }

    // MARK: Pixels

    @Test func rangesDecideTheScale() {
        #expect(PixelScale(smallest: 0, largest: 1, integral: false) == .zeroToOne)
        #expect(PixelScale(smallest: 0, largest: 1, integral: true) == .zeroToOne)
        #expect(PixelScale(smallest: -1, largest: 0.9, integral: false) == .minusOneToOne)
        #expect(PixelScale(smallest: 0, largest: 254.5, integral: false) == .asIs)
        #expect(PixelScale(smallest: 3, largest: 255, integral: true) == .asIs)
        #expect(PixelScale(smallest: -5, largest: 300, integral: false) == .minToMax(-5, 300))
        #expect(PixelScale(smallest: 0, largest: 65535, integral: true) == .minToMax(0, 65535))
    }

    @Test func valuesBecomeBytes() {
        #expect([0, 0.5, 1].map(PixelScale.zeroToOne.byte) == [0, 128, 255])
        #expect([-1, 0, 1].map(PixelScale.minusOneToOne.byte) == [0, 128, 255])
        #expect([0, 1.4, 254.6].map(PixelScale.asIs.byte) == [0, 1, 255])
        #expect([-10, 0, 10].map(PixelScale.minToMax(-10, 10).byte) == [0, 128, 255])
        #expect(PixelScale.minToMax(4, 4).byte(4) == 0)
        let huge = Float.greatestFiniteMagnitude
        #expect([-huge, 0, huge].map(PixelScale.minToMax(-huge, huge).byte) == [0, 128, 255])
    }

    // MARK: Duplicates

    @Test func duplicatesPointToTheFirst() {
        let rows: [UInt8] = [1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3, 4]
        #expect(rows.withUnsafeBytes { DuplicateFinder.firstEqual(in: $0, rowBytes: 2) } == [0, 1, 0, 3, 0, 1])
        #expect(rows.withUnsafeBytes { DuplicateFinder.firstEqual(in: $0, rowBytes: 4) } == [0, 1, 0])
    }
}
