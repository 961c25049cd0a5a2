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
        #expect(places(["blood_test/1.png", "stress_test/2.png"]) == ["blood_test", "stress_test"])
        #expect(places(["a/train station/1.png", "a/park/2.png"]) == ["train station", "park"])
    }

    /// As the most downloaded sets of pictures are packed.
    @Test func splitWordsCountInsideNames() {
        #expect(
            places(["seg_train/seg_train/sea/1.png", "seg_test/seg_test/sea/2.png", "seg_pred/seg_pred/3.png"])
                == ["sea", "test:sea", nil]
        )
        #expect(
            places(["x/training_set/cats/1.png", "x/training_set/dogs/2.png", "x/test_set/cats/3.png"])
                == ["cats", "dogs", "test:cats"]
        )
        #expect(places(["TrainImages/a/1.png", "ValImages/a/2.png"]) == ["a", "test:a"])
        #expect(places(["coco/train2017/1.jpg", "coco/val2017/2.jpg"]) == [nil, nil])
        #expect(
            FolderLayout(paths: ["coco/train2017/1.jpg", "coco/val2017/2.jpg"]).splits == ["train2017", "val2017"]
        )
        #expect(places(["cat/train/1.png", "cat/test/2.png", "dog/train/3.png"]) == ["cat", "test:cat", "dog"])
    }

    @Test func aFolderThatRepeatsItsParentIsPassedOver() {
        #expect(
            places([
                "chest_xray/chest_xray/train/NORMAL/1.png", "chest_xray/chest_xray/val/SICK/2.png",
                "chest_xray/train/SICK/3.png", "chest_xray/test/NORMAL/4.png",
            ]) == ["NORMAL", "test:SICK", "SICK", "test:NORMAL"]
        )
    }

    @Test func partsOfADatasetAreNoClasses() {
        #expect(FolderLayout(paths: ["d/images/1.png", "d/masks/1.png"]).parts == ["images", "masks"])
        #expect(FolderLayout(paths: ["d/images/1.png", "d/cats/1.png"]).parts == [])
    }

    @Test func aFolderInTwoUnicodeFormsIsOneClass() {
        #expect(places(["caf\u{e9}/1.png", "cafe\u{301}/2.png", "tea/3.png"]) == ["caf\u{e9}", "caf\u{e9}", "tea"])
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

    /// Signals over time are no pictures; bytes always are.
    @Test func otherNumbersOfUnlikeSidesAreFeatures() throws {
        #expect(
            try ArrayLayout(shape: [10, 100, 9], name: "x", areBytes: false) == .features(columns: 900, flattened: true)
        )
        let picture = ArrayLayout.images(ImageShape(height: 100, width: 9, channels: 1), channelsFirst: false)
        #expect(try ArrayLayout(shape: [10, 100, 9], name: "x", areBytes: true) == picture)
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
        // A few values beyond the range are what resampling leaves; rounding may not leave a handful of levels.
        let hair = PixelScale(smallest: 0, largest: 1.02, integral: false, beyond: (0.0005, 0.0005, 0))
        #expect(hair == .zeroToOne && hair.byte(1.02) == 255)
        #expect(PixelScale(smallest: 0, largest: 9.5, integral: false) == .minToMax(0, 9.5))
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
