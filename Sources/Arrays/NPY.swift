public import Files

/// Whole arrays to and from NPY files.
public enum NPY {
    /// The file's bytes: header and data.
    public static func encode<Element>(_ array: NDArray<Element>) -> [UInt8] {
        var bytes = NPYHeader(shape: array.shape, dtype: Element.dtype.rawValue).encoded()
        array.values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// A one-dimensional array of text (`<U` followed by the longest length), as `numpy.array(strings)` is stored.
    public static func encode(strings: [String]) -> [UInt8] {
        let scalars = strings.map { $0.unicodeScalars.map(\.value) }
        let width = max(1, scalars.map(\.count).max() ?? 1)
        var bytes = NPYHeader(shape: [strings.count], dtype: "<U\(width)").encoded()
        bytes.reserveCapacity(bytes.count + strings.count * width * 4)
        for text in scalars {
            for scalar in text { withUnsafeBytes(of: scalar.littleEndian) { bytes.append(contentsOf: $0) } }
            bytes.append(contentsOf: repeatElement(0, count: (width - text.count) * 4))
        }
        return bytes
    }

    /// Writes the array durably under this name.
    @discardableResult
    public static func write<Element>(
        _ array: NDArray<Element>,
        to path: String,
        files: Files = .live
    ) throws -> FileDigest {
        var writer = try NPYWriter<Element>(path: path, shape: array.shape, files: files)
        do {
            try array.values.withUnsafeBufferPointer { try writer.append($0) }
            return try writer.finish()
        } catch {
            writer.abandon()
            throw error
        }
    }

    /// Reads an array; every plain number type is converted where its values fit, big-endian bytes are swapped and
    /// Fortran order becomes row-major.
    public static func read<Element>(_ type: Element.Type, from path: String) throws(ArrayError) -> NDArray<Element> {
        let file = try MappedFile(path: path)
        defer { withExtendedLifetime(file) {} }
        return try decode(file.bytes, name: path)
    }

    /// Reads an array from the bytes of an NPY file, converting as `read` does.
    public static func decode<Element>(
        _ bytes: [UInt8],
        as type: Element.Type,
        name: String = "array"
    ) throws(ArrayError) -> NDArray<Element> {
        try bytes.withRawBytes { raw throws(ArrayError) in try decode(raw, name: name) }
    }

    static func decode<Element>(
        _ raw: UnsafeRawBufferPointer,
        name: String,
        converting: Bool = true
    ) throws(ArrayError) -> NDArray<Element> {
        let (header, offset) = try NPYHeader.parse(raw, name: name)
        return try decode(
            header,
            data: UnsafeRawBufferPointer(rebasing: raw[offset...]),
            name: name,
            converting: converting
        )
    }

    static func decode<Element>(
        _ header: NPYHeader,
        data: UnsafeRawBufferPointer,
        name: String,
        converting: Bool
    ) throws(ArrayError) -> NDArray<Element> {
        let format = try NumberFormat(descr: header.dtype, name: name)
        let count = try header.dataBytes(of: format, name: name) / format.byteCount
        guard data.count == count * format.byteCount else {
            throw .wrongSize(name: name, expected: count * format.byteCount, got: data.count)
        }
        let asIs = format.isStored(as: Element.dtype)
        guard converting || asIs else {
            throw .wrongDType(name: name, expected: Element.dtype.rawValue, got: header.dtype)
        }
        var values: [Element]
        if asIs {
            values = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: data)
                initialized = count
            }
        } else {
            values = []
            values.reserveCapacity(count)
            try format.convert(data, to: Element.self, name: name) { values.append($1) }
        }
        if header.fortranOrder, header.shape.count > 1 {
            values = rowMajor(values, shape: header.shape)
        }
        return NDArray(shape: header.shape, values: values)
    }

    /// Column-major values (first index fastest) reordered to row-major.
    static func rowMajor<Element: ArrayElement>(_ source: [Element], shape: [Int]) -> [Element] {
        guard !source.isEmpty else { return source }
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
        var result: [Element] = []
        result.reserveCapacity(source.count)
        var index = [Int](repeating: 0, count: shape.count)
        var offset = 0
        for _ in 0..<source.count {
            result.append(source[offset])
            var axis = shape.count - 1
            while axis >= 0 {
                index[axis] += 1
                offset += strides[axis]
                if index[axis] < shape[axis] { break }
                offset -= strides[axis] * shape[axis]
                index[axis] = 0
                axis -= 1
            }
        }
        return result
    }
}

extension NPYHeader {
    /// Bytes of data that follow, checked for overflow.
    func dataBytes(of format: NumberFormat, name: String) throws(ArrayError) -> Int {
        guard let count, count <= Int.max / format.byteCount else {
            throw .tooLarge(name: name, limit: Int.max / format.byteCount, got: Int.max)
        }
        return count * format.byteCount
    }
}
