import Arrays
import Compute
import Neighbors
import Recipes

/// Rows of one probe of a backbone, by the rows of the dataset.
struct TapRows {
    /// Numbers in a row.
    let width: Int
    private let values: Storage

    private enum Storage {
        case file(MappedArray<Float>)
        /// Fewer rows than the dataset has stand for all of them: a calibration's.
        case sample([Float])
    }

    /// - Parameter rows: all rows, N x width
    init(_ rows: MappedArray<Float>) {
        width = rows.shape[1]
        values = .file(rows)
    }

    /// - Parameters:
    ///   - sample: some rows, one after the other
    ///   - width: numbers in a row
    init(sample: [Float], width: Int) {
        self.width = width
        values = .sample(sample)
    }

    /// Writes a row to a place.
    func copy(row: Int, to place: Int, of destination: Rows) {
        func copy(_ all: UnsafeBufferPointer<Float>) {
            guard let base = all.baseAddress, all.count >= width else { return }
            destination.set(place, to: base + row % (all.count / width) * width, of: .f32)
        }
        switch values {
        case .file(let rows): rows.withUnsafeBufferPointer(copy)
        case .sample(let rows): rows.withUnsafeBufferPointer(copy)
        }
    }
}

/// The rows of a probe in the order of a search.
struct StoredActivations: ActivationSource {
    let tap: TapRows
    /// The row at each position.
    let rows: [Int]

    var width: Int { tap.width }

    func copy(_ positions: some RandomAccessCollection<Int>, to destination: Rows) {
        for (place, position) in positions.enumerated() { tap.copy(row: rows[position], to: place, of: destination) }
    }
}
