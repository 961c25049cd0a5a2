import Datasets
import TestSupport
import Testing

@Suite struct FoldersTests {
    let workshop: Workshop

    init() { workshop = Workshop() }

    private func files(_ count: Int = 6, top: String = "") -> [(String, [UInt8])] {
        (0..<count).map { ("\(top)\($0 % 2 == 0 ? "cat" : "dog")/\($0).png", PictureFixture.png($0)) }
    }

    @Test func everyPackingIsTheSameDataset() throws {
        let shuffled = Array(files().reversed())
        let datasets = try [
            ZipFixture.bytes(files()), ZipFixture.bytes(shuffled, deflated: true), TarFixture.bytes(files()),
            Deflate.gzip(TarFixture.bytes(shuffled)),
        ].map { try workshop.ingest($0) }
        #expect(Set(datasets.map(\.manifest.digest)).count == 1)
        let dataset = datasets[1]
        #expect(dataset.manifest.format == "folders" && dataset.manifest.shape == [12, 12, 1])
        #expect(dataset.manifest.classes == ["cat", "dog"])
        #expect(
            try dataset.sources(0..<6)
                == ["cat/0.png", "cat/2.png", "cat/4.png", "dog/1.png", "dog/3.png", "dog/5.png"]
        )
        #expect(dataset.labelCodes() == [0, 0, 0, 1, 1, 1])
        #expect(dataset.manifest.originalSizes == .init(smallest: [12, 12], largest: [12, 12]))
        #expect(dataset.manifest.warnings == [])
        // The picture of a row is that of its source, whatever the order in the archive.
        let raster = try ImageDecoder(maxPixels: 1000).decode(dataset.picture(4).bytes).raster
        #expect(raster == PictureFixture.raster(12, 12) { y, x, _ in 21 + y * 3 + x * 5 })
        let size = try dataset.pictureSize(4)
        #expect(size.height == 12 && size.width == 12)
        #expect(Array(try dataset.exampleBytes()[(4 * 144)..<(5 * 144)]) == raster.pixels)
    }

    /// Files are kept as they came: what people see is what was sent, and the disk holds no more than that.
    @Test func filesAreKeptAsTheyCame() throws {
        let picture = PictureFixture.raster(40, 60, channels: 3) { y, x, channel in 3 * y + 2 * x + 50 * channel }
        let jpeg = PictureFixture.jpeg(picture)
        let turned = PictureFixture.oriented(jpeg, 6, littleEndian: true)
        let files = [
            ("a/1.jpg", jpeg), ("a/2.jpg", turned), ("b/3.png", PNGEncoder.encode(picture)),
            ("b/4.png", PictureFixture.png(3)),
        ]
        let more = (0..<3).map { ("c/\($0).png", PictureFixture.png(20 + $0)) }
        let dataset = try workshop.ingest(ZipFixture.bytes(files + more))
        for (row, file) in files.enumerated() { #expect(try dataset.picture(row).bytes == file.1, "\(file.0)") }
        #expect(
            try (0..<4).map { try dataset.picture($0).mediaType } == [
                "image/jpeg", "image/jpeg", "image/png", "image/png",
            ]
        )
        let size = try dataset.pictureSize(1)
        #expect(size.height == 60 && size.width == 40, "upright")
        #expect(try dataset.raster(1).height == 60)
    }

    /// What is transparent is laid over white, once, so that the page shows what networks see.
    @Test func aTransparentPictureIsNotKept() throws {
        let clear = PictureFixture.png(
            width: 12,
            height: 1,
            depth: 8,
            color: 4,
            rows: [0] + Array(repeating: 0, count: 24)
        )
        let files = [("a/1.png", clear), ("a/2.png", PictureFixture.png(1)), ("b/3.png", PictureFixture.png(2))]
        let more = (0..<3).map { ("c/\($0).png", PictureFixture.png(20 + $0)) }
        let dataset = try workshop.ingest(ZipFixture.bytes(files + more))
        #expect(try dataset.picture(0).bytes != clear)
        #expect(try dataset.raster(0).pixels == Array(repeating: 255, count: 12))
    }

    /// A photograph of many pixels is decoded at a fraction, kept at 1024 pixels, and has a preview; a version with other labels
    /// and a way back find the same pictures.
    @Test func largePhotographsAreReduced() throws {
        let large = PictureFixture.raster(1_500, 2_400, channels: 3) { y, x, channel in (y + 2 * x) / 16 + 40 * channel
        }
        let files = [
            ("a/1.jpg", PictureFixture.jpeg(large)), ("a/2.jpg", PictureFixture.jpeg(large, quality: 80)),
            ("b/3.png", PictureFixture.png(5)), ("b/4.png", PictureFixture.png(6)),
        ]
        let more = (0..<3).map { ("c/\($0).png", PictureFixture.png(20 + $0)) }
        let dataset = try workshop.ingest(ZipFixture.bytes(files + more))
        let size = try dataset.pictureSize(0)
        #expect(size.width == 1_024 && size.height == 640)
        #expect(dataset.manifest.originalSizes?.largest == [1_500, 2_400])
        let (whole, preview) = (try dataset.picture(0), try dataset.picture(0, size: 256))
        #expect(whole.mediaType == "image/jpeg" && preview.mediaType == "image/jpeg")
        #expect(preview.bytes.count < whole.bytes.count / 4 && whole.bytes.count < files[0].1.count)
        let raster = try ImageDecoder(maxPixels: 1 << 20).decode(preview.bytes).raster
        #expect(raster.width == 256 && raster.height == 160)
        // In the middle: the average over what a pixel covers.
        let (y, x) = (80, 128)
        let expected = (1_500 * y / 160 + 2 * (2_400 * x / 256)) / 16 % 256
        #expect(abs(Int(raster.pixels[(y * 256 + x) * 3]) - expected) < 8)
        #expect(try dataset.picture(2, size: 256).bytes == files[2].1, "a small one is its own preview")
    }

    @Test func splitsAndTopFolder() throws {
        let upload =
            files(6, top: "photos/train/") + [
                ("photos/test/cat/x.png", PictureFixture.png(40)), ("photos/test/bird/y.png", PictureFixture.png(41)),
            ]
        let dataset = try workshop.ingest(ZipFixture.bytes(upload))
        #expect(dataset.manifest.splits == .init(train: 6, test: 2))
        #expect(dataset.manifest.classes == ["bird", "cat", "dog"])
        #expect(try dataset.source(0) == "photos/train/cat/0.png")
        #expect(dataset.split(0) == .train && dataset.split(7) == .test)
        #expect(dataset.warning(.classWithoutTraining)?.places == ["bird"])
    }

    @Test func unequalSizesBecomeOne() throws {
        var upload = files(5)
        upload.append(("dog/wide.png", PictureFixture.png(90, height: 20, width: 80)))
        let dataset = try workshop.ingest(ZipFixture.bytes(upload))
        #expect(dataset.manifest.shape == [32, 32, 1])
        #expect(dataset.warning(.reducedImages)?.places == ["dog/wide.png: 20 x 80"])
        #expect(dataset.warning(.paddedImages)?.count == 6)
        #expect(dataset.manifest.originalSizes == .init(smallest: [12, 12], largest: [20, 80]))
        let size = try dataset.pictureSize(5)
        #expect(size.height == 20 && size.width == 80)
        let bytes = try dataset.exampleBytes()
        // 20 x 80 becomes 8 x 32 in the middle of 32 x 32: rows 12...19.
        let wide = Array(bytes[(5 * 1024)...])
        #expect(wide[..<(12 * 32)].allSatisfy { $0 == 0 } && wide[(20 * 32)...].allSatisfy { $0 == 0 })
        #expect(wide[(12 * 32)..<(20 * 32)].contains { $0 != 0 })

        let small = try workshop.ingest(
            ZipFixture.bytes(files(5) + [("dog/a.png", PictureFixture.png(9, height: 9, width: 20))])
        )
        #expect(small.manifest.shape == [20, 20, 1] && small.warning(.reducedImages) == nil)
        let asked = try workshop.ingest(ZipFixture.bytes(upload), IngestOptions(imageSize: 64))
        #expect(asked.manifest.shape == [64, 64, 1])
    }

    @Test func oneColourPictureMakesThreeChannels() throws {
        let colour = PNGEncoder.encode(
            PictureFixture.raster(12, 12, channels: 3) { y, x, channel in y * x + 60 * channel }
        )
        let dataset = try workshop.ingest(ZipFixture.bytes(files(5) + [("dog/z.png", colour)]))
        #expect(dataset.manifest.shape == [12, 12, 3] && dataset.manifest.normalisation.mean.count == 3)
        let first = try dataset.exampleBytes()[..<432]
        for at in stride(from: 0, to: 432, by: 3) { #expect(Set(first[at..<at + 3]).count == 1) }
    }

    @Test func jpegAndPNGMix() throws {
        let jpeg = PictureFixture.jpeg(PictureFixture.raster(12, 12, channels: 3) { y, x, c in y * 9 + x + 40 * c })
        let dataset = try workshop.ingest(ZipFixture.bytes(files(5) + [("dog/z.JPG", jpeg), ("cat/without", jpeg)]))
        #expect(dataset.count == 7 && dataset.manifest.shape == [12, 12, 3])
    }

    @Test func hugePicturesAreKeptSmaller() throws {
        let dataset = try workshop.ingest(
            ZipFixture.bytes(files(5) + [("dog/huge.png", PictureFixture.png(1, height: 1500, width: 3000))])
        )
        let size = try dataset.pictureSize(5)
        #expect(size.height == 512 && size.width == 1024)
        #expect(dataset.manifest.originalSizes?.largest == [1500, 3000])
    }

    @Test func clutterAndOtherFilesAreLeftOut() throws {
        let upload =
            files() + [
                ("__MACOSX/cat/._0.png", [1, 2, 3]), (".DS_Store", [0]), ("cat/.hidden.png", [9]), ("Thumbs.db", [7]),
                ("README.txt", Array("hello".utf8)), ("logo.png", PictureFixture.png(77)),
            ]
        let dataset = try workshop.ingest(ZipFixture.bytes(upload))
        #expect(dataset.count == 6)
        #expect(dataset.warning(.otherFiles)?.places == ["README.txt"])
        #expect(dataset.warning(.noClassFolder)?.places == ["logo.png"])
    }

    @Test func unreadablePicturesAreWarningsUnlessTheyAreMost() throws {
        let broken: [(String, [UInt8])] = [
            ("cat/a.png", Array(PictureFixture.png(1).prefix(30))), ("cat/b.gif", Array("GIF89a".utf8)),
            ("dog/c.jpg", []),
        ]
        let dataset = try workshop.ingest(ZipFixture.bytes(files() + broken))
        #expect(dataset.count == 6)
        let warning = try #require(dataset.warning(.unreadableImage))
        #expect(warning.count == 3 && warning.detail == "3 pictures could not be read and were left out")
        #expect(
            Set(warning.places) == [
                "cat/a.png: it is damaged: the header is missing", "cat/b.gif: it is neither PNG nor JPEG",
                "dog/c.jpg: it is empty",
            ]
        )

        let most = (0..<7).map { ("cat/\($0)-broken.png", [UInt8]("nothing".utf8)) }
        let error = try #require(try workshop.failure(ZipFixture.bytes(files() + most)))
        #expect(error.code == .badImage && error.description == "7 of 13 pictures cannot be read, more than half.")
        #expect(error.places.count == 5)
    }

    @Test func equalPicturesAreFound() throws {
        let dataset = try workshop.ingest(
            ZipFixture.bytes(
                files() + [("dog/copy.png", PictureFixture.png(2)), ("cat/copy.png", PictureFixture.png(4))]
            )
        )
        #expect(dataset.manifest.duplicateExamples == 2)
        #expect(dataset.warning(.conflictingDuplicates)?.places == ["dog/copy.png = cat/2.png: dog, cat"])
    }

    @Test func namesInAnyScript() throws {
        let upload =
            files(4) + [
                ("\u{732b}/\u{e4}.png", PictureFixture.png(50)), ("\u{732b}/\u{1f431}.png", PictureFixture.png(51)),
            ]
        for bytes in [ZipFixture.bytes(upload), TarFixture.bytes(upload)] {
            let dataset = try workshop.ingest(bytes)
            #expect(dataset.manifest.classes == ["cat", "dog", "\u{732b}"])
            #expect(try dataset.source(5) == "\u{732b}/\u{1f431}.png")
        }
    }

    /// Hugging Face's ImageFolder, and a list of files with their labels beside the pictures.
    @Test(arguments: [
        ("train/", "train/metadata.csv", "file_name,label", ","), ("images/", "labels.csv", "id,kind", ","),
        ("", "data.tsv", "file\tcategory", "\t"),
    ])
    func labelsInATableBesidePictures(folder: String, table: String, header: String, separator: String) throws {
        // The last has no label, and one row names a picture that is not there.
        let ending = folder == "images/" ? "" : ".png"
        let names = (0..<11).map { "\($0)\(ending)\(separator)\($0 % 2 == 0 ? "cat" : "dog")\n" }
        let text = "\(header)\n\(names.joined())99.png\(separator)dog\n"
        let pictures = (0..<12).map { ("\(folder)\($0).png", PictureFixture.png($0)) }
        let dataset = try workshop.ingest(ZipFixture.bytes(pictures + [(table, Array(text.utf8))]))
        #expect(
            dataset.manifest.classes == ["cat", "dog"] && dataset.count == 12 && dataset.manifest.missingLabels == 1
        )
        #expect(dataset.manifest.reading?.label?.chosen == .list)
        for row in 0..<12 {
            let name = try dataset.source(row).split(separator: "/").last.map(String.init) ?? ""
            let number = try #require(Int(name.dropLast(4)))
            #expect(dataset.labelName(row) == (number == 11 ? nil : number % 2 == 0 ? "cat" : "dog"))
        }
    }

    @Test func optionsOfTablesAreSaidToMeanNothing() throws {
        let pictures = (0..<12).map { ("\($0 % 2 == 0 ? "cat" : "dog")/\($0).png", PictureFixture.png($0)) }
        let dataset = try workshop.ingest(ZipFixture.bytes(pictures), IngestOptions(split: "set", keep: "NA"))
        #expect(dataset.warning(.ignoredOption)?.places == ["split", "keep"])
    }

    @Test func foldersWithoutClassesAreErrors() throws {
        #expect(
            try workshop.failure(
                ZipFixture.bytes([("a.png", PictureFixture.png(1)), ("b.png", PictureFixture.png(2))])
            )
                == .noClassFolders(first: ["a.png", "b.png"], splits: [])
        )
        #expect(
            try workshop.failure(ZipFixture.bytes((0..<6).map { ("cat/\($0).png", PictureFixture.png($0)) }))
                == .oneClass("cat")
        )
        #expect(
            try workshop.failure(ZipFixture.bytes([("a/b.txt", [65])]), IngestOptions(format: "folders"))
                == .noPictures(otherFiles: 1, first: ["a/b.txt"])
        )
    }

    @Test func manyPicturesKeepTheirOrder() throws {
        // More than two batches, so that batches and their boundaries are crossed.
        let upload = (0..<150).map { number in
            (
                "c\(number % 3)/\(1000 + number).png",
                PNGEncoder.encode(PictureFixture.raster(8, 8) { _, _, _ in number })
            )
        }
        let dataset = try workshop.ingest(TarFixture.bytes(upload))
        let bytes = try dataset.exampleBytes()
        for row in 0..<150 {
            let number = Int(try dataset.source(row).dropFirst(3).prefix(4))! - 1000
            #expect(bytes[row * 64] == UInt8(number))
            let raster = try ImageDecoder(maxPixels: 100).decode(dataset.picture(row).bytes).raster
            #expect(raster.pixels[0] == UInt8(number))
        }
    }
}
