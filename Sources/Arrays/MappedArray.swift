/// An NPY file of exactly this element type in row-major order, mapped read-only: nothing is read before it is used.
public final class MappedArray<Element: ArrayElement>: Sendable {
    /// Extents, slowest first.
    public let shape: [Int]
    /// Number of elements.
    public let count: Int
    /// The file.
    public var path: String { file.path }

    private let file: MappedFile
    private let dataOffset: Int

    /// Maps the file and checks that dtype, order and size are what the type and the header promise.
    public init(path: String) throws(ArrayError) {
        let file = try MappedFile(path: path)
        let (header, offset) = try NPYHeader.parse(file.bytes, name: path)
        guard header.dtype == Element.dtype.rawValue else {
            throw .wrongDType(name: path, expected: Element.dtype.rawValue, got: header.dtype)
        }
        guard !header.fortranOrder || header.shape.count <= 1 else { throw .fortranOrder(name: path) }
        let size = MemoryLayout<Element>.stride
        guard let count = header.count, count <= Int.max / size else {
            throw .tooLarge(name: path, limit: Int.max / size, got: Int.max)
        }
        guard file.count - offset == count * size else {
            throw .wrongSize(name: path, expected: count * size, got: file.count - offset)
        }
        guard offset % MemoryLayout<Element>.alignment == 0 else {
            throw .badHeader(name: path, detail: "the data are not aligned")
        }
        self.file = file
        self.count = count
        shape = header.shape
        dataOffset = offset
    }

    /// Maps the file and checks its shape too; nil extents are free.
    public convenience init(path: String, shape expected: [Int?]) throws(ArrayError) {
        try self.init(path: path)
        guard shape.count == expected.count, zip(shape, expected).allSatisfy({ $1 == nil || $0 == $1 }) else {
            let text = expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
            throw .wrongShape(name: path, expected: "(\(text))", got: shape)
        }
    }

    /// The elements, valid within the closure.
    public func withUnsafeBufferPointer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(file) {} }
        return try body(elements)
    }

    /// The elements without a closure: valid only while this object is alive, which the caller must see to
    /// (`withExtendedLifetime`).
    package var elements: UnsafeBufferPointer<Element> {
        guard count > 0 else { return UnsafeBufferPointer(start: nil, count: 0) }
        let start = (file.bytes.baseAddress! + dataOffset).assumingMemoryBound(to: Element.self)
        return UnsafeBufferPointer(start: start, count: count)
    }

    /// Gives back the memory of what was read so far, for arrays that are gone through once and are larger than memory.
    public func releasePages() { file.releasePages() }

    /// The element at this flat index.
    public subscript(index: Int) -> Element {
        defer { withExtendedLifetime(file) {} }
        precondition(index >= 0 && index < count, "index \(index) of \(count)")
        return elements[index]
    }

    /// A copy in memory.
    public func array() -> NDArray<Element> {
        withUnsafeBufferPointer { NDArray(shape: shape, values: Array($0)) }
    }
}
