import Arrays
import Testing

@Suite struct ZipStreamTests {
    @Test func whatIsPackedIsRead() throws {
        var zip = ZipStreamWriter()
        var archive: [UInt8] = []
        let first = NPY.encode(NDArray(shape: [3], values: [1, 2, 3] as [UInt8]))
        let second = NPY.encode(NDArray(shape: [2], values: [0.5, -1] as [Float]))
        for (name, bytes) in [("x.npy", first), ("ü/y.npy", second)] {
            archive += zip.begin(name)
            for byte in bytes {
                zip.add([byte])
                archive.append(byte)
            }
            archive += zip.end()
        }
        archive += zip.finish()
        let reader = try NPZReader(bytes: archive)
        #expect(reader.names.sorted() == ["x", "ü/y"].sorted())
        #expect(try reader.array("x", as: UInt8.self).values == [1, 2, 3])
        #expect(try reader.array("ü/y", as: Float.self).values == [0.5, -1])
    }
}
