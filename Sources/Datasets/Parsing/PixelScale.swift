/// How the values of an image array become bytes 0...255.
///
/// Bytes stay as they are. Otherwise the smallest and largest value of all arrays together decide: [0, 1] and [-1, 1]
/// are stretched, 0...255 is rounded, anything else goes from its smallest (0) to its largest value (255).
package enum PixelScale: Hashable {
    case asIs
    case zeroToOne
    case minusOneToOne
    case minToMax(Float, Float)

    package init(smallest: Float, largest: Float, integral: Bool) {
        if integral, smallest >= 0, largest > 1, largest <= 255 {
            self = .asIs
        } else if smallest >= 0, largest <= 1 {
            self = .zeroToOne
        } else if smallest >= -1, largest <= 1 {
            self = .minusOneToOne
        } else if smallest >= 0, largest <= 255 {
            self = .asIs
        } else {
            self = .minToMax(smallest, largest)
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
