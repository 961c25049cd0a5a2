import Arrays
import Files
import Foundation
import TestSupport
import Testing

@Suite struct NPYTests {
    private let grid: [Int32] = Array(-6..<6)

    @Test func encodesWhatNumPyWrites() throws {
        let array = NDArray(shape: [3, 4], values: grid)
        #expect(NPY.encode(array) == (try Files.live.read(fixture("int32.npy"))))
        let empty = NDArray<Float>(shape: [0, 3], values: [])
        #expect(NPY.encode(empty) == (try Files.live.read(fixture("empty.npy"))))
        let scalar = NDArray<Float>(shape: [], values: [2.5])
        #expect(NPY.encode(scalar) == (try Files.live.read(fixture("scalar.npy"))))
    }

    @Test(arguments: ["int32.npy", "int64_big.npy", "version2.npy"])
    func readsEveryIntegerLayout(file: String) throws {
        let array = try NPY.read(Int32.self, from: fixture(file))
        #expect(array == NDArray(shape: [3, 4], values: grid))
    }

    @Test func readsFortranOrderAsRowMajor() throws {
        #expect(try NPY.read(Double.self, from: fixture("float64_fortran.npy")).values == grid.map { Double($0) / 4 })
        let cube = try NPY.read(UInt8.self, from: fixture("uint8_fortran3.npy"))
        #expect(cube == NDArray(shape: [2, 3, 4], values: Array(0..<24)))
    }

    @Test func readsHalfPrecisionAndBooleans() throws {
        let half = try NPY.read(Float.self, from: fixture("float16.npy")).values
        #expect(Array(half[..<3]) == [0.5, -2, .infinity])
        #expect(half[3].isNaN)
        #expect(try NPY.read(UInt8.self, from: fixture("bool.npy")).values == [1, 0, 1])
    }

