/// How the values of an image array become bytes 0...255.
///
/// Bytes stay as they are. Otherwise the values of all arrays together decide: [0, 1] and [-1, 1] are stretched, whole
/// numbers up to 255 stay, and so do fractions whose rounding leaves many levels; anything else goes from its smallest (0)
/// to its largest value (255). A few values beyond a range, as rounding and resampling leave them, are cut off.
package enum PixelScale: Hashable {
    case asIs
    case zeroToOne
    case minusOneToOne
    case minToMax(Float, Float)

    /// - Parameters:
    ///   - beyond: shares of the values outside [0, 1], [-1, 1] and [0, 255]
    package init(
        smallest: Float,
        largest: Float,
        integral: Bool,
        beyond: (zeroToOne: Double, minusOneToOne: Double, bytes: Double)? = nil
    ) {
        let beyond =
            beyond ?? (
                smallest >= 0 && largest <= 1 ? 0 : 1, smallest >= -1 && largest <= 1 ? 0 : 1,
                smallest >= 0 && largest <= 255 ? 0 : 1
            )
        if integral, smallest >= 0, largest > 1, largest <= 255 {
            self = .asIs
        } else if !integral || largest <= 1, beyond.zeroToOne <= Self.few, smallest > -0.5, largest < 2 {
            self = .zeroToOne
        } else if beyond.minusOneToOne <= Self.few, smallest > -2, largest < 2 {
            self = .minusOneToOne
        } else if beyond.bytes <= Self.few, largest >= Float(Self.levels), smallest > -64, largest < 320 {
            self = .asIs
        } else {
            self = .minToMax(smallest, largest)
        }
    }

    /// Share of the values that may lie beyond a range.
    private static let few = 0.001
    /// Whole numbers that rounding has to leave.
    private static let levels = 64

    /// For the reading.
    var range: (from: [Double], rule: String)? {
        switch self {
        case .asIs: nil
        case .zeroToOne: ([0, 1], "stretched")
        case .minusOneToOne: ([-1, 1], "stretched")
        case .minToMax(let smallest, let largest): ([Double(smallest), Double(largest)], "stretched")
        }
    }

    package func byte(_ value: Float) -> UInt8 {
        let scaled: Float =
            switch self {
            case .asIs: value
            case .zeroToOne: value * 255
            case .minusOneToOne: (value + 1) * 127.5
            case .minToMax(let smallest, let largest):
                // In Double: the difference of two Floats may overflow.
                largest > smallest
                    ? Float((Double(value) - Double(smallest)) / (Double(largest) - Double(smallest)) * 255) : 0
            }
        return UInt8(min(max(scaled.rounded(), 0), 255))
    }

    var note: String {
        switch self {
        case .asIs: " by rounding"
        case .zeroToOne: " from [0, 1]"
        case .minusOneToOne: " from [-1, 1]"
        case .minToMax(let smallest, let largest): " from [\(smallest), \(largest)]"
        }
    }
}
