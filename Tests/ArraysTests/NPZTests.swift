import Arrays
import Files
import Foundation
import TestSupport
import Testing

@Suite struct NPZTests {
    private let grid: [Float] = (-6..<6).map { Float($0) }

    /// An archive of two arrays in memory.
    private func sample() throws -> [UInt8] {
        try archive { writer in
            try writer.add("x", NDArray(shape: [3, 4], values: grid))
            try writer.add("y", NDArray<Int64>(shape: [3], values: [0, 1, 2]))
        }
    }

    private func archive(_ build: (inout NPZWriter) throws -> Void) throws -> [UInt8] {
        let bytes = Bytes()
        var writer = NPZWriter { bytes.all.append(contentsOf: $0) }
        try build(&writer)
        try writer.finish()
        return bytes.all
    }

    private final class Bytes { var all: [UInt8] = [] }

    @Test func readsNumPysArchives() throws {
        let stored = try NPZReader(path: fixture("stored.npz"))
        #expect(stored.names == ["x", "y", "ids"])
        #expect(try stored.array("x", as: Float.self) == NDArray(shape: [3, 4], values: grid))
        #expect(try stored.array("y", as: Int32.self, converting: true).values == [0, 1, 2])
        #expect(try stored.strings("ids") == ["a", "Grüße", ""])
        #expect(try stored.header("ids") == NPYHeader(shape: [3], dtype: "<U5"))

        let deflated = try NPZReader(bytes: Files.live.read(fixture("deflated.npz")))
        let codes = try deflated.array("x", as: UInt16.self)
        #expect(codes.values == (0..<200_000).map { UInt16($0 % 1000) })
        #expect(try deflated.header("x").shape == [200_000])
        #expect(try deflated.strings("code") == ["ab", "c"])
    }

    @Test func readsMembersWithDataDescriptors() throws {
        #expect(try NPZReader(path: fixture("streamed.npz")).array("x", as: Double.self).values == [0, 1, 2, 3, 4])
    }

