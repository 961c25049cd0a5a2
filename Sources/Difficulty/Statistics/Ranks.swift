/// Rank statistics over columns with missing values.
enum Ranks {
    /// Ranks from 1, ties sharing their mean rank.
    static func of(_ values: [Float]) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        return ranks(values, order: order)
    }

    /// Spearman's rho over the rows where both have a value; nil below three such rows or where one is constant.
    static func spearman(_ first: [Float], _ second: [Float]) -> Double? {
        let rows = first.indices.filter { !first[$0].isNaN && !second[$0].isNaN }
        guard rows.count >= 3 else { return nil }
        return pearson(of(rows.map { first[$0] }), of(rows.map { second[$0] }))
    }

    /// Pearson's correlation; nil where one side is constant.
    static func pearson(_ first: [Double], _ second: [Double]) -> Double? {
        let count = Double(first.count)
        let meanFirst = first.reduce(0, +) / count
        let meanSecond = second.reduce(0, +) / count
        var (product, squareFirst, squareSecond) = (0.0, 0.0, 0.0)
        for index in first.indices {
            let (a, b) = (first[index] - meanFirst, second[index] - meanSecond)
            product += a * b
            squareFirst += a * a
            squareSecond += b * b
        }
        guard squareFirst > 0, squareSecond > 0 else { return nil }
        return max(-1, min(1, product / (squareFirst * squareSecond).squareRoot()))
    }

    /// Expected overlap of the `share` largest of two columns, as a share of them: 1 where they agree.
    ///
    /// Rows tied at the cut count in part, as if the tie were broken by independent lots: an order by row would make
    /// discrete scores look more alike than they are.
    ///
    /// - Parameter largest: whether the largest values are the top; the smallest otherwise.
    static func overlap(_ first: [Float], _ second: [Float], share: Double, largest: Bool) -> Double? {
        let rows = first.indices.filter { !first[$0].isNaN && !second[$0].isNaN }
        let top = Int((share * Double(rows.count)).rounded())
        guard top >= 1 else { return nil }
        let a = membership(rows.map { largest ? first[$0] : -first[$0] }, top: top)
        let b = membership(rows.map { largest ? second[$0] : -second[$0] }, top: top)
        return zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(top)
    }

    private static func membership(_ values: [Float], top: Int) -> [Double] {
        let cut = values.sorted(by: >)[top - 1]
        let above = values.count { $0 > cut }
        let tied = values.count { $0 == cut }
        let part = Double(top - above) / Double(tied)
        return values.map { $0 > cut ? 1 : $0 == cut ? part : 0 }
    }

    fileprivate static func ranks(_ values: [Float], order: [Int]) -> [Double] {
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            let shared = Double(start + 1 + end) / 2
            for position in start..<end { ranks[order[position]] = shared }
            start = end
        }
        return ranks
    }
}

/// Many pairwise rank correlations: each column is sorted once, and a pair with other missing rows only walks the sorted
/// order again.
struct RankMatrix {
    private let columns: [[Float]]
    private let orders: [[Int32]]
    private let present: [[Bool]]
    private let full: [[Double]]

    init(_ columns: [[Float]]) {
        self.columns = columns
        present = columns.map { $0.map { !$0.isNaN } }
        orders = columns.map { values in
            values.indices.filter { !values[$0].isNaN }
                .sorted { (values[$0], $0) < (values[$1], $1) }.map(Int32.init)
        }
        full = zip(columns, orders).map { values, order in
            Self.restrictedRanks(values, order: order, rows: [Bool](repeating: true, count: values.count))
        }
    }

    /// Spearman's rho of each pair; nil below three common rows or where one is constant on them.
    func spearman() -> [[Double?]] {
        var rho = [[Double?]](repeating: [Double?](repeating: nil, count: columns.count), count: columns.count)
        for first in columns.indices {
            for second in first..<columns.count {
                rho[first][second] = pair(first, second)
                rho[second][first] = rho[first][second]
            }
        }
        return rho
    }

    private func pair(_ first: Int, _ second: Int) -> Double? {
        let rows =
            present[first] == present[second] ? present[first] : zip(present[first], present[second]).map { $0 && $1 }
        let same = rows == present[first] && rows == present[second]
        let a = same ? full[first] : Self.restrictedRanks(columns[first], order: orders[first], rows: rows)
        let b = same ? full[second] : Self.restrictedRanks(columns[second], order: orders[second], rows: rows)
        guard rows.count(where: { $0 }) >= 3 else { return nil }
        var (x, y): ([Double], [Double]) = ([], [])
        for row in rows.indices where rows[row] {
            x.append(a[row])
            y.append(b[row])
        }
        return Ranks.pearson(x, y)
    }

    private static func restrictedRanks(_ values: [Float], order: [Int32], rows: [Bool]) -> [Double] {
        Ranks.ranks(values, order: order.compactMap { rows[Int($0)] ? Int($0) : nil })
    }
}
