import Datasets
import Files
import Foundation
import Tasks
import Testing

/// Reading a dataset folder, its identity, and the lines of the child process.
@Suite struct DatasetTests {
    let workshop: Workshop

    init() { workshop = Workshop() }

    private func upload(
        pixels change: (inout [UInt8]) -> Void = { _ in },
        labels: [UInt8] = [0, 1, 0, 1, 0, 1],
        name: String = "x"
    ) throws -> [UInt8] {
        var pixels = ArrayFixture.digits(6).pixels
        change(&pixels)
        return try ArrayFixture.npz([
            (name, ArrayFixture.npy([6, 8, 8], pixels)),
            (name == "x" ? "y" : "labels", ArrayFixture.npy([labels.count], labels)),
        ])
    }

    @Test func theDigestIsThatOfTheContent() throws {
        let first = try workshop.ingest(upload()).manifest.digest
        #expect(try workshop.ingest(upload()).manifest.digest == first)
        var others: Set<String> = [first]
        others.insert(try workshop.ingest(upload { $0[5] ^= 1 }).manifest.digest)
        others.insert(try workshop.ingest(upload(labels: [0, 1, 0, 1, 1, 1])).manifest.digest)
        others.insert(try workshop.ingest(upload(labels: [0, 2, 0, 2, 0, 2])).manifest.digest)
        // Other sources: they lead every row, so it is another dataset.
        others.insert(try workshop.ingest(upload(name: "images")).manifest.digest)
        #expect(others.count == 5)
        #expect(first.count == 64 && first.allSatisfy { $0.isHexDigit })
    }

