/// Random numbers as a pure function of (seed, purpose, stream, counter): the finaliser of SplitMix64 (Steele, Lea,
/// Flood, OOPSLA 2014) applied to a key mixed from the first three, plus the golden-ratio increment times the counter.
///
/// Nothing here depends on how many numbers were drawn before for another purpose, so member i of a job is the same in
/// every job that asks for it.
public struct CounterGenerator: RandomNumberGenerator, Sendable {
    /// What the numbers are for; distinct purposes give independent streams.
    public enum Purpose: UInt64, Sendable {
        /// The shuffle that deals examples into folds; the stream is the repeat.
        case split = 1
        /// A member's own seed; the stream is the member index.
        case member = 2
        /// The hash that breaks ties between equally distant neighbours.
        case ties = 3
        /// The lots that hold examples out of random subsets; the stream is the cycle and the train ratio.
        case subset = 4
        /// The own seed of a member of a random subset; the stream is the run and the train ratio.
        case subsetMember = 5
        /// Lots of pruning: among equal scores (stream 0), and random sets (the run and one).
        case pruning = 6
        /// The labels that a job plants.
        case plant = 7
        /// The examples that runs of the plan `threshold_samples` give a fake class.
        case thresholdSamples = 8
    }

    private let key: UInt64
    private var counter: UInt64 = 0

    /// - Parameters:
    ///   - seed: the job's seed
    ///   - purpose: what the numbers are for
    ///   - stream: the repeat, member or other index within the purpose
    public init(seed: UInt64, purpose: Purpose, stream: UInt64) {
        var key = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
        key = Self.mix(key ^ (purpose.rawValue &* 0xD1B5_4A32_D192_ED03))
        key = Self.mix(key ^ (stream &* 0x8CB9_2BA7_2F3D_8DD7))
        self.key = key
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        counter &+= 1
        return Self.mix(key &+ counter &* 0x9E37_79B9_7F4A_7C15)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number in 0..<bound without bias (Lemire 2019, rejection by multiplication).
    mutating func next(below bound: UInt64) -> UInt64 {
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
        }
        return product.high
    }

    /// Shuffles in place (Fisher-Yates from the end). Written out because the standard library does not promise that
    /// its own shuffle keeps drawing the same way.
    package mutating func shuffle<Element>(_ values: inout [Element]) {
        for last in stride(from: values.count - 1, to: 0, by: -1) {
            values.swapAt(last, Int(next(below: UInt64(last + 1))))
        }
    }
}
