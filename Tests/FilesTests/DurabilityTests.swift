import Files
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct DurabilityTests {
    let scratch = TemporaryFolder()

    @Test func aFileStandsUnderItsNameWithItsDigest() throws {
        let digest = try Files.live.write(Array("abc".utf8), to: "\(scratch.path)/a")
        // FIPS 180-2, appendix B.1.
        #expect(digest.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(digest.bytes == 3)
        #expect(try Files.live.read("\(scratch.path)/a") == Array("abc".utf8))
        #expect(try scratch.names == ["a"])
    }

    /// Whatever fails on the way, the old content stands and nothing else remains.
    @Test(arguments: ["open", "write", "fsync", "rename"], [ENOSPC, EIO])
    func aFailureAnywhereKeepsTheOldFile(operation: String, code: Int32) throws {
        let path = "\(scratch.path)/a"
        try Files.live.write(Array("old".utf8), to: path)
        let failing = Files(faults: FaultInjector { $0.operation == operation ? code : nil })
        #expect(throws: FilesError.self) { try failing.write(Array("new".utf8), to: path) }
        #expect(try Files.live.read(path) == Array("old".utf8))
        #expect(try scratch.names == ["a"])
    }

    @Test func aFullDiskIsToldApart() throws {
        let failing = Files(faults: FaultInjector { $0.operation == "write" ? ENOSPC : nil })
        do {
            try failing.write([1], to: "\(scratch.path)/a")
            Issue.record("the write passed")
        } catch {
            #expect(error.isDiskFull)
            #expect(!error.isMissing)
        }
    }

    /// The order that durability needs: content, then name, then folder.
    @Test func contentIsSyncedBeforeItsNameAndTheNameBeforeTheReturn() throws {
        let calls = Mutex<[String]>([])
        let path = "\(scratch.path)/a"
        let recording = Files(
            faults: FaultInjector { call in
                calls.withLock { $0.append("\(call.operation) \(call.path == path ? "file" : "other")") }
                return nil
            }
        )
        try recording.write([1, 2, 3], to: path)
        #expect(calls.withLock { $0 } == ["open other", "write file", "fsync file", "rename file", "fsync other"])
    }

    @Test func anUnfinishedWriterLeavesNothing() throws {
        do {
            let writer = try Files.live.openForWriting("\(scratch.path)/a")
            try writer.write([1, 2, 3])
            _ = writer
        }
        #expect(try scratch.names.isEmpty)
    }

    @Test func anUploadHasNoNameUntilItIsLinked() async throws {
        let upload = try await IncomingFile.open(in: scratch.path, files: .live)
        try await upload.write(Array("ab".utf8))
        try await upload.write(Array("c".utf8))
        #expect(try scratch.names.isEmpty)
        #expect(await upload.count == 3)
        let digest = await upload.digest()
        #expect(digest.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        try await upload.link(to: "\(scratch.path)/upload")
        #expect(try Files.live.read("\(scratch.path)/upload") == Array("abc".utf8))
    }

    @Test func anUploadThatCannotBeSyncedHasNoName() async throws {
        let failing = Files(faults: FaultInjector { $0.operation == "fsync" ? EIO : nil })
        let upload = try await IncomingFile.open(in: scratch.path, files: failing)
        try await upload.write([1])
        await #expect(throws: FilesError.self) { try await upload.link(to: "\(scratch.path)/upload") }
        #expect(try scratch.names.isEmpty)
    }

    @Test func aLockIsHeldOnceAndFreedWithItsHolder() throws {
        var lock: LockFile? = try LockFile("\(scratch.path)/lock")
        do {
            _ = try LockFile("\(scratch.path)/lock")
            Issue.record("the lock was given twice")
        } catch {
            #expect(error.code == EWOULDBLOCK)
        }
        withExtendedLifetime(lock) {}
        lock = nil
        _ = try LockFile("\(scratch.path)/lock")
    }

    @Test func treesAreRemovedAndLinksNotFollowed() throws {
        let files = Files.live
        try files.createDirectory("\(scratch.path)/tree/deep/er")
        try files.write([1], to: "\(scratch.path)/tree/deep/file")
        try files.write([1], to: "\(scratch.path)/outside")
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/tree/link",
            withDestinationPath: "\(scratch.path)/outside"
        )
        try files.removeTree("\(scratch.path)/tree")
        try files.removeTree("\(scratch.path)/tree")
        #expect(try scratch.names == ["outside"])
    }

    @Test func readsAreBoundedByTheFile() throws {
        try Files.live.write(Array(0..<100), to: "\(scratch.path)/a")
        let reader = try Files.live.openForReading("\(scratch.path)/a")
        #expect(try reader.read(at: 90, count: 50) == Array(90..<100))
        #expect(try reader.read(at: 200, count: 5).isEmpty)
        #expect(throws: FilesError.self) { try Files.live.openForReading(scratch.path) }
    }
}
