public import Files

/// An NPY file written piece by piece: the shape is known, the values arrive in row-major order.
///
/// The file appears under its name only when `finish` returns; of a writer that is neither finished nor abandoned
/// nothing remains.
public struct NPYWriter<Element: ArrayElement> {
    private let path: String
    private let expected: Int
    private var written = 0
    private var output: FileWriter
    private var pending: [Element] = []

    /// Values gathered before a write: a system call costs about as much as copying some ten kilobytes.
    private static var chunk: Int { 1 << 16 }

    /// Starts the file with its header.
    public init(path: String, shape: [Int], files: Files = .live) throws {
        guard let count = elementCount(shape), count <= Int.max / MemoryLayout<Element>.stride else {
            throw ArrayError.tooLarge(name: path, limit: Int.max / MemoryLayout<Element>.stride, got: Int.max)
        }
        self.path = path
        expected = count
        output = try files.openForWriting(path)
        do {
            let header = NPYHeader(shape: shape, dtype: Element.dtype.rawValue).encoded()
            try header.withUnsafeBytes { try output.write($0) }
        } catch {
            output.abandon()
            throw error
        }
    }

    /// Appends values.
    public mutating func append(_ values: UnsafeBufferPointer<Element>) throws {
        written += values.count
        guard written <= expected else { throw sizeError }
        if pending.count + values.count >= Self.chunk {
            try flush()
            if values.count >= Self.chunk {
                try output.write(UnsafeRawBufferPointer(values))
                return
            }
        }
        pending.append(contentsOf: values)
    }

    /// Appends values.
    public mutating func append(_ values: [Element]) throws {
        try values.withUnsafeBufferPointer { try append($0) }
    }

    /// Makes the file appear, durably.
    ///
    /// - Throws: `ArrayError.wrongSize` if not exactly as many values came as the shape holds.
    public mutating func finish() throws -> FileDigest {
        guard written == expected else { throw sizeError }
        try flush()
        return try output.finish()
    }

    /// Removes what was written so far.
    public mutating func abandon() {
        output.abandon()
    }

    private mutating func flush() throws {
        guard !pending.isEmpty else { return }
        try pending.withUnsafeBytes { try output.write($0) }
        pending.removeAll(keepingCapacity: true)
    }

    private var sizeError: ArrayError {
        let size = MemoryLayout<Element>.stride
        return .wrongSize(name: path, expected: expected * size, got: written * size)
    }
}
