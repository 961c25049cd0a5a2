/// Examples as an array file holds them: N rows, whatever the shape of one.
struct NumericArray {
    /// For messages.
    var name: String
    var shape: [Int]
    var values: Values

    /// Bytes stay bytes; everything else becomes Float, which holds integers exactly up to 2^24.
    enum Values {
        case bytes([UInt8])
        /// `integral`: the file holds integers (or truth values), not floats.
        case floats([Float], integral: Bool)

        var count: Int {
            switch self {
            case .bytes(let values): values.count
            case .floats(let values, _): values.count
            }
        }
    }

    var rows: Int { shape[0] }

    /// Values in one row.
    var columns: Int { rows == 0 ? 0 : values.count / rows }

    /// Where the flat position lies: `x[row, column]`.
    func place(_ position: Int) -> String { "\(name)[\(position / max(columns, 1)), \(position % max(columns, 1))]" }

    /// `N x C x H x W` as `N x H x W x C`.
    func channelsLast(_ image: ImageShape) -> NumericArray {
        var turned = self
        turned.shape = [rows, image.height, image.width, image.channels]
        guard image.channels > 1 else { return turned }
        switch values {
        case .bytes(let values): turned.values = .bytes(Self.turn(values, image))
        case .floats(let values, let integral): turned.values = .floats(Self.turn(values, image), integral: integral)
        }
        return turned
    }

    private static func turn<Value: BitwiseCopyable>(_ values: [Value], _ image: ImageShape) -> [Value] {
        let plane = image.height * image.width
        return [Value](unsafeUninitializedCapacity: values.count) { out, count in
            for row in stride(from: 0, to: values.count, by: image.count) {
                for channel in 0..<image.channels {
                    for pixel in 0..<plane {
                        out[row + pixel * image.channels + channel] = values[row + channel * plane + pixel]
                    }
                }
            }
            count = values.count
        }
    }
}
