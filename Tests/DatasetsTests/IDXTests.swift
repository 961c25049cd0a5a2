import Datasets
import TestSupport
import Testing

@Suite struct IDXTests {
    let workshop: Workshop
    let images: [UInt8]
    let labels: [UInt8]
    let testImages: [UInt8]
    let testLabels: [UInt8]

    init() {
        workshop = Workshop()
        let (pixels, codes) = ArrayFixture.digits(8)
        images = ArrayFixture.idx(8, [6, 8, 8], Array(pixels[..<384]))
        labels = ArrayFixture.idx(8, [6], Array(codes[..<6]))
        testImages = ArrayFixture.idx(8, [2, 8, 8], Array(pixels[384...]))
        testLabels = ArrayFixture.idx(8, [2], Array(codes[6...]))
    }

    private var files: [(String, [UInt8])] {
        [
            ("mnist/t10k-images-idx3-ubyte", testImages), ("mnist/t10k-labels-idx1-ubyte", testLabels),
            ("mnist/train-images-idx3-ubyte", images), ("mnist/train-labels-idx1-ubyte", labels),
        ]
    }

    private var zipped: [(String, [UInt8])] { files.map { ("\($0.0).gz", Deflate.gzip($0.1)) } }

    @Test func everyPackingIsTheSameDataset() throws {
        let packings = [
            TarFixture.bytes(files), TarFixture.bytes(zipped), Deflate.gzip(TarFixture.bytes(files)),
            ZipFixture.bytes(files), ZipFixture.bytes(files, deflated: true), ZipFixture.bytes(zipped, deflated: true),
        ]
        let datasets = try packings.map { try workshop.ingest($0) }
        #expect(Set(datasets.map(\.manifest.digest)).count == 1)
        let dataset = datasets[0]
        #expect(dataset.manifest.format == "idx" && dataset.manifest.shape == [8, 8, 1])
        #expect(dataset.manifest.splits == .init(train: 6, test: 2))
        #expect(try dataset.exampleBytes() == ArrayFixture.digits(8).pixels)
        #expect(try dataset.sources(5..<7) == ["train-images-idx3-ubyte[5]", "t10k-images-idx3-ubyte[0]"])
        #expect(dataset.manifest.warnings == [])
    }

    @Test func trainingAlone() throws {
        let dataset = try workshop.ingest(
            ZipFixture.bytes([("img.idx", images), ("lab.idx", labels), ("a.txt", [65])])
        )
        #expect(dataset.manifest.splits == .init(train: 6, test: 0))
        #expect(dataset.warning(.otherFiles)?.places == ["a.txt"])
        let test = try workshop.ingest(ZipFixture.bytes([("t10k-images", images), ("t10k-labels", labels)]))
        #expect(test.manifest.splits == .init(train: 6, test: 0))
    }

    @Test(arguments: [
        (UInt8(0x09), [UInt8](repeating: 0xff, count: 2), Float(-1)), (0x0b, [0xff, 0xfe, 0, 5], -2),
        (0x0c, [0, 0, 1, 0, 0, 0, 0, 1], 256), (0x0d, Float(1.5).bitPattern.bigEndianBytes + [0, 0, 0, 0], 1.5),
        (0x0e, Double(-0.25).bitPattern.bigEndianBytes + [0, 0, 0, 0, 0, 0, 0, 0], -0.25),
    ])
    func everyNumberType(type: UInt8, row: [UInt8], first: Float) throws {
        let rows = (0..<5).flatMap { _ in row }
        let dataset = try workshop.ingest(
            ZipFixture.bytes([
                ("x", ArrayFixture.idx(type, [5, 2], rows)), ("y", ArrayFixture.idx(8, [5], [3, 4, 3, 4, 3])),
            ])
        )
        #expect(dataset.manifest.kind == .features && dataset.features(4)?.first == first)
        #expect(dataset.warning(.duplicateExamples)?.count == 4)
        #expect(dataset.warning(.conflictingDuplicates)?.places.first == "x[1] = x[0]: 4, 3")
        #expect(dataset.duplicateOf(3) == 0)
    }

    @Test func whatIsMissingOrTooMuchIsSaid() throws {
        func failure(_ files: [(String, [UInt8])]) throws -> IngestError? {
            try workshop.failure(TarFixture.bytes(files))
        }
        #expect(
            try failure([("train-images", images)])
                == .unpairedIDX(split: "training", images: ["train-images"], labels: [])
        )
        #expect(
            try failure([("train-images", images), ("train-labels", labels), ("t10k-labels", testLabels)])
                == .unpairedIDX(split: "test", images: [], labels: ["t10k-labels"])
        )
        #expect(
            try failure([("a", images), ("b", images), ("c", labels)])
                == .unpairedIDX(split: "training", images: ["a", "b"], labels: ["c"])
        )
        #expect(
            try failure([("a", Array(images.dropLast(5))), ("c", labels)])
                == .damagedIDX(name: "a", expected: "384 bytes of data for shape [6, 8, 8]", got: "379")
        )
        #expect(
            try failure([("a", images + [0]), ("c", labels)])
                == .damagedIDX(name: "a", expected: "384 bytes of data for shape [6, 8, 8]", got: "more than that")
        )
        #expect(
            try failure([("a", images), ("c", testLabels)]) == .labelCount(name: "c", expected: 6, got: 2)
        )
        #expect(
            try failure([("a.gz", Array(Deflate.gzip(images).dropLast(9))), ("c", labels)])
                == .damagedIDX(name: "a", expected: "a complete gzip file", got: "one that ends early")
        )
        #expect(try workshop.failure(images)?.code == .badArray)
    }

    @Test func headersThatPromiseTooMuchTakeNoMemory() throws {
        let bomb = ArrayFixture.idx(8, [0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [1, 2, 3])
        #expect(try workshop.failure(TarFixture.bytes([("a", bomb), ("c", labels)]))?.code == .tooLarge)
        let large = ArrayFixture.idx(8, [100_000, 200, 200], [1, 2, 3])
        #expect(try workshop.failure(TarFixture.bytes([("a", large), ("c", labels)]))?.code == .badArray)
    }

    @Test func gzipMembersMayFollowOneAnother() throws {
        let halves = Deflate.gzip(Array(images[..<100])) + Deflate.gzip(Array(images[100...])) + [0, 0, 0]
        let dataset = try workshop.ingest(TarFixture.bytes([("a.gz", halves), ("c", labels)]))
        #expect(dataset.count == 6)
    }
}
