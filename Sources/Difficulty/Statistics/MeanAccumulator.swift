/// Mean and spread of one number per example over the members that contribute one (Welford's update: stable, and the
/// same bits for the same order of members).
struct MeanAccumulator: Sendable {
    private(set) var counts: [Int32]
    private var means: [Double]
    private var squares: [Double]

    init(count: Int) {
        counts = [Int32](repeating: 0, count: count)
        means = [Double](repeating: 0, count: count)
        squares = means
    }

    mutating func add(_ value: Double, at index: Int) {
        counts[index] += 1
        let difference = value - means[index]
        means[index] += difference / Double(counts[index])
        squares[index] += difference * (value - means[index])
    }

    /// The mean, or nil where no member contributed.
    func mean(_ index: Int) -> Double? { counts[index] > 0 ? means[index] : nil }

    /// Standard error of the mean: sample deviation over the square root of n; nil below two.
    func standardError(_ index: Int) -> Double? {
        let count = Double(counts[index])
        guard count >= 2 else { return nil }
        return (max(0, squares[index]) / (count - 1) / count).squareRoot()
    }

    /// The means as a column, NaN where there is none.
    func means(scale: Double = 1) -> [Float] { counts.indices.map { column(mean($0).map { $0 * scale }) } }

    /// The standard errors as a column, NaN where there is none.
    func standardErrors() -> [Float] { counts.indices.map { column(standardError($0)) } }

    /// n as a column.
    func countColumn() -> [Float] { counts.map(Float.init) }

    /// A score's value, `_n` and `_se`.
    func columns(of score: String) -> [Column] {
        [
            Column(score: score, .value, means()),
            Column(score: score, .count, countColumn()),
            Column(score: score, .standardError, standardErrors()),
        ]
    }
}

/// A number as a column stores it.
func column(_ value: Double?) -> Float { value.map { Float($0) } ?? .nan }