    @Test func convertsOnlyWhenAsked() throws {
        let reader = try NPZReader(path: fixture("stored.npz"))
        #expect(throws: ArrayError.wrongDType(name: "y", expected: "<f4", got: "<i8")) {
            try reader.array("y", as: Float.self)
        }
        #expect(try reader.array("y", as: Float.self, converting: true).values == [0, 1, 2])
    }

    @Test func saysWhatIsMissingOrUnreadable() throws {
        let reader = try NPZReader(path: fixture("stored.npz"))
        let missing = #expect(throws: ArrayError.self) { try reader.array("z", as: Float.self) }
        #expect(missing?.description == "there is no array z; the archive has ids, x, y")
        let bzip2 = try NPZReader(path: fixture("bzip2.npz"))
        let method = #expect(throws: ArrayError.self) { try bzip2.array("x", as: Double.self) }
        #expect(method?.description.contains("compression method 12") == true)
        let bounded = try NPZReader(path: fixture("deflated.npz"), memberLimit: 100_000)
        let large = #expect(throws: ArrayError.self) { try bounded.array("x", as: UInt16.self) }
        #expect(large == .tooLarge(name: "x", limit: 100_000, got: 400_128))
    }

    @Test func streamsPiecesInOrder() throws {
        let reader = try NPZReader(path: fixture("deflated.npz"))
        var bytes: [UInt8] = []
        let header = try reader.stream("x") { header, piece in
            #expect(header.shape == [200_000])
            #expect(piece.count <= 1 << 17)
            bytes.append(contentsOf: piece)
        }
        #expect(header.dtype == "<u2")
        let expected = try reader.array("x", as: UInt16.self).values.withUnsafeBytes { Array($0) }
        #expect(bytes == expected)
    }

    @Test func writesWhatItReadsAndAnnouncesTheLength() throws {
        try TemporaryFolder.with { folder in
            let array = NDArray<UInt32>(shape: [2, 2], values: [1, 2, 3, 4])
            let digest = try NPY.write(array, to: folder + "/part.npy")
            let names = NPY.encode(strings: ["train/Katze.png", "训练/2.png"])
            let bytes = try archive { writer in
                try writer.add("grid", NDArray(shape: [3, 4], values: grid))
                try writer.add("part", npyFile: folder + "/part.npy")
                try writer.add("source", npy: names)
            }
            let gridBytes = NPY.encode(NDArray(shape: [3, 4], values: grid)).count
            let announced = NPZWriter.totalBytes([("grid", gridBytes), ("part", digest.bytes), ("source", names.count)])
            #expect(announced == bytes.count)
            let reader = try NPZReader(bytes: bytes)
            #expect(try reader.array("part", as: UInt32.self) == array)
            #expect(try reader.strings("source") == ["train/Katze.png", "训练/2.png"])
        }
    }

    @Test func refusesTheSameNameTwice() throws {
        #expect(throws: ArrayError.self) {
            try archive { writer in
                try writer.add("x", NDArray<UInt8>(shape: [1], values: [1]))
                try writer.add("x", NDArray<UInt8>(shape: [1], values: [2]))
            }
        }
    }

    /// 65,535 is where the short end record cannot count any further.
    @Test(arguments: [65_534, 65_535, 66_000]) func manyMembersNeedZIP64(count: Int) throws {
        let member = NPY.encode(NDArray<UInt8>(shape: [1], values: [9]))
        let bytes = try archive { writer in
            for index in 0..<count { try writer.add("a\(index)", npy: member) }
        }
        #expect(bytes.count == NPZWriter.totalBytes((0..<count).map { ("a\($0)", member.count) }))
        let reader = try NPZReader(bytes: bytes)
        #expect(reader.names.count == count)
        #expect(try reader.array("a\(count - 1)", as: UInt8.self).values == [9])
    }

    @Test func largeArchivesAreAnnouncedWithZIP64Records() {
        // Local header 30 + name 5 (+ ZIP64 extra 20), central 46 + 5 (+ 20 or 12), end 22 (+ 76 with ZIP64).
        let short = NPZWriter.totalBytes([("x", 1000)])
        #expect(short == 30 + 5 + 1000 + 46 + 5 + 22)
        let wide = NPZWriter.totalBytes([("x", 1 << 32)])
        #expect(wide == 30 + 5 + 20 + 1 << 32 + 46 + 5 + 20 + 22 + 76)
        let offset = NPZWriter.totalBytes([("x", 3 << 30), ("y", 3 << 30), ("z", 8)])
        #expect(offset == 3 * 35 + 6 << 30 + 8 + 3 * 51 + 12 + 22 + 76)
    }

    @Test func everyPrefixIsRefused() throws {
        let whole = try sample()
        for length in 0..<whole.count {
            #expect(throws: ArrayError.self) { try NPZReader(bytes: Array(whole[..<length])) }
        }
    }

    /// Damage is found or harmless, never a crash and never other numbers.
    @Test(arguments: ["sample", "deflated.npz", "streamed.npz"]) func everyFlippedByteIsFoundOrHarmless(file: String)
        throws
    {
        let whole = try file == "sample" ? sample() : Files.live.read(fixture(file))
        let original = try NPZReader(bytes: whole).array("x", as: Double.self, converting: true)
        let seed: UInt64 = 20_261_124
        var generator = SeededGenerator(seed: seed)
        for position in whole.indices {
            var damaged = whole
            damaged[position] ^= UInt8.random(in: 1...255, using: &generator)
            guard let read = try? NPZReader(bytes: damaged).array("x", as: Double.self, converting: true) else {
                continue
            }
            #expect(read == original, "byte \(position), seed \(seed)")
        }
    }

    @Test func refusesOverlappingMembers() throws {
        var bytes = try sample()
        // The second central header's offset field, made to point at the first member.
        let second = try #require(lastCentralHeader(bytes))
        bytes.replaceSubrange(second + 42..<second + 46, with: [0, 0, 0, 0])
        let error = #expect(throws: ArrayError.self) { try NPZReader(bytes: bytes) }
        #expect(error?.description.contains("overlap") == true)
    }

    private func lastCentralHeader(_ bytes: [UInt8]) -> Int? {
        (0..<bytes.count - 4).last { Array(bytes[$0..<$0 + 4]) == [0x50, 0x4B, 0x01, 0x02] }
    }

    @Test(.enabled(if: python != nil, "needs python3 with NumPy")) func numPyReadsOurArchives() throws {
        try TemporaryFolder.with { folder in
            let bytes = try archive { writer in
                try writer.add("grid", NDArray(shape: [3, 4], values: grid))
                try writer.add("labels", NDArray<Int32>(shape: [3], values: [2, 0, -1]))
                try writer.add("nothing", NDArray<Float>(shape: [0, 7], values: []))
                try writer.add("names", npy: NPY.encode(strings: ["a", "Grüße"]))
                for index in 0..<66_000 { try writer.add("m\(index)", npy: NPY.encode(strings: ["\(index)"])) }
            }
            try Files.live.write(bytes, to: folder + "/ours.npz")
            let program = """
                import numpy, sys, zipfile
                assert zipfile.ZipFile(sys.argv[1]).testzip() is None
                a = numpy.load(sys.argv[1])
                assert (a["grid"] == numpy.arange(-6, 6, dtype="f4").reshape(3, 4)).all() and a["grid"].dtype == "f4"
                assert a["labels"].tolist() == [2, 0, -1] and a["nothing"].shape == (0, 7)
                assert a["names"].tolist() == ["a", "Grüße"] and a["m65999"].tolist() == ["65999"]
                print(len(a.files))
                """
            let launcher = try #require(python)
            #expect(try runPython(program, with: launcher, arguments: [folder + "/ours.npz"]) == "66004")
        }
    }
}
