import Datasets
import Files
import Foundation
import Tasks
import Testing

/// Corrected labels: a version is what an upload of the corrected data would have been.
@Suite struct VersionTests {
    let workshop: Workshop

    init() { workshop = Workshop() }

    private func upload(_ labels: [UInt8], leavingOut: Set<Int> = []) throws -> [UInt8] {
        let digits = ArrayFixture.digits(labels.count)
        let rows = labels.indices.filter { !leavingOut.contains($0) }
        return try ArrayFixture.npz([
            ("x", ArrayFixture.npy([rows.count, 8, 8], rows.flatMap { digits.pixels[$0 * 64..<($0 + 1) * 64] })),
            ("y", ArrayFixture.npy([rows.count], rows.map { labels[$0] })),
        ])
    }

    private func version(of parent: Dataset, _ csv: String) throws -> Dataset {
        let output = try workshop.makeFolder()
        _ = try DatasetVersion(parent: parent.directory).write(correctedBy: Array(csv.utf8), to: output)
        try FolderSharing.share(into: output, from: parent.directory)
        return try Dataset(directory: output)
    }

    private func places(_ csv: String, of parent: Dataset) throws -> [IngestError.Place] {
        do {
            _ = try version(of: parent, csv)
        } catch IngestError.badCorrections(let count, let places) {
            #expect(count >= places.count)
            return places
        }
        return []
    }

