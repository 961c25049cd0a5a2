import Foundation

/// Poisson-distributed numbers from a seed.
struct PoissonGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// A draw: by multiplication for small means (Knuth, The Art of Computer Programming, 3.4.1), by the normal
    /// approximation, which is right to a percent there, for large ones.
    mutating func next(mean: Double) -> Int {
        guard mean > 50 else {
            var product = uniform()
            var count = 0
            let limit = exp(-mean)
            while product > limit {
                product *= uniform()
                count += 1
            }
            return count
        }
        let normal = (-2 * log(uniform())).squareRoot() * cos(2 * Double.pi * uniform())
        return max(0, Int((mean + mean.squareRoot() * normal).rounded()))
    }

    /// In (0, 1): SplitMix64 (Steele, Lea, Flood 2014).
    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        value ^= value >> 31
        return (Double(value >> 11) + 0.5) * 0x1p-53
    }
}
