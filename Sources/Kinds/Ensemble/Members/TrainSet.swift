import Foundation

/// A set of rows to train on, as one bit a row: the lowest bit of the first byte is row 0. In JSON it is base64.
public struct TrainSet: Codable, Hashable, Sendable {
    private let bits: Data

    /// - Parameters:
    ///   - rows: those in the set
    ///   - count: N
    public init(_ rows: [Int], of count: Int) {
        var bits = Data(count: (count + 7) / 8)
        for row in rows { bits[row / 8] |= 1 << (row % 8) }
        self.bits = bits
    }

    /// Reads base64.
    public init(from decoder: any Decoder) throws { bits = try Data(from: decoder) }

    /// Writes base64.
    public func encode(to encoder: any Encoder) throws { try bits.encode(to: encoder) }

    /// Whether a row is in the set.
    public func contains(_ row: Int) -> Bool {
        row / 8 < bits.count && bits[bits.startIndex + row / 8] & 1 << (row % 8) != 0
    }
}
