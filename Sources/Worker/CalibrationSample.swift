import Training

/// The examples that stand for all of them in a calibration: enough that a search among them is like the whole one,
/// few enough that it takes seconds.
package struct CalibrationSample {
    /// Examples of the sample by their rows in the dataset: first those trained on, then the others.
    package let rows: [Int]
    /// How many are trained on.
    package let trained: Int

    /// Multiplications of a search that take some seconds, after what bounds spare.
    private static let searchWork = 4e10
    /// Multiplications of one forward pass over the sample.
    private static let forwardWork = 1e11
    /// Rows below which a sample says little.
    private static let fewest = 512

    /// - Parameters:
    ///   - train: rows that the member trains on
    ///   - heldOut: all others
    ///   - batch: examples a training step
    ///   - forward: multiplications of one forward pass of one example
    ///   - widths: of the probes
    package init(train: [Int], heldOut: [Int], batch: Int, forward: Int, widths: [Int]) {
        let total = train.count + heldOut.count
        let share = Double(train.count) / Double(total)
        let width = Double(widths.reduce(0, +))
        // Bounds spare about four fifths of the pairs where references are many and rows long.
        let pairs = Self.searchWork / (width * 0.2)
        let bySearch = (pairs / (share * (share / 2 + 1 - share))).squareRoot()
        let wanted = max(Double(Self.fewest), min(bySearch, Self.forwardWork / Double(max(1, forward))))
        guard wanted < Double(total) else {
            rows = train + heldOut
            trained = train.count
            return
        }
        // Whole batches, so that the network is compiled for one size of batch only.
        let batches = max(1, Int(wanted * share) / batch)
        trained = min(train.count, batches * batch)
        rows =
            Self.spread(train, trained)
            + Self.spread(heldOut, min(heldOut.count, max(1, Int(Double(trained) / share * (1 - share)))))
    }

    /// Some rows at equal distances.
    private static func spread(_ rows: [Int], _ count: Int) -> [Int] {
        (0..<count).map { rows[$0 * rows.count / count] }
    }
}

/// Some rows of a source, by their place in a sample.
package struct SampledExamples<Source: Examples>: Examples {
    private let source: Source
    private let rows: [Int]

    /// - Parameters:
    ///   - source: where the examples are
    ///   - rows: which of them
    package init(_ source: Source, rows: [Int]) {
        self.source = source
        self.rows = rows
    }

    package var shape: InputShape { source.shape }
    package var count: Int { rows.count }

    package func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
        source.copy(row: rows[row], to: destination)
    }
}
