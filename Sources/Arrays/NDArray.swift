/// A dense row-major array in memory.
public struct NDArray<Element: ArrayElement>: Sendable {
    /// Extents, slowest first. An empty shape is one scalar.
    public var shape: [Int]
    /// `shape.reduce(1, *)` elements, last index fastest.
    public var values: [Element]

    /// An array of these values. The number of values must be the product of `shape`.
    public init(shape: [Int], values: [Element]) {
        precondition(elementCount(shape) == values.count, "\(values.count) values do not fill \(shape)")
        self.shape = shape
        self.values = values
    }

    /// An array filled with one value.
    public init(repeating value: Element, shape: [Int]) {
        self.init(shape: shape, values: [Element](repeating: value, count: elementCount(shape) ?? -1))
    }

    /// Number of elements.
    public var count: Int { values.count }
}

extension NDArray: Equatable where Element: Equatable {}
extension NDArray: Hashable where Element: Hashable {}
