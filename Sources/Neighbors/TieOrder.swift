/// The order of references at equal distance: by a hash of (seed, row), never by row, because datasets come sorted by
/// class and a rule by row would favour the first class.
///
/// The hash is output number `row` of SplitMix64 (Steele, Lea, Flood 2014) started at `seed`.
public struct TieOrder: Sendable, Hashable {
    /// Same seed, same order.
    public var seed: UInt64

    /// The order of one job.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// Smaller comes first.
    public func rank(of row: Int) -> UInt64 {
        var value = seed &+ UInt64(row + 1) &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
