import Arrays
import Datasets
import Tasks
import Testing

@Suite struct NPZTests {
    let workshop: Workshop

    init() { workshop = Workshop() }

    @Test func imagesAndLabels() throws {
        let (pixels, labels) = ArrayFixture.digits(6)
        let dataset = try workshop.ingest(
            ArrayFixture.npz([
                ("x", ArrayFixture.npy([6, 8, 8], pixels)), ("y", ArrayFixture.npy([6], labels)),
            ])
        )
        let manifest = dataset.manifest
        #expect(manifest.format == "npz" && manifest.kind == .images && manifest.shape == [8, 8, 1])
        #expect(manifest.classes == ["0", "1"] && manifest.classCounts.train == [3, 3])
        #expect(manifest.splits == .init(train: 6, test: 0))
        #expect(manifest.warnings == [])
        #expect(try dataset.exampleBytes() == pixels)
        #expect(dataset.labelCodes() == [0, 1, 0, 1, 0, 1])
        #expect(try dataset.source(5) == "x[5]")
        #expect(try dataset.id(5) == nil)
        #expect(!manifest.hasIDs && !manifest.hasPictures)
        let mean = pixels.reduce(0.0) { $0 + Double($1) } / 384
        #expect(abs(manifest.normalisation.mean[0] - mean / 255) < 1e-12)
        #expect(manifest.statistics.pixels?.mean == [mean])
        #expect(manifest.thumbnails == .init(tile: 32, columns: 32, rows: 32, sheets: 1))
    }

    @Test func trainAndTestWithIDsAndClassNames() throws {
        let (pixels, labels) = ArrayFixture.digits(8, classes: 3)
        let dataset = try workshop.ingest(
            ArrayFixture.npz([
                ("x_test", ArrayFixture.npy([2, 8, 8], Array(pixels[384...]))),
                ("y_test", ArrayFixture.npy([2], labels[6...].map(Int64.init))),
                ("x_train", ArrayFixture.npy([6, 8, 8], Array(pixels[..<384]))),
                ("y_train", ArrayFixture.npy([6], labels[..<6].map(Int32.init))),
                ("classes", NPY.encode(strings: ["cat", "dog", "\u{fc}mlaut"])),
                ("ids_train", ArrayFixture.npy([6], [10, 11, 12, 13, 14, 15] as [Int64])),
                ("ids_test", NPY.encode(strings: ["a", "b"])),
                ("notes", ArrayFixture.npy([1], [0] as [UInt8])),
            ])
        )
        #expect(dataset.manifest.classes == ["cat", "dog", "\u{fc}mlaut"])
        #expect(dataset.manifest.splits == .init(train: 6, test: 2))
        #expect(dataset.manifest.classCounts == .init(train: [2, 2, 2], test: [1, 1, 0]))
        #expect(try dataset.exampleBytes() == pixels)
        #expect(try dataset.sources(5..<7) == ["x_train[5]", "x_test[0]"])
        #expect(try dataset.ids(4..<8) == ["14", "15", "a", "b"])
        #expect(dataset.split(5) == .train && dataset.split(6) == .test)
        #expect(dataset.labelName(2) == "\u{fc}mlaut" && dataset.labelName(7) == "dog")
        #expect(dataset.warning(.unusedArrays)?.places == ["notes"])
    }

    @Test(arguments: [("images", "labels"), ("data", "target"), ("X", "y")])
    func otherNames(examples: String, labels: String) throws {
        let (pixels, codes) = ArrayFixture.digits(6)
        let dataset = try workshop.ingest(
            ArrayFixture.npz([
                (labels, ArrayFixture.npy([6, 1], codes)), (examples, ArrayFixture.npy([6, 8, 8, 1], pixels)),
            ])
        )
        #expect(try dataset.source(0) == "\(examples)[0]")
        #expect(dataset.manifest.shape == [8, 8, 1])
    }

