import Datasets
import Files
import Foundation
import TestSupport
import Testing

/// Uploads that mean harm or are damaged: each ends with a code and a sentence, and stores nothing.
@Suite struct HostileUploadTests {
    let workshop: Workshop
    let good: [(String, [UInt8])]

    init() {
        workshop = Workshop()
        good = (0..<6).map { ("\($0 % 2 == 0 ? "cat" : "dog")/\($0).png", PictureFixture.png($0)) }
    }

    @Test func namesThatClimb() throws {
        for name in ["../cat/1.png", "/etc/cat/1.png", "cat/../../1.png", "cat/" + String(repeating: "a", count: 2000)]
        {
            let error = try workshop.failure(ZipFixture.bytes(good + [(name, PictureFixture.png(9))]))
            guard case .unsafeName = error else {
                Issue.record("\(name.prefix(20)): \(String(describing: error))")
                continue
            }
            #expect(error?.code == .badArchive)
        }
        #expect(
            try workshop.failure(TarFixture.bytes(good + [("../1.png", PictureFixture.png(9))]))
                == .unsafeName("../1.png")
        )
    }

    @Test func linksAndDevices() throws {
        let tar = good.map { TarFixture.Member(name: $0.0, content: $0.1) }
        for type in ["1", "2", "3", "4", "6"] as [Character] {
            let member = TarFixture.Member(name: "dog/x.png", type: type, link: "/etc/passwd")
            #expect(try workshop.failure(TarFixture.bytes(tar + [member])) == .linkedEntry("dog/x.png"), "type \(type)")
        }
        var zip = ZipFixture(members: good.map { ZipFixture.Member(name: $0.0, content: $0.1) })
        zip.members.append(ZipFixture.Member(name: "dog/x.png", content: Array("/etc/passwd".utf8), mode: 0o120777))
        #expect(try workshop.failure(zip.bytes()) == .linkedEntry("dog/x.png"))
    }

    @Test func archivesInsideArchives() throws {
        let inner = ZipFixture.bytes(good)
        for packed in [inner, Deflate.gzip(inner), TarFixture.bytes(good)] {
            #expect(try workshop.failure(ZipFixture.bytes(good + [("more.bin", packed)])) == .nestedArchive("more.bin"))
            #expect(try workshop.failure(ZipFixture.bytes([("more.bin", packed)])) == .nestedArchive("more.bin"))
        }
        let twice = try workshop.failure(Deflate.gzip(Deflate.gzip(TarFixture.bytes(good))))
        #expect(twice?.code == .unknownFormat)
    }

    @Test func encryptedEntries() throws {
        var zip = ZipFixture(members: good.map { ZipFixture.Member(name: $0.0, content: $0.1) })
        zip.members[2].encrypted = true
        #expect(try workshop.failure(zip.bytes()) == .encryptedEntry("cat/2.png"))
    }

    @Test func duplicateNames() throws {
        #expect(
            try workshop.failure(ZipFixture.bytes(good + [("./cat//0.png", PictureFixture.png(9))]))
                == .duplicateName("cat/0.png")
        )
        #expect(
            try workshop.failure(TarFixture.bytes(good + [("cat/0.png", PictureFixture.png(9))]))
                == .duplicateName("cat/0.png")
        )
    }

    @Test func tooManyEntries() throws {
        var options = IngestOptions()
        options.limits.archiveEntries = 5
        #expect(try workshop.failure(ZipFixture.bytes(good), options) == .tooManyEntries(limit: 5))
    }

    @Test func bombs() throws {
        let zeros = [UInt8](repeating: 0, count: 80 << 20)
        // 80 MiB of zeros shrink a thousandfold; past 64 MiB that is suspicious, in ZIP and in compressed TAR.
        #expect(
            try workshop.failure(ZipFixture.bytes(good + [("cat/zeros.bin", zeros)], deflated: true))
                == .suspiciousRatio(limit: 200)
        )
        #expect(
            try workshop.failure(Deflate.gzip(TarFixture.bytes(good + [("cat/zeros.bin", zeros)])))
                == .suspiciousRatio(limit: 200)
        )
        var options = IngestOptions()
        #expect(options.limits.allowing(upload: 1_000) == options.limits)
        #expect(options.limits.allowing(upload: 150_000_000_000).unpackedBytes == 300_000_000_000)
        options.limits.unpackedBytes = 300
        #expect(try workshop.failure(ZipFixture.bytes(good), options) == .unpacksTooLarge(limit: 300))
        // An entry that lies about its size is counted as it unpacks.
        var zip = ZipFixture(members: good.map { ZipFixture.Member(name: $0.0, content: $0.1) })
        zip.members.append(ZipFixture.Member(name: "cat/zeros.bin", content: zeros, deflated: true, statedSize: 10))
        #expect(try workshop.failure(zip.bytes()) != nil)
        // A TAR header may claim terabytes.
        let huge = TarFixture.Member(name: "a.png", content: [1], statedSize: 8_000_000_000)
        #expect(try workshop.failure(TarFixture.bytes([huge]))?.code == .tooLarge)
        #expect(try workshop.failure(Deflate.gzip(TarFixture.bytes([huge])))?.code == .tooLarge)
    }

    @Test func pictureBombs() throws {
        let bomb = PictureFixture.png(width: 60_000, height: 60_000, depth: 1, color: 0, rows: [0])
        let dataset = try workshop.ingest(ZipFixture.bytes(good + [("cat/bomb.png", bomb)]))
        #expect(
            dataset.warning(.unreadableImage)?.places
                == ["cat/bomb.png: it is 60000 x 60000 pixels, more than the limit of 100000000 pixels"]
        )
        var options = IngestOptions()
        options.limits.pictureFileBytes = 500
        let large = try workshop.ingest(
            ZipFixture.bytes(good + [("cat/large.png", [UInt8](repeating: 0x89, count: 600))]),
            options
        )
        #expect(
            large.warning(.unreadableImage)?.places == [
                "cat/large.png: its file has 600 bytes, more than the limit of 500"
            ]
        )
    }

    @Test func damagedArchives() throws {
        let zip = ZipFixture.bytes(good)
        let tar = TarFixture.bytes(good)
        #expect(try workshop.failure(Array(zip.dropLast(60)))?.code == .badArchive)
        #expect(try workshop.failure(Array(tar[..<(tar.count / 2 - 100)]))?.code == .badArchive)
        #expect(try workshop.failure(Array(Deflate.gzip(tar).dropLast(200)))?.code == .badArchive)
        var wrong = ZipFixture(members: good.map { ZipFixture.Member(name: $0.0, content: $0.1, deflated: true) })
        wrong.members[3].statedCRC = 1
        #expect(try workshop.failure(wrong.bytes())?.code == .badArchive)
    }

    @Test func whatIsNoDatasetIsNamed() throws {
        #expect(try workshop.failure([]) == .empty)
        #expect(try workshop.failure(Array("hello, world\n".utf8))?.code == .unknownFormat)
        #expect(try workshop.failure(PictureFixture.png(1))?.description.contains("single picture") == true)
        #expect(try workshop.failure(ZipFixture.bytes([]))?.code == .badArchive)
        #expect(try workshop.failure(ZipFixture.bytes([("a.txt", [65]), ("b.csv", [66])]))?.code == .unknownFormat)
        #expect(
            try workshop.failure(ZipFixture.bytes(good), IngestOptions(format: "tiff"))
                == .unknownFormat(name: "tiff", known: ["npz", "idx", "cifar", "folders", "jsonl", "csv"])
        )
        #expect(try workshop.failure(ZipFixture.bytes(good), IngestOptions(imageSize: 65))?.code == .unknownFormat)
        for format in ["npz", "idx", "folders"] {
            for upload in [Array("hello".utf8), [0x50, 0x4b, 3, 4], TarFixture.bytes([("a", [1])])] {
                #expect(try workshop.failure(upload, IngestOptions(format: format)) != nil, "\(format)")
            }
        }
    }

    @Test func uploadsMustBeFiles() throws {
        let descriptor = open("/dev/zero", O_RDONLY)
        defer { close(descriptor) }
        let output = try workshop.makeFolder()
        #expect(throws: IngestError.self) { try Ingest.run(upload: descriptor, output: output) }
    }

    @Test func aFullDiskStoresNothing() throws {
        let upload = ZipFixture.bytes(good)
        for operation in ["write", "fsync", "rename", "open", "mkdir"] {
            let files = Files(
                faults: FaultInjector { $0.operation == operation && !$0.path.hasSuffix(".upload") ? ENOSPC : nil }
            )
            #expect(try workshop.failure(upload, files: files)?.code == .diskFull, "\(operation)")
        }
        let files = Files(faults: FaultInjector { $0.path.hasSuffix("manifest.json") ? EIO : nil })
        #expect(try workshop.failure(upload, files: files)?.code == .ioError)
    }

    @Test func anOutputWithFilesIsRefused() throws {
        let output = try workshop.makeFolder()
        try Files.live.write([1], to: "\(output)/precious")
        try Files.live.write(ZipFixture.bytes(good), to: "\(workshop.folder)/u")
        let descriptor = open("\(workshop.folder)/u", O_RDONLY)
        defer { close(descriptor) }
        #expect(throws: IngestError.badOutput("the output folder is not empty")) {
            try Ingest.run(upload: descriptor, output: output)
        }
        #expect(Files.live.exists("\(output)/precious"))
    }
}
