import Files
import Foundation
import TestSupport
import Testing

@Suite struct SharingTests {
    let scratch = TemporaryFolder()

    private func inode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(scratch.path)/\(name)")
        return try #require(attributes[.systemFileNumber] as? Int)
    }

    @Test func aSecondNameIsALink() throws {
        try Files.live.write(Array("abc".utf8), to: "\(scratch.path)/a")
        try Files.live.write(Array("old".utf8), to: "\(scratch.path)/b")
        try Files.live.share("\(scratch.path)/a", as: "\(scratch.path)/b")
        #expect(try inode("a") == inode("b"))
        // Again is no error, and nothing else remains.
        try Files.live.share("\(scratch.path)/a", as: "\(scratch.path)/b")
        #expect(try scratch.names == ["a", "b"])
        try Files.live.remove("\(scratch.path)/a")
        #expect(try Files.live.read("\(scratch.path)/b") == Array("abc".utf8))
    }

    @Test(arguments: ["link", "rename"]) func aFailureKeepsWhatWasThere(operation: String) throws {
        try Files.live.write(Array("abc".utf8), to: "\(scratch.path)/a")
        try Files.live.write(Array("old".utf8), to: "\(scratch.path)/b")
        let failing = Files(faults: FaultInjector { $0.operation == operation ? ENOSPC : nil })
        #expect(throws: FilesError.self) { try failing.share("\(scratch.path)/a", as: "\(scratch.path)/b") }
        #expect(try Files.live.read("\(scratch.path)/b") == Array("old".utf8))
        #expect(try scratch.names == ["a", "b"])
    }
}