    @Test func featuresStayRaw() throws {
        let values: [Double] = [1, 10, 2, 20, 3, 30, 4, 40, 5, 10, 6, 10]
        let dataset = try workshop.ingest(
            ArrayFixture.npz([
                ("data", ArrayFixture.npy([6, 2], values)),
                ("target", NPY.encode(strings: ["b", "a", "b", "a", "b", ""])),
            ])
        )
        #expect(dataset.manifest.kind == .features && dataset.manifest.shape == [2])
        #expect(dataset.features(3) == [4, 40])
        #expect(dataset.manifest.classes == ["a", "b"])
        #expect(dataset.label(5) == nil && dataset.manifest.missingLabels == 1)
        #expect(dataset.warning(.missingLabels)?.places == ["data[5]"])
        #expect(dataset.manifest.statistics.features?.max == [6, 40])
        #expect(dataset.manifest.normalisation.mean == [3.5, 20])
        #expect(dataset.manifest.thumbnails == nil)
        #expect(throws: IngestError.noPicture(row: 0)) { try dataset.picture(0).bytes }
    }

    @Test func missingValuesBecomeTrainingMeans() throws {
        let train: [Float] = [1, 5, .nan, 5, 3, 5, 2, 5, 2, 5]
        let dataset = try workshop.ingest(
            ArrayFixture.npz([
                ("x_train", ArrayFixture.npy([5, 2], train)),
                ("y_train", ArrayFixture.npy([5], [0, 1, 0, 1, 1] as [UInt8])),
                ("x_test", ArrayFixture.npy([1, 2], [100, .nan] as [Float])),
                ("y_test", ArrayFixture.npy([1], [1] as [UInt8])),
            ])
        )
        #expect(dataset.features(1) == [2, 5] && dataset.features(5) == [100, 5])
        #expect(dataset.warning(.missingValues)?.places == ["x_train[1, 0]", "x_test[0, 1]"])
        #expect(dataset.warning(.constantFeatures)?.places == ["column 1"])
        #expect(dataset.manifest.normalisation.std[1] == 1)
    }

