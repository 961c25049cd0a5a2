import Arrays

/// NPZ and IDX files.
enum ArrayFixture {
    /// An NPZ of encoded NPY members.
    static func npz(_ members: [(String, [UInt8])]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var writer = NPZWriter { bytes.append(contentsOf: $0) }
        for (name, npy) in members { try writer.add(name, npy: npy) }
        try writer.finish()
        return bytes
    }

    static func npy<Element: ArrayElement>(_ shape: [Int], _ values: [Element]) -> [UInt8] {
        NPY.encode(NDArray(shape: shape, values: values))
    }

    /// An NPY file of any dtype.
    static func npy(_ dtype: String, _ shape: [Int], raw: [UInt8], fortranOrder: Bool = false) -> [UInt8] {
        NPYHeader(shape: shape, dtype: dtype, fortranOrder: fortranOrder).encoded() + raw
    }

    static func idx(_ type: UInt8, _ shape: [Int], _ data: [UInt8]) -> [UInt8] {
        [0, 0, type, UInt8(shape.count)] + shape.flatMap { UInt32($0).bigEndianBytes } + data
    }

    /// N pictures of 8 x 8 that all differ, with labels that go round `classes`.
    static func digits(_ count: Int, classes: Int = 2) -> (pixels: [UInt8], labels: [UInt8]) {
        (
            (0..<count).flatMap { row in (0..<64).map { UInt8(truncatingIfNeeded: row * 31 + $0 * 3) } },
            (0..<count).map { UInt8($0 % classes) }
        )
    }
}