    @Test func aGoldenDigestPinsTheSerialisation() throws {
        // A change here gives every stored dataset a new identity: raise the version in `DatasetDigest` and say why.
        // Computed with Python's hashlib from the description in `DatasetDigest`.
        #expect(
            try workshop.ingest(upload()).manifest.digest
                == "6efa7f68fef658f93b41436bf75f27cdbddf52e001769163d63059f945579929"
        )
    }

    @Test func theManifestListsEveryFile() throws {
        let dataset = try workshop.ingest(upload())
        let names = [
            "duplicate_of.npy", "examples.npy", "labels.npy", "sources.bin", "sources_offsets.npy", "split.npy",
        ]
        #expect(dataset.manifest.files.keys.sorted() == (names + ["thumbnails/sheet_0000.png"]).sorted())
        for (name, digest) in dataset.manifest.files {
            let bytes = try Files.live.read("\(dataset.directory)/\(name)")
            #expect(digest.bytes == bytes.count && digest.sha256 == SHA256Hasher.hash(bytes), "\(name)")
        }
        #expect(try Files.live.list(dataset.directory).sorted() == (names + ["manifest.json", "thumbnails"]).sorted())
    }

    @Test func theManifestHasTheDocumentedKeys() throws {
        let dataset = try workshop.ingest(upload())
        let json = try Files.live.read("\(dataset.directory)/manifest.json")
        let keys = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        for key in [
            "manifest_version", "digest", "format", "kind", "num_examples", "shape", "classes", "splits",
            "class_counts", "missing_labels", "duplicate_examples", "has_ids", "normalisation", "thumbnails",
            "warnings",
            "files", "statistics",
        ] { #expect(keys[key] != nil, "\(key)") }
    }

    @Test(arguments: [(nil, 8), (8, 8), (100, 96), (4, 8), (5000, 1024)] as [(Int?, Int)])
    func examplesAreEnlargedByWholeNumbers(size: Int?, side: Int) throws {
        let dataset = try workshop.ingest(upload())
        let raster = try ImageDecoder(maxPixels: 1 << 24).decode(dataset.picture(3, size: size).bytes).raster
        #expect(raster.height == side && raster.width == side)
        let factor = side / 8
        let bytes = try dataset.exampleBytes()
        #expect(raster.pixels[(7 * factor) * side + 2 * factor] == bytes[3 * 64 + 7 * 8 + 2])
        #expect(try dataset.pictureSize(3, size: size) == (side, side))
    }

    @Test func thumbnailsStandInTheirTiles() throws {
        // Two sheets: 1,030 pictures of 8 x 8, enlarged four times.
        let count = 1030
        let pixels = (0..<count).flatMap { row in [UInt8](repeating: UInt8(row % 251), count: 64) }
        let dataset = try workshop.ingest(
            ArrayFixture.npz([
                ("x", ArrayFixture.npy([count, 8, 8], pixels)),
                ("y", ArrayFixture.npy([count], (0..<count).map { UInt8($0 % 2) })),
            ])
        )
        #expect(dataset.manifest.thumbnails?.sheets == 2)
        for row in [0, 31, 32, 1023, 1024, 1029] {
            let path = try #require(dataset.thumbnailSheetPath(row / 1024))
            let sheet = try ImageDecoder(maxPixels: 1 << 24).decode(Files.live.read(path)).raster
            #expect(sheet.height == 1024 && sheet.width == 1024)
            let tile = row % 1024
            let (y, x) = (tile / 32 * 32, tile % 32 * 32)
            for (dy, dx) in [(0, 0), (31, 31), (16, 7)] {
                #expect(sheet.pixels[(y + dy) * 1024 + x + dx] == UInt8(row % 251), "row \(row)")
            }
        }
        #expect(dataset.thumbnailSheetPath(2) == nil && dataset.thumbnailSheetPath(-1) == nil)
    }

    @Test func damagedFoldersAreErrors() throws {
        let dataset = try workshop.ingest(upload())
        let folder = dataset.directory
        let labels = try Files.live.read("\(folder)/labels.npy")
        try Files.live.write(labels.dropLast(4), to: "\(folder)/labels.npy")
        #expect(throws: IngestError.self) { try Dataset(directory: folder) }
        try Files.live.write(labels, to: "\(folder)/labels.npy")
        _ = try Dataset(directory: folder)
        try Files.live.write(Array("{}".utf8), to: "\(folder)/manifest.json")
        #expect(throws: IngestError.self) { try Dataset(directory: folder) }
        try Files.live.remove("\(folder)/manifest.json")
        #expect(throws: IngestError.self) { try Dataset(directory: folder) }
    }

    // MARK: The child process

    private func child(_ upload: [UInt8]) throws -> (code: Int32, lines: [[String: Any]], output: String) {
        let path = "\(workshop.folder)/\(UUID().uuidString)"
        try Files.live.write(upload, to: path)
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        let output = try workshop.makeFolder()
        var lines: [String] = []
        let code = IngestChild.run(upload: descriptor, output: output, options: IngestOptions()) {
            lines.append($0.text)
        }
        return (
            code,
            try lines.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) },
            output
        )
    }

    @Test func theChildTellsProgressAndEnd() throws {
        let (code, lines, output) = try child(upload())
        #expect(code == 0)
        let last = try #require(lines.last)
        #expect(last["t"] as? String == "done")
        #expect((last["values"] as? [String: Any])?["digest"] as? String == (try Dataset.manifest(of: output)).digest)
        let fractions = lines.dropLast().compactMap { $0["fraction"] as? Double }
        #expect(fractions.count == lines.count - 1 && fractions == fractions.sorted() && fractions.last == 1)
    }

    @Test func theChildTellsWhatIsWrong() throws {
        let (code, lines, output) = try child(upload(labels: [0, 1, 0, 1, 0]))
        #expect(code == 65)
        let last = try #require(lines.last)
        #expect(last["t"] as? String == "failed" && last["code"] as? String == "BAD_LABELS")
        #expect(last["detail"] as? String == "y has 5 values for 6 examples.")
        #expect((last["errors"] as? [[String: String]])?.first?["pointer"] == "y")
        #expect(try Files.live.list(output).isEmpty)
    }
}