    private func inode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
    }

    @Test func relabellingGivesTheDatasetOfTheCorrectedUpload() throws {
        let parent = try workshop.ingest(upload([0, 1, 0, 1, 0, 1, 0, 1]))
        let corrected = try workshop.ingest(upload([0, 1, 0, 1, 1, 1, 0, 0]))
        let csv = "row_idx,note,label\r\n4,\"a, \"\"b\"\"\",1\n7,,0\n\n0,,0\n1,,\n"
        let version = try version(of: parent, csv)
        #expect(version.manifest.digest == corrected.manifest.digest)
        #expect(version.labelCodes() == [0, 1, 0, 1, 1, 1, 0, 0])
        #expect(
            version.manifest.corrections
                == .init(parentDigest: parent.manifest.digest, labelsChanged: 2, examplesExcluded: 0)
        )
        #expect(version.manifest.classCounts.train == [4, 4])
        // What is the same is one file on the disk.
        for name in ["examples.npy", "sources.bin", "thumbnails/sheet_0000.png"] {
            #expect(try inode("\(version.directory)/\(name)") == inode("\(parent.directory)/\(name)"), "\(name)")
        }
        #expect(try inode("\(version.directory)/labels.npy") != inode("\(parent.directory)/labels.npy"))
        #expect(parent.labelCodes() == [0, 1, 0, 1, 0, 1, 0, 1])
    }

    @Test func excludedExamplesAreLeftOut() throws {
        let parent = try workshop.ingest(upload([0, 1, 0, 1, 0, 1, 0, 1]))
        let version = try version(of: parent, "row_idx,label,exclude\n2,,true\n5,0,false\n")
        #expect(version.count == 7)
        #expect(version.labelCodes() == [0, 1, 1, 0, 0, 0, 1])
        // The examples that stay keep their pixels and their sources.
        let kept = [0, 1, 3, 4, 5, 6, 7]
        #expect(try version.sources(0..<7) == kept.map { try parent.source($0) })
        #expect(try version.exampleBytes() == kept.flatMap { try parent.exampleBytes()[$0 * 64..<($0 + 1) * 64] })
        #expect(version.manifest.corrections?.examplesExcluded == 1)
    }

    @Test func picturesAreSharedAndAWayBackGivesTheSameDataset() throws {
        let files = (0..<8).map { ("\($0 % 2 == 0 ? "cat" : "dog")/\($0).png", PictureFixture.png($0)) }
        let parent = try workshop.ingest(ZipFixture.bytes(files))
        let there = try version(of: parent, "source,label\ncat/2.png,dog\n")
        #expect(there.labelName(1) == "dog" && there.manifest.digest != parent.manifest.digest)
        #expect(try inode("\(there.directory)/pictures.bin") == inode("\(parent.directory)/pictures.bin"))
        #expect(try there.picture(1).bytes == parent.picture(1).bytes)
        let back = try version(of: there, "source,label\ncat/2.png,cat\n")
        #expect(back.manifest.digest == parent.manifest.digest)
        let fewer = try version(of: parent, "source,exclude\ncat/2.png,true\n")
        #expect(try fewer.picture(1).bytes == parent.picture(2).bytes)
    }

    /// A version's texts are those of its parent, one file on the disk; columns are scaled as an upload's would be.
    @Test func aVersionOfATableKeepsItsTextsAndScales() throws {
        func upload(_ labels: [String], leavingOut: Set<Int> = []) throws -> Dataset {
            let rows = labels.enumerated().filter { !leavingOut.contains($0.offset) }.map {
                "the text of row number \($0.offset) is this one,\($0.offset % 3 == 0 ? "red" : "blue"),\($0.element)\n"
            }
            return try workshop.ingest(Array(("text,colour,label\n" + rows.joined()).utf8))
        }
        let parent = try upload(["a", "b", "a", "b", "a", "b"])
        let version = try version(of: parent, "row_idx,label,exclude\n2,b,\n3,,true\n")
        #expect(try version.text(3) == "the text of row number 4 is this one")
        #expect(try inode("\(version.directory)/texts.bin") == inode("\(parent.directory)/texts.bin"))
        let corrected = try upload(["a", "b", "b", "b", "a", "b"], leavingOut: [3])
        #expect(version.manifest.texts == parent.manifest.texts)
        #expect(version.manifest.featureNames == corrected.manifest.featureNames)
        #expect(version.manifest.normalisation.std.suffix(2) == corrected.manifest.normalisation.std.suffix(2))
        #expect(version.manifest.normalisation.std.suffix(2) == [0.5, 0.5])
        let unchanged = try self.version(of: parent, "row_idx,label\n0,a\n")
        #expect(unchanged.manifest.digest == parent.manifest.digest)
        #expect(unchanged.manifest.contentDigest == parent.manifest.contentDigest)
    }

    @Test func wrongLinesAreNamed() throws {
        let parent = try workshop.ingest(upload([0, 1, 0, 1, 0, 1, 0, 1]))
        let wrong = try places("row_idx,label\n8,1\n0,7\n1,0,0\n2,1\n2,0\nx,1\n", of: parent)
        #expect(wrong.map(\.pointer) == ["line 2", "line 3", "line 4", "line 6", "line 7"])
        #expect(wrong[0].detail.contains("0 to 7"))
        #expect(wrong[1].detail.contains("expected one of 0, 1"))
        #expect(wrong[3].detail.contains("line 5"))
        #expect(try places("name,class\na,1\n", of: parent).first?.detail.contains("source (or row_idx)") == true)
        #expect(try places("source,label\nnobody,1\n", of: parent).first?.detail.contains("nobody") == true)
        #expect(try places("row_idx,label\n", of: parent).first?.detail.contains("header") == true)
        #expect(try places("", of: parent).map(\.pointer) == ["line 1"])
        #expect(try places("row_idx,label\n1,\"0\n", of: parent).map(\.pointer) == ["line 2"])
        #expect(try places("row_idx,source,label\n1,elsewhere,0\n", of: parent).map(\.pointer) == ["line 2"])
        #expect(try places("row_idx,label,exclude\n1,0,maybe\n", of: parent).map(\.pointer) == ["line 2"])
        // All are counted, twenty are told.
        let many = "row_idx,label\n" + (0..<100).map { "\($0 + 50),1\n" }.joined()
        #expect(try places(many, of: parent).count == 20)
    }

    @Test func whatCannotBeTrainedOnIsRefused() throws {
        let parent = try workshop.ingest(upload([0, 1, 0, 1, 0, 1, 0, 1]))
        let rows = [1, 3, 5, 7].map { "\($0),0\n" }.joined()
        #expect(throws: IngestError.oneClass("0")) { try version(of: parent, "row_idx,label\n" + rows) }
    }
}