    @Test func channelsFirstIsTurned() throws {
        let pixels = (0..<6 * 3 * 64).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 64) }
        let dataset = try workshop.ingest(
            ArrayFixture.npz([
                ("x", ArrayFixture.npy([6, 3, 8, 8], pixels)),
                ("y", ArrayFixture.npy([6], [1, 0, 1, 0, 1, 0] as [UInt8])),
            ])
        )
        #expect(dataset.manifest.shape == [8, 8, 3])
        let stored = try dataset.exampleBytes()
        for (row, channel, pixel) in [(0, 0, 0), (1, 2, 63), (5, 1, 17)] {
            #expect(stored[row * 192 + pixel * 3 + channel] == pixels[row * 192 + channel * 64 + pixel])
        }
    }

    @Test func floatPixelsAreRescaled() throws {
        let values = (0..<6 * 64).map { Float($0 % 61) / 60 }
        let dataset = try workshop.ingest(
            ArrayFixture.npz([
                ("x", ArrayFixture.npy([6, 8, 8], values)),
                ("y", ArrayFixture.npy([6], [0, 1, 0, 1, 0, 1] as [Float])),
            ])
        )
        #expect(try dataset.exampleBytes() == values.map { UInt8(($0 * 255).rounded()) })
        #expect(
            dataset.warning(.rescaledPixels)?.detail == "the pixels of 1 array were rescaled to 0..255 from [0, 1]"
        )
        #expect(dataset.manifest.classes == ["0", "1"])
    }

    @Test func largeImagesAreReduced() throws {
        let pixels = [UInt8](repeating: 200, count: 5 * 100 * 50)
        var rows = pixels
        for row in 0..<5 { rows[row * 5000] = UInt8(row * 50) }
        let dataset = try workshop.ingest(
            ArrayFixture.npz([
                ("x", ArrayFixture.npy([5, 100, 50], rows)), ("y", ArrayFixture.npy([5], [0, 1, 0, 1, 0] as [UInt8])),
            ])
        )
        #expect(dataset.manifest.shape == [32, 16, 1])
        #expect(dataset.warning(.reducedImages)?.count == 5)
        let asked = try workshop.ingest(
            ArrayFixture.npz([
                ("x", ArrayFixture.npy([5, 100, 50], rows)), ("y", ArrayFixture.npy([5], [0, 1, 0, 1, 0] as [UInt8])),
            ]),
            IngestOptions(imageSize: 64)
        )
        #expect(asked.manifest.shape == [64, 32, 1])
    }

    @Test func fortranOrderAndBigEndianAreRead() throws {
        // x[row, column] = 10 row + column, stored column by column, big-endian 16 bit.
        let raw = (0..<3).flatMap { column in (0..<6).flatMap { Int16(10 * $0 + column).bigEndianBytes } }
        let dataset = try workshop.ingest(
            ArrayFixture.npz([
                ("x", ArrayFixture.npy(">i2", [6, 3], raw: raw, fortranOrder: true)),
                ("y", ArrayFixture.npy([6], [0, 1, 0, 1, 0, 1] as [UInt8])),
            ])
        )
        #expect(dataset.features(4) == [40, 41, 42])
    }

    @Test func oneHotLabels() throws {
        let (pixels, _) = ArrayFixture.digits(5)
        let oneHot: [Float] = [1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0]
        let dataset = try workshop.ingest(
            ArrayFixture.npz([
                ("x", ArrayFixture.npy([5, 8, 8], pixels)), ("y", ArrayFixture.npy([5, 3], oneHot)),
            ])
        )
        #expect(dataset.labelCodes() == [0, 2, 1, 0, 1])
        #expect(dataset.warning(.classWithOneExample)?.places == ["2"])
    }

    @Test func optionsNameLabelsAndIDs() throws {
        let (pixels, labels) = ArrayFixture.digits(6)
        let upload = try ArrayFixture.npz([
            ("x", ArrayFixture.npy([6, 8, 8], pixels)), ("y", ArrayFixture.npy([6], labels)),
            ("colour", NPY.encode(strings: ["red", "blue", "red", "red", "blue", "blue"])),
            ("name", NPY.encode(strings: ["p", "q", "r", "s", "t", "u"])),
        ])
        let dataset = try workshop.ingest(upload, IngestOptions(label: "colour", id: "name"))
        #expect(dataset.manifest.classes == ["blue", "red"])
        #expect(try dataset.id(3) == "s")
        #expect(
            try workshop.failure(upload, IngestOptions(label: "colr"))
                == .badOption(
                    name: "label",
                    value: "colr",
                    expected: "one of the arrays x, y, colour, name"
                )
        )
    }

    // MARK: Labels that need a decision

    private func labelled(_ npy: [UInt8], count: Int = 6, classes: [String]? = nil) throws -> [UInt8] {
        let (pixels, _) = ArrayFixture.digits(count)
        return try ArrayFixture.npz(
            [("x", ArrayFixture.npy([count, 8, 8], pixels)), ("y", npy)]
                + (classes.map { [("classes", NPY.encode(strings: $0))] } ?? [])
        )
    }

    @Test func minusOneIsMissingButNotBesideOne() throws {
        let missing = try workshop.ingest(labelled(ArrayFixture.npy([6], [0, 1, -1, 2, 1, 0] as [Int64])))
        #expect(missing.manifest.classes == ["0", "1", "2"] && missing.label(2) == nil)
        let binary = try workshop.ingest(labelled(ArrayFixture.npy([6], [1, -1, -1, 1, 1, -1] as [Int64])))
        #expect(binary.manifest.classes == ["-1", "1"] && binary.labelCodes() == [1, 0, 0, 1, 1, 0])
        #expect(binary.warning(.minusOneIsClass) != nil)
    }

    @Test func nanIsMissing() throws {
        let dataset = try workshop.ingest(labelled(ArrayFixture.npy([6], [0, 1, .nan, 10, 1, 9] as [Double])))
        #expect(dataset.manifest.classes == ["0", "1", "9", "10"] && dataset.manifest.missingLabels == 1)
    }

    @Test func booleansAreClasses() throws {
        let npy = ArrayFixture.npy("|b1", [6], raw: [1, 0, 0, 1, 1, 0])
        #expect(try workshop.ingest(labelled(npy)).manifest.classes == ["false", "true"])
    }

    @Test func wrongLabelsAreExactErrors() throws {
        #expect(
            try workshop.failure(labelled(ArrayFixture.npy([6], [0, 1, 0.5, 2, 1, 0] as [Float])))
                == .continuousTarget(place: "y[2]", value: "0.5")
        )
        #expect(
            try workshop.failure(labelled(ArrayFixture.npy([5], [0, 1, 0, 1, 0] as [UInt8])))
                == .labelCount(name: "y", expected: 6, got: 5)
        )
        #expect(
            try workshop.failure(labelled(ArrayFixture.npy([6], [0, 1, 3, 1, 0, 0] as [UInt8]), classes: ["a", "b"]))
                == .labelOutsideClasses(place: "y[2]", got: "3", classes: 2)
        )
        #expect(
            try workshop.failure(labelled(ArrayFixture.npy([6], [UInt8](repeating: 4, count: 6)))) == .oneClass("4")
        )
        #expect(
            try workshop.failure(labelled(ArrayFixture.npy([6], [Int8](repeating: -1, count: 6)))) == .oneClass(nil)
        )
        #expect(
            try workshop.failure(labelled(ArrayFixture.npy([6], [0, 1, 0, 1, 0, 1] as [UInt8]), classes: ["a", "a"]))
                == .badClassNames(name: "classes", reason: "a name occurs twice")
        )
        #expect(
            try workshop.failure(labelled(ArrayFixture.npy([4], [0, 1, 0, 1] as [UInt8]), count: 4))
                == .tooFew(got: 4, needed: 5)
        )
        var options = IngestOptions()
        options.limits.classes = 3
        #expect(
            try workshop.failure(labelled(ArrayFixture.npy([6], [0, 1, 2, 3, 4, 5] as [UInt8])), options)
                == .tooManyClasses(got: 6, limit: 3)
        )
    }

    @Test func wrongArraysAreExactErrors() throws {
        let y = ArrayFixture.npy([6], [0, 1, 0, 1, 0, 1] as [UInt8])
        func failure(_ members: [(String, [UInt8])]) throws -> IngestError? {
            try workshop.failure(ArrayFixture.npz(members))
        }
        var infinite = [Float](repeating: 1, count: 12)
        infinite[7] = .infinity
        #expect(
            try failure([("x", ArrayFixture.npy([6, 2], infinite)), ("y", y)])
                == .arrayValue(
                    place: "x[3, 1]",
                    expected: "a finite number that a 32-bit float holds",
                    got: "inf"
                )
        )
        #expect(
            try failure([("x", ArrayFixture.npy([6], [Float](repeating: 1, count: 6))), ("y", y)])?.code == .badArray
        )
        #expect(try failure([("a", y)])?.code == .badArray)
        #expect(
            try failure([
                ("x_train", ArrayFixture.npy([6, 2], [Float](repeating: 1, count: 12))), ("y_train", y),
                ("x_test", ArrayFixture.npy([6, 3], [Float](repeating: 1, count: 18))), ("y_test", y),
            ]) == .arrayShape(name: "x_test", expected: "(N, 2) as x_train has", got: [6, 3])
        )
        #expect(
            try failure([("x_train", ArrayFixture.npy([6, 2], [Float](repeating: 1, count: 12)))])
                == .missingArray(wanted: "y_train", available: ["x_train"])
        )
        let objects = try #require(
            try failure([("x", ArrayFixture.npy("|O", [6, 2], raw: [0x80, 4, 0x2e])), ("y", y)])
        )
        #expect(objects.code == .badArray && objects.description.contains("never unpickled"))
        #expect(objects.places.first?.pointer == "x")
        #expect(try workshop.failure(ArrayFixture.npy([6, 2], [Float](repeating: 1, count: 12))) == .loneArray)
    }

    @Test func impossibleShapesTakeNoMemory() throws {
        let y = ArrayFixture.npy([6], [0, 1, 0, 1, 0, 1] as [UInt8])
        for shape in [[1 << 40, 1 << 40], [Int.max, 2], [6, 1 << 60], [4_000_000, 1000], [6, 700_000_000]] {
            for dtype in ["|u1", "<f4", "<f8", "<U100"] {
                let error = try workshop.failure(
                    ArrayFixture.npz([("x", ArrayFixture.npy(dtype, shape, raw: [0, 0])), ("y", y)])
                )
                #expect(
                    error?.code == .tooLarge || error?.code == .badArray,
                    "\(shape) \(dtype) \(String(describing: error))"
                )
            }
        }
    }
}
