import Datasets
import TestSupport
import Testing

@Suite struct CIFARTests {
    let workshop: Workshop

    init() { workshop = Workshop() }

    /// Records whose pixels say where they stand: red, green and blue planes differ.
    private func batch(_ labels: [[UInt8]], first: Int = 0) -> [UInt8] {
        labels.enumerated().flatMap { row, label in
            label + (0..<3072).map { UInt8(truncatingIfNeeded: (first + row) * 7 + $0 / 1024 * 50 + $0 % 32) }
        }
    }

    @Test func batchesWithNames() throws {
        let one = batch([[0], [1], [2], [0], [1], [2]])
        let two = batch([[1], [2], [1]], first: 6)
        let test = batch([[2], [0]], first: 9)
        let names = Array("plane\ncar\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n".utf8)
        let files: [(String, [UInt8])] = [
            ("c/test_batch.bin", test), ("c/data_batch_2.bin", two), ("c/batches.meta.txt", names),
            ("c/data_batch_1.bin", one), ("c/readme.html", Array("<p>".utf8)),
        ]
        let datasets = try [
            ZipFixture.bytes(files, deflated: true), TarFixture.bytes(files), Deflate.gzip(TarFixture.bytes(files)),
        ].map { try workshop.ingest($0) }
        #expect(Set(datasets.map(\.manifest.digest)).count == 1)
        let dataset = datasets[0]
        #expect(dataset.manifest.format == "cifar" && dataset.manifest.shape == [32, 32, 3])
        #expect(dataset.manifest.splits == .init(train: 9, test: 2))
        #expect(dataset.manifest.classes[..<3] == ["plane", "car", "bird"] && dataset.manifest.classes.count == 10)
        #expect(dataset.labelCodes() == [0, 1, 2, 0, 1, 2, 1, 2, 1, 2, 0])
        #expect(try dataset.sources(5..<7) == ["data_batch_1.bin[5]", "data_batch_2.bin[0]"])
        // The planes have become pixels.
        #expect(Array(try dataset.exampleBytes()[(3 * 3072)..<(3 * 3072 + 6)]) == [21, 71, 121, 22, 72, 122])
        #expect(dataset.warning(.otherFiles)?.places == ["c/readme.html"])
    }

    @Test func oneBatchAlone() throws {
        let bytes = batch([[0], [1], [0], [1], [1]])
        let dataset = try workshop.ingest(bytes, IngestOptions(fileName: "data_batch_1.bin"))
        #expect(dataset.manifest.classes == ["0", "1"] && dataset.count == 5)
        #expect(try dataset.source(4) == "data_batch_1.bin[4]")
        #expect(try workshop.ingest(Deflate.gzip(bytes)).count == 5)
    }

    @Test func fineAndCoarseLabels() throws {
        let train = batch((0..<6).map { [UInt8($0 % 2), UInt8(50 + $0 % 3)] })
        let upload = TarFixture.bytes([("cifar-100-binary/train.bin", train)])
        #expect(try workshop.ingest(upload).manifest.classes == ["50", "51", "52"])
        #expect(try workshop.ingest(upload, IngestOptions(label: "coarse")).manifest.classes == ["0", "1"])
        #expect(try workshop.failure(upload, IngestOptions(label: "z"))?.code == .unknownFormat)
    }

    @Test func damage() throws {
        let bytes = batch([[0], [1], [0], [1], [1]])
        #expect(
            try workshop.failure(Array(bytes.dropLast(70)), IngestOptions(format: "cifar", fileName: "b.bin"))
                == .arrayValue(
                    place: "b.bin[4]",
                    expected: "3073 bytes, as each record of CIFAR-10 has",
                    got: "cut off after 3003"
                )
        )
        var wrong = bytes
        wrong[2 * 3073] = 77
        #expect(
            try workshop.failure(wrong, IngestOptions(fileName: "b.bin"))
                == .arrayValue(
                    place: "b.bin[2]",
                    expected: "a label byte from 0 to 9, as CIFAR-10 has",
                    got: "77"
                )
        )
        let pickle = try workshop.failure([0x80, 2, 0x7d, 0x71, 1] + bytes)
        #expect(pickle?.description.contains("Python pickle") == true)
        let few = ZipFixture.bytes([("data_batch_1.bin", bytes), ("batches.meta.txt", Array("plane\nplane\n".utf8))])
        #expect(try workshop.failure(few)?.code == .badLabels)
    }
}
