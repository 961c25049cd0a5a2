/// Finds rows of equal bytes.
package enum DuplicateFinder {
    /// For each row the first row with the same bytes: itself where there is no earlier one.
    ///
    /// By hash, then by comparison. The hash is the standard library's, seeded anew in each process, so nobody can send
    /// rows that collide; the answer does not depend on it.
    package static func firstEqual(in bytes: UnsafeRawBufferPointer, rowBytes: Int) -> [Int32] {
        let count = bytes.count / rowBytes
        var first: [Int32] = []
        first.reserveCapacity(count)
        var distinct: [Int: [Int32]] = [:]
        distinct.reserveCapacity(count)
        for row in 0..<count {
            let content = UnsafeRawBufferPointer(rebasing: bytes[row * rowBytes..<(row + 1) * rowBytes])
            var hasher = Hasher()
            hasher.combine(bytes: content)
            let hash = hasher.finalize()
            let earlier = distinct[hash]?.first { candidate in
                let start = Int(candidate) * rowBytes
                return content.elementsEqual(UnsafeRawBufferPointer(rebasing: bytes[start..<start + rowBytes]))
            }
            first.append(earlier ?? Int32(row))
            if earlier == nil { distinct[hash, default: []].append(Int32(row)) }
        }
        return first
    }
}
