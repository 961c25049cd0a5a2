/// How many floats a short row is given: the fewest with which the pairs that bounds leave open cost less than more
/// floats would.
///
/// Costs are in nanoseconds of one core and only their ratios count: that of an open column is measured (Zen 4), the
/// others are estimates from what its matrix products reach. A wrong one costs time, never the answer.
package struct ShortWidths {
    /// A column of a pair that is left open: fetched, and compared.
    private static let openColumn = 0.075
    /// A multiplication of the projection, of short rows, and of long ones where all pairs are compared.
    private static let projection = 0.02
    private static let comparison = 0.01
    private static let flat = 0.0075
    /// Making a column of a direction orthogonal to another one.
    private static let orthogonality = 0.25
    /// Twice the floats leave about half as many pairs open.
    private static let gain = 0.5

    /// Queries by which the open pairs are estimated: fewer where the whole search is short.
    static func sampledQueries(of rows: Int) -> Int { rows < 8192 ? 64 : 128 }

    private let width: Int
    private let references: Int
    private let widths: [Int]

    /// - Parameters:
    ///   - width: floats of a long row
    ///   - references: how many a query is compared with
    package init(width: Int, references: Int) {
        self.width = width
        self.references = references
        // Directions are fitted to several rows each, and more than a third of the columns spare nothing.
        widths = [128] + [256, 512].filter { 3 * $0 <= width && 8 * $0 <= references }
    }

    /// The most that may be tried.
    package var widest: Int { widths[widths.count - 1] }

    /// What is tried first.
    package var first: Int { widths[0] }

    /// What is to be tried after some floats that leave a share of the pairs open; nil where they are enough, or all
    /// that there is.
    package func next(after tried: Int, openShare: Double) -> Int? {
        let wider = widths.filter { $0 > tried }
        guard let next = wider.first, openShare > tolerable(before: next) else { return nil }
        // A width that would foreseeably be followed by a wider one is skipped.
        return wider.last { openShare * Self.gain > tolerable(before: $0) } ?? next
    }

    /// Whether what is left open costs less than comparing all pairs in full.
    package func isWorthwhile(openShare: Double) -> Bool { openShare * Self.openColumn <= Self.flat }

    /// The share of open pairs that costs as much as it would to try so many floats.
    private func tolerable(before next: Int) -> Double {
        let share = Double(next) / Double(references)
        // Twice the sample is multiplied by the directions and they by it.
        let fit = 4 * Self.projection * Double(Directions.sampleRows(perDirectionOf: references)) + Self.orthogonality
        let perPair =
            Double(width) * (Self.projection * share + fit * share * share) + Self.comparison * Double(next)
        return perPair / (Self.openColumn * Double(width) * (1 - Self.gain))
    }
}
