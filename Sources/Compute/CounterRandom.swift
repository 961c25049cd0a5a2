/// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011).
///
/// The n-th block of four words is a pure function of (seed, purpose, step, n): key = the two halves of the seed,
/// counter = (n low, n high, step, purpose). So streams for different purposes or steps never overlap, need no state
/// to be kept, and can be drawn in any order.
public struct CounterRandom: RandomNumberGenerator, Sendable {
    /// What a stream is for. The raw values are part of what makes a result reproducible: never renumber them.
    public enum Purpose: UInt32, Sendable {
        case initialisation = 1
        case shuffling = 2
        case augmentation = 3
    }

    private let key: SIMD2<UInt32>
    private let step: UInt32
    private let purpose: UInt32
    private var block: UInt64 = 0
    private var words = SIMD4<UInt32>()
    private var wordsLeft = 0

    /// The stream for one use (`purpose`, `step`) under one seed.
    public init(seed: UInt64, purpose: Purpose, step: UInt32) {
        self.init(seed: seed, purpose: purpose.rawValue, step: step)
    }

    /// One of the streams within a use, such as that of one example: its blocks are those with n high = `stream`, so
    /// that 2^32 streams of 2^34 words each never overlap.
    public init(seed: UInt64, purpose: Purpose, step: UInt32, stream: UInt32) {
        self.init(seed: seed, purpose: purpose.rawValue, step: step)
        block = UInt64(stream) << 32
    }

    init(seed: UInt64, purpose: UInt32, step: UInt32) {
        self.key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        self.step = step
        self.purpose = purpose
    }

    /// The next 32 random bits.
    public mutating func nextWord() -> UInt32 {
        if wordsLeft == 0 {
            let counter = SIMD4(
                UInt32(truncatingIfNeeded: block),
                UInt32(truncatingIfNeeded: block >> 32),
                step,
                purpose
            )
            words = CounterRandom.philox(counter, key: key)
            wordsLeft = 4
            block += 1
        }
        defer { wordsLeft -= 1 }
        return words[4 - wordsLeft]
    }

    /// The next 64 random bits: two words, the low one first.
    public mutating func next() -> UInt64 {
        let low = UInt64(nextWord())
        return low | UInt64(nextWord()) << 32
    }

    /// Uniform in [0, 1), a multiple of 2^-24.
    public mutating func nextUnitFloat() -> Float {
        Float(nextWord() >> 8) * 0x1p-24
    }

    /// Uniform in 0..<bound without bias (Lemire, "Fast random integer generation in an interval", 2019).
    public mutating func next(below bound: UInt32) -> UInt32 {
        precondition(bound > 0)
        var product = UInt64(nextWord()) * UInt64(bound)
        if UInt32(truncatingIfNeeded: product) < bound {
            let threshold = (0 &- bound) % bound
            while UInt32(truncatingIfNeeded: product) < threshold {
                product = UInt64(nextWord()) * UInt64(bound)
            }
        }
        return UInt32(product >> 32)
    }

    /// Shuffles in place (Fisher-Yates, from the end). Written out because the standard library does not promise to
    /// keep the order its `shuffle` produces from one release to the next.
    public mutating func shuffle<Element>(_ values: inout [Element]) {
        guard values.count > 1 else { return }
        for last in stride(from: values.count - 1, to: 0, by: -1) {
            values.swapAt(last, Int(next(below: UInt32(last + 1))))
        }
    }

    /// One block of Philox4x32-10.
    package static func philox(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var counter = counter
        var key = key
        for round in 0..<10 {
            if round > 0 {
                key[0] &+= 0x9E37_79B9
                key[1] &+= 0xBB67_AE85
            }
            let first = UInt64(0xD251_1F53) * UInt64(counter[0])
            let second = UInt64(0xCD9E_8D57) * UInt64(counter[2])
            counter = SIMD4(
                UInt32(second >> 32) ^ counter[1] ^ key[0],
                UInt32(truncatingIfNeeded: second),
                UInt32(first >> 32) ^ counter[3] ^ key[1],
                UInt32(truncatingIfNeeded: first)
            )
        }
        return counter
    }
}