    @Test func neverUnpickles() throws {
        #expect(throws: ArrayError.unsupportedDType(name: try fixture("object.npy"), got: "|O")) {
            try NPY.read(Float.self, from: fixture("object.npy"))
        }
        #expect("\(ArrayError.unsupportedDType(name: "x", got: "|O"))".contains("never unpickled"))
    }

    @Test(arguments: ["structured.npy", "complex.npy"]) func refusesWhatIsNoNumber(file: String) throws {
        let error = #expect(throws: ArrayError.self) { try NPY.read(Float.self, from: fixture(file)) }
        guard case .unsupportedDType = error else {
            Issue.record("\(file): \(error as Any)")
            return
        }
    }

    @Test func refusesValuesThatDoNotFit() throws {
        let wide = NPY.encode(NDArray<Int64>(shape: [2], values: [7, 1 << 40]))
        #expect(
            throws: ArrayError.valueOutOfRange(name: "labels", index: 1, value: "1099511627776", expected: .int32)
        ) { try NPY.decode(wide, as: Int32.self, name: "labels") }
        let fraction = NPY.encode(NDArray<Float>(shape: [2], values: [1, 0.5]))
        #expect(throws: ArrayError.valueOutOfRange(name: "labels", index: 1, value: "0.5", expected: .int32)) {
            try NPY.decode(fraction, as: Int32.self, name: "labels")
        }
        #expect(
            try NPY.decode(NPY.encode(NDArray<Float>(shape: [2], values: [1, -3])), as: Int32.self).values == [1, -3]
        )
    }

    @Test(arguments: [
        "", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} and more",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (3,)}", "__import__('os')",
    ])
    func refusesDamagedHeaders(text: String) {
        let bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
        let error = #expect(throws: ArrayError.self) { try NPYHeader.parse(bytes) }
        guard case .badHeader = error else {
            Issue.record("\(text): \(error as Any)")
            return
        }
    }

    @Test func refusesOverflowingShapes() {
        let header = NPYHeader(shape: [1 << 40, 1 << 40], dtype: "<f4")
        #expect(throws: ArrayError.self) { try NPY.decode(header.encoded(), as: Float.self) }
        let huge = NPYHeader(shape: [1 << 62], dtype: "<f8")
        #expect(throws: ArrayError.self) { try NPY.decode(huge.encoded(), as: Double.self) }
    }

    @Test func headersSurviveTheRoundTripAligned() throws {
        for dimensions in 0..<20 {
            let header = NPYHeader(shape: Array(repeating: 123_456_789, count: dimensions), dtype: "<U7")
            let bytes = header.encoded()
            let (parsed, offset) = try NPYHeader.parse(bytes)
            #expect(parsed == header)
            #expect(offset == bytes.count && offset % 64 == 0)
        }
    }

    @Test func everyPrefixOfAFileIsRefused() throws {
        let whole = NPY.encode(NDArray(shape: [3, 4], values: grid))
        for length in 0..<whole.count {
            #expect(throws: ArrayError.self) { try NPY.decode(Array(whole[..<length]), as: Int32.self) }
        }
    }

    @Test func mapsOnlyWhatItIsAskedFor() throws {
        let mapped = try MappedArray<Int32>(path: fixture("int32.npy"), shape: [nil, 4])
        #expect(mapped.shape == [3, 4])
        #expect(mapped.withUnsafeBufferPointer { Array($0) } == grid)
        #expect(mapped[11] == 5)
        #expect(try MappedArray<Float>(path: fixture("empty.npy")).array().values.isEmpty)
        #expect(throws: ArrayError.self) { try MappedArray<Float>(path: fixture("int32.npy")) }
        #expect(throws: ArrayError.self) { try MappedArray<Int32>(path: fixture("int32.npy"), shape: [4, 3]) }
        #expect(throws: ArrayError.fortranOrder(name: try fixture("float64_fortran.npy"))) {
            try MappedArray<Double>(path: fixture("float64_fortran.npy"))
        }
        #expect(throws: ArrayError.self) { try MappedArray<Float>(path: fixture("nowhere.npy")) }
    }

    @Test func mapsNoTruncatedFile() throws {
        try TemporaryFolder.with { folder in
            let whole = NPY.encode(NDArray(shape: [3, 4], values: grid))
            try Files.live.write(Array(whole.dropLast()), to: folder + "/cut.npy")
            #expect(throws: ArrayError.wrongSize(name: folder + "/cut.npy", expected: 48, got: 47)) {
                try MappedArray<Int32>(path: folder + "/cut.npy")
            }
        }
    }

    @Test func writesInPiecesOfAnySize() throws {
        try TemporaryFolder.with { folder in
            let values = (0..<200_000).map { Float($0) }
            let path = folder + "/pieces.npy"
            var writer = try NPYWriter<Float>(path: path, shape: [200, 1000])
            var start = 0
            for length in [0, 1, 999, 70_000, 65_536, 1] {
                try writer.append(Array(values[start..<start + length]))
                start += length
            }
            #expect(!Files.live.exists(path))
            try writer.append(Array(values[start...]))
            let digest = try writer.finish()
            let expected = NPY.encode(NDArray(shape: [200, 1000], values: values))
            #expect(try Files.live.read(path) == expected)
            #expect(digest.bytes == expected.count)
        }
    }

    @Test func aWriterNeedsExactlyItsValues() throws {
        try TemporaryFolder.with { folder in
            var short = try NPYWriter<UInt16>(path: folder + "/short.npy", shape: [3])
            try short.append([1, 2])
            #expect(throws: ArrayError.wrongSize(name: folder + "/short.npy", expected: 6, got: 4)) {
                try short.finish()
            }
            short.abandon()
            var long = try NPYWriter<UInt16>(path: folder + "/long.npy", shape: [3])
            #expect(throws: ArrayError.wrongSize(name: folder + "/long.npy", expected: 6, got: 8)) {
                try long.append([1, 2, 3, 4])
            }
            long.abandon()
            #expect(try Files.live.list(folder).isEmpty)
        }
    }
}
