import Foundation

/// Text as a bounded number of columns: words, and three characters of a word at a time, are counted in the column that
/// their hash names (feature hashing: Weinberger et al. 2009, with a sign from the hash, so that collisions cancel on
/// average).
///
/// The hash is FNV-1a (64 bits), finished by a multiplication: the same text gives the same columns on every machine.
package struct TextHasher {
    /// Columns.
    package let width: Int
    /// The length of a row after `weigh`: text weighs about as much as so many standardised columns.
    static let rowLength: Float = 8

    package init(width: Int) { self.width = width }

    /// Counts the words of a cell in a row. Letters and digits make words, in lower case; each byte of a character beyond
    /// ASCII counts as a letter.
    package func count(_ text: UnsafeBufferPointer<UInt8>, _ add: (_ column: Int, _ sign: Float) -> Void) {
        if text.allSatisfy({ $0 < 0x80 }) { return countWords(of: text, add) }
        var lower = String(decoding: text, as: UTF8.self).lowercased()
        lower.withUTF8 { countWords(of: $0, add) }
    }

    private func countWords(of text: UnsafeBufferPointer<UInt8>, _ add: (Int, Float) -> Void) {
        var start: Int?
        for at in 0...text.count {
            if at < text.count, Self.isLetter(text[at]) {
                if start == nil { start = at }
            } else if let from = start {
                countPieces(of: UnsafeBufferPointer(rebasing: text[from..<at]), add)
                start = nil
            }
        }
    }

    private func countPieces(of word: UnsafeBufferPointer<UInt8>, _ add: (Int, Float) -> Void) {
        // Marks at both ends tell the start and the end of a word from its middle.
        let marked = [0x02] + word.map(Self.lowercase) + [0x03]
        count(Hash(marked[...]), add)
        let starts = marked.indices.filter { marked[$0] & 0xc0 != 0x80 } + [marked.count]
        for at in 0..<max(0, starts.count - 3) { count(Hash(marked[starts[at]..<starts[at + 3]]), add) }
    }

    private func count(_ hash: Hash, _ add: (Int, Float) -> Void) {
        let value = hash.value
        add(Int(value % UInt64(width)), value >> 63 == 0 ? 1 : -1)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte >= 0x80 || (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

    private struct Hash {
        private var state: UInt64 = 0xcbf2_9ce4_8422_2325

        init(_ bytes: ArraySlice<UInt8>) {
            for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        }

        var value: UInt64 {
            var mixed = state
            mixed ^= mixed >> 32
            mixed = mixed &* 0xd6e8_feb8_6659_fd93
            return mixed ^ mixed >> 32
        }
    }

    /// Turns counts into weights, in place: the logarithm of the count times that of the rarity among the rows
    /// (term frequency times inverse document frequency), each row of length `rowLength`.
    ///
    /// - Parameters:
    ///   - values: all rows of a table with `columns` columns
    ///   - first: the first column of the text
    package func weigh(_ values: UnsafeMutableBufferPointer<Float>, columns: Int, first: Int) {
        let rows = values.count / columns
        var found = [Float](repeating: 0, count: width)
        for row in 0..<rows {
            let start = row * columns + first
            for column in 0..<width where values[start + column] != 0 { found[column] += 1 }
        }
        let rarity = found.map { 1 + log((1 + Double(rows)) / (1 + Double($0))) }.map(Float.init)
        for row in 0..<rows {
            let start = row * columns + first
            var sum: Float = 0
            for column in 0..<width where values[start + column] != 0 {
                let value = values[start + column]
                let weight = log1p(abs(value)) * rarity[column]
                values[start + column] = value < 0 ? -weight : weight
                sum += weight * weight
            }
            guard sum > 0 else { continue }
            let scale = Self.rowLength / sum.squareRoot()
            for column in 0..<width { values[start + column] *= scale }
        }
    }
}
