/// Rows of activations of one probe, produced as they are asked for.
///
/// Positions count the rows of one search: the references first, then all other queries.
public protocol ActivationSource {
    /// Floats in a row, D.
    var width: Int { get }
    /// All rows one after the other, where they are in memory already and stay there as long as the source lives; nil
    /// where they are produced.
    var base: UnsafePointer<Float>? { get }
    /// Writes the rows at `positions`, row-major: positions.count x width floats.
    ///
    /// A large probe is asked for the same rows several times, and must give the same bits each time.
    func copy(_ positions: some RandomAccessCollection<Int>, to destination: UnsafeMutablePointer<Float>) throws
}

extension ActivationSource {
    /// Produced.
    public var base: UnsafePointer<Float>? { nil }
}

/// Activations that are in memory already.
public struct ActivationMatrix: ActivationSource {
    /// Floats in a row.
    public let width: Int
    private let values: UnsafeBufferPointer<Float>

    /// - Parameter values: rows x width floats, row-major; must outlive this value.
    public init(values: UnsafeBufferPointer<Float>, width: Int) {
        self.values = values
        self.width = width
    }

    /// The first row.
    public var base: UnsafePointer<Float>? { values.baseAddress }

    /// Copies rows.
    public func copy(_ positions: some RandomAccessCollection<Int>, to destination: UnsafeMutablePointer<Float>) {
        guard let base = values.baseAddress else { return }
        for (place, position) in positions.enumerated() {
            precondition((position + 1) * width <= values.count)
            (destination + place * width).update(from: base + position * width, count: width)
        }
    }
}
