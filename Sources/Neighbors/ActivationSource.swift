import Compute
import Recipes

/// Rows of activations of one probe, produced as they are asked for.
///
/// Positions count the rows of one search: the references first, then all other queries.
public protocol ActivationSource {
    /// Numbers in a row, D.
    var width: Int { get }
    /// What the numbers are: those of bfloat16 are kept as such, which takes half the memory.
    var precision: Precision { get }
    /// All rows one after the other, where they are in memory already and stay there as long as the source lives; nil
    /// where they are produced.
    var base: UnsafeRawPointer? { get }
    /// Writes the rows at `positions`, as float32 or with the precision of this source.
    ///
    /// A large probe is asked for the same rows several times, and must give the same bits each time.
    func copy(_ positions: some RandomAccessCollection<Int>, to destination: Rows) throws
}

extension ActivationSource {
    /// Float32.
    public var precision: Precision { .f32 }
    /// Produced.
    public var base: UnsafeRawPointer? { nil }
}

/// Activations that are in memory already.
public struct ActivationMatrix: ActivationSource {
    /// Numbers in a row.
    public let width: Int
    /// What they are.
    public let precision: Precision
    private let values: UnsafeRawBufferPointer

    /// - Parameter values: rows x width floats, row-major; must outlive this value.
    public init(values: UnsafeBufferPointer<Float>, width: Int) {
        self.init(values: UnsafeRawBufferPointer(values), width: width, precision: .f32)
    }

    /// - Parameter values: rows x width numbers, row-major; must outlive this value.
    public init(values: UnsafeRawBufferPointer, width: Int, precision: Precision) {
        self.width = width
        self.precision = precision
        self.values = values
    }

    /// The first row.
    public var base: UnsafeRawPointer? { values.baseAddress }

    /// Copies rows.
    public func copy(_ positions: some RandomAccessCollection<Int>, to destination: Rows) {
        let bytes = width * precision.elementBytes
        guard let base = values.baseAddress else { return }
        for (place, position) in positions.enumerated() {
            precondition((position + 1) * bytes <= values.count)
            destination.set(place, to: base + position * bytes, of: precision)
        }
    }
}
