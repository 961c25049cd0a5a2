import Arrays

/// Rank statistics over columns with missing values.
package enum Ranks {
    /// Ranks from 1, ties sharing their mean rank.
    package static func of(_ values: [Float]) -> [Double] { ranks(values, order: order(values)) }

    /// Positions of the values that are not NaN, from the smallest; ties by position.
    static func order(_ values: [Float]) -> [Int32] {
        let order = values.withUnsafeBufferPointer { RowOrder.sorted($0, descending: false) }
        return Array(order.prefix(values.count { !$0.isNaN }))
    }

    /// Spearman's rho over the rows where both have a value; nil below three such rows or where one is constant.
    package static func spearman(_ first: [Float], _ second: [Float]) -> Double? {
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
    package static func overlap(_ first: [Float], _ second: [Float], share: Double, largest: Bool) -> Double? {
        let rows = first.indices.filter { !first[$0].isNaN && !second[$0].isNaN }
        let top = Int((share * Double(rows.count)).rounded())
        guard top >= 1 else { return nil }
        let a = membership(rows.map { largest ? first[$0] : -first[$0] }, top: top)
        let b = membership(rows.map { largest ? second[$0] : -second[$0] }, top: top)
        return zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(top)
    }

    private static func membership(_ values: [Float], top: Int) -> [Double] {
        let cut = values[Int(order(values)[values.count - top])]
        let above = values.count { $0 > cut }
        let tied = values.count { $0 == cut }
        let part = Double(top - above) / Double(tied)
        return values.map { $0 > cut ? 1 : $0 == cut ? part : 0 }
    }

    /// Ranks from 1 of the positions in `order`, ties sharing their mean rank; 0 elsewhere.
    fileprivate static func ranks(_ values: [Float], order: [Int32]) -> [Double] {
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            let value = values[Int(order[start])]
            var end = start + 1
            while end < order.count, values[Int(order[end])] == value { end += 1 }
            let shared = Double(start + 1 + end) / 2
            for position in start..<end { ranks[Int(order[position])] = shared }
            start = end
        }
        return ranks
    }
}

/// Many pairwise rank correlations over columns with missing values.
///
/// Each column is sorted once. Columns that lack the same rows share a mask; a pair needs only ranks within the
/// intersection of two masks, and those are kept, so that almost every pair is one scalar product.
struct RankMatrix {
    private let columns: [[Float]]
    private let orders: [[Int32]]
    /// Distinct masks of rows with a value, and the one of each column.
    private var masks: [[Bool]] = []
    private let maskOf: [Int]

    init(_ columns: [[Float]]) {
        self.columns = columns
        orders = Parallel.map(columns.count) { Ranks.order(columns[$0]) }
        var known: [[Bool]: Int] = [:]
        var masks: [[Bool]] = []
        maskOf = columns.map { column in
            let mask = column.map { !$0.isNaN }
            if let index = known[mask] { return index }
            known[mask] = masks.count
            masks.append(mask)
            return masks.count - 1
        }
        self.masks = masks
    }

    /// Spearman's rho of each pair; nil below three common rows or where one is constant on them.
    func spearman() -> [[Double?]] {
        var rho = [[Double?]](repeating: [Double?](repeating: nil, count: columns.count), count: columns.count)
        // Pairs are visited by pair of masks, so that only one set of ranks is held at a time.
        for first in masks.indices {
            for second in first..<masks.count {
                fill(&rho, first: first, second: second)
            }
        }
        return rho
    }

    private func fill(_ rho: inout [[Double?]], first: Int, second: Int) {
        let rows = zip(masks[first], masks[second]).map { $0 && $1 }
        guard rows.count(where: { $0 }) >= 3 else { return }
        let left = columns.indices.filter { maskOf[$0] == first }
        let right = columns.indices.filter { maskOf[$0] == second }
        let wanted = Set(left + right).sorted()
        let found = Parallel.map(wanted.count) { standardizedRanks(wanted[$0], rows: rows) }
        let ranks = Dictionary(uniqueKeysWithValues: zip(wanted, found))
        for a in left {
            for b in right where first != second || a <= b {
                guard let x = ranks[a] ?? nil, let y = ranks[b] ?? nil else { continue }
                var product = 0.0
                for index in x.indices { product += x[index] * y[index] }
                rho[a][b] = a == b ? 1 : max(-1, min(1, product))
                rho[b][a] = rho[a][b]
            }
        }
    }

    /// Ranks within these rows, centred and of length one; nil where they are all the same.
    private func standardizedRanks(_ column: Int, rows: [Bool]) -> [Double]? {
        let order = orders[column].filter { rows[Int($0)] }
        let ranks = Ranks.ranks(columns[column], order: order)
        let mean = Double(order.count + 1) / 2
        var square = 0.0
        for row in order { square += (ranks[Int(row)] - mean) * (ranks[Int(row)] - mean) }
        guard square > 0 else { return nil }
        let scale = 1 / square.squareRoot()
        return rows.indices.filter { rows[$0] }.map { (ranks[$0] - mean) * scale }
    }
}
