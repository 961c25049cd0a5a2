/// Sorts rows by a number, in time that grows with their count only.
public enum RowOrder {
    private static let bits = 11

    /// Rows by value; those without one (NaN) last, ties by row index.
    ///
    /// - Parameter values: N numbers
    /// - Returns: N rows
    ///
    /// A radix sort from the least significant digit: stable, so that ties stay in the order of rows (Knuth, The Art of
    /// Computer Programming, volume 3, section 5.2.5).
    public static func sorted(_ values: UnsafeBufferPointer<Float>, descending: Bool) -> [Int32] {
        let count = values.count
        var keys = values.map { key($0, descending: descending) }
        var rows = (0..<Int32(count)).map { $0 }
        var otherKeys = [UInt32](repeating: 0, count: count)
        var otherRows = [Int32](repeating: 0, count: count)
        for shift in stride(from: 0, to: 32, by: bits) {
            var starts = [Int](repeating: 0, count: 1 << bits)
            for key in keys { starts[digit(key, shift)] += 1 }
            // All keys share this digit: nothing moves.
            if starts.contains(count) { continue }
            var sum = 0
            for place in starts.indices {
                sum += starts[place]
                starts[place] = sum - starts[place]
            }
            for index in 0..<count {
                let digit = digit(keys[index], shift)
                let place = starts[digit]
                starts[digit] = place + 1
                otherKeys[place] = keys[index]
                otherRows[place] = rows[index]
            }
            swap(&keys, &otherKeys)
            swap(&rows, &otherRows)
        }
        return rows
    }

    private static func digit(_ key: UInt32, _ shift: Int) -> Int { Int(key >> UInt32(shift)) & (1 << bits - 1) }

    /// An integer that orders as the number does: the sign bit turned over, and all others of a negative number.
    private static func key(_ value: Float, descending: Bool) -> UInt32 {
        if value.isNaN { return .max }
        // -0 and 0 are equal.
        let pattern = value == 0 ? 0 : value.bitPattern
        let ascending = pattern & 0x8000_0000 == 0 ? pattern | 0x8000_0000 : ~pattern
        return descending ? ~ascending : ascending
    }
}
