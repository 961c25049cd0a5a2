/// Where a training run reads its examples from.
public protocol Examples {
    /// What one example looks like.
    var shape: InputShape { get }
    /// Number of examples N.
    var count: Int { get }
    /// Writes example `row`, standardised, as `shape.count` floats.
    func copy(row: Int, to destination: UnsafeMutablePointer<Float>)
}

/// Images of unsigned bytes, N x H x W x C, standardised by channel: (value / 255 - mean) / std.
public struct ImageExamples: Examples {
    /// H x W x C.
    public let shape: InputShape
    /// Number of images N.
    public let count: Int
    private let pixels: UnsafeBufferPointer<UInt8>
    private let channels: Int
    private let pixelsPerImage: Int
    /// channel x 256: the standardised value of each byte.
    private let table: [Float]

    /// - Parameters:
    ///   - pixels: N x H x W x C; must outlive this value.
    ///   - mean, std: by channel, of value / 255.
    public init(
        pixels: UnsafeBufferPointer<UInt8>,
        height: Int,
        width: Int,
        channels: Int,
        mean: [Double],
        std: [Double]
    ) {
        precondition(mean.count == channels && std.count == channels && std.allSatisfy { $0 > 0 })
        shape = .image(height: height, width: width, channels: channels)
        pixelsPerImage = height * width
        count = pixels.count / (pixelsPerImage * channels)
        self.pixels = pixels
        self.channels = channels
        table = (0..<channels).flatMap { channel in
            (0..<256).map { Float((Double($0) / 255 - mean[channel]) / std[channel]) }
        }
    }

    /// Writes image `row` channel by channel, C x H x W.
    public func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
        let image = UnsafeBufferPointer(rebasing: pixels[(row * pixelsPerImage * channels)...])
        table.withUnsafeBufferPointer { table in
            for channel in 0..<channels {
                let plane = destination + channel * pixelsPerImage
                for pixel in 0..<pixelsPerImage {
                    plane[pixel] = table[channel &* 256 &+ Int(image[pixel &* channels &+ channel])]
                }
            }
        }
    }
}

/// Rows of features, N x D floats, standardised by column: (value - mean) / std.
public struct FeatureExamples: Examples {
    /// D features.
    public let shape: InputShape
    /// Number of rows N.
    public let count: Int
    private let values: UnsafeBufferPointer<Float>
    private let mean: [Float]
    private let inverse: [Float]

    /// - Parameters:
    ///   - values: N x D; must outlive this value.
    ///   - mean, std: by column.
    public init(values: UnsafeBufferPointer<Float>, mean: [Double], std: [Double]) {
        precondition(mean.count == std.count && !mean.isEmpty && std.allSatisfy { $0 > 0 })
        shape = .features(mean.count)
        count = values.count / mean.count
        self.values = values
        self.mean = mean.map(Float.init)
        inverse = std.map { Float(1 / $0) }
    }

    /// Writes the D features of `row`.
    public func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
        let start = row * mean.count
        for column in mean.indices {
            destination[column] = (values[start + column] - mean[column]) * inverse[column]
        }
    }
}
