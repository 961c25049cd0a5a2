package import Datasets
package import Recipes

/// A picture as a backbone takes it: resampled with a triangle filter as wide as the reduction (what Pillow calls `BILINEAR`),
/// then standardised, channel by channel. A grey picture is three equal channels.
package struct PictureTensor {
    private let input: Backbone.PictureInput

    package init(_ input: Backbone.PictureInput) { self.input = input }

    /// 3 x height x width numbers.
    ///
    /// First down the columns, all of a row of bytes at once, then along the rows, the three channels of a pixel at once.
    package func tensor(of picture: Raster) -> [Float] {
        let part = part(of: picture)
        let columns = Filter(from: part.width, offset: part.left, limit: picture.width, to: input.width)
        let rows = Filter(from: part.height, offset: part.top, limit: picture.height, to: input.height)
        let (area, channels) = (input.height * input.width, picture.channels)
        let standards = (0..<3).map { (mean: Float(input.mean[$0]), factor: 1 / Float(input.scale[$0])) }
        // One pixel more than there is: the last is read as four numbers.
        var line = [Float](repeating: 0, count: picture.width * channels + 4)
        return [Float](unsafeUninitializedCapacity: 3 * area) { out, count in
            line.withUnsafeMutableBufferPointer { line in
                for row in 0..<input.height {
                    rows.blend(picture.pixels, rowBytes: picture.width * channels, into: line, at: row)
                    for column in 0..<input.width {
                        let pixel = columns.blend(UnsafeBufferPointer(line), channels: channels, at: column)
                        let place = row * input.width + column
                        for channel in 0..<3 {
                            let value = pixel[channels == 1 ? 0 : channel]
                            (out.baseAddress! + channel * area + place).initialize(
                                to: (value - standards[channel].mean) * standards[channel].factor
                            )
                        }
                    }
                }
            }
            count = 3 * area
        }
    }

    /// The part of a picture that is looked at.
    private func part(of picture: Raster) -> (top: Double, left: Double, height: Double, width: Double) {
        let (height, width) = (Double(picture.height), Double(picture.width))
        guard input.resize == .crop else { return (0, 0, height, width) }
        let factor = min(height / Double(input.height), width / Double(input.width))
        let (inner, across) = (factor * Double(input.height), factor * Double(input.width))
        return ((height - inner) / 2, (width - across) / 2, inner, across)
    }
}

/// The weights of a triangle filter along one axis.
private struct Filter {
    /// Of each output: the first input, and where its weights lie.
    private var taps: [(first: Int, weights: Range<Int>)] = []
    private var weights: [Float] = []

    init(from length: Double, offset: Double, limit: Int, to count: Int) {
        let scale = length / Double(count)
        let support = max(1, scale)
        for place in 0..<count {
            let centre = offset + (Double(place) + 0.5) * scale
            let first = min(max(0, Int((centre - support).rounded(.down))), limit - 1)
            let last = max(first + 1, min(limit, Int((centre + support).rounded(.up))))
            let shares = (first..<last).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / support) }
            let sum = shares.reduce(0, +)
            taps.append((first, weights.count..<weights.count + shares.count))
            weights += shares.map { Float(sum > 0 ? $0 / sum : 1 / Double(shares.count)) }
        }
    }

    /// Row number `place` of the outputs: rows of bytes, weighted and added.
    func blend(_ bytes: [UInt8], rowBytes: Int, into line: UnsafeMutableBufferPointer<Float>, at place: Int) {
        let (first, range) = taps[place]
        line.update(repeating: 0)
        bytes.withUnsafeBufferPointer { bytes in
            for (step, weight) in weights[range].enumerated() {
                let row = bytes.baseAddress! + (first + step) * rowBytes
                let line = line.baseAddress!
                for at in 0..<rowBytes { line[at] += weight * Float(row[at]) }
            }
        }
    }

    /// Pixel number `place` of the outputs, of a line of pixels: its channels, and what follows them.
    func blend(_ line: UnsafeBufferPointer<Float>, channels: Int, at place: Int) -> SIMD4<Float> {
        let (first, range) = taps[place]
        let start = UnsafeRawPointer(line.baseAddress! + first * channels)
        var sum = SIMD4<Float>.zero
        for (step, weight) in weights[range].enumerated() {
            let pixel = start.loadUnaligned(
                fromByteOffset: step * channels * MemoryLayout<Float>.stride,
                as: SIMD4<Float>.self
            )
            sum += weight * pixel
        }
        return sum
    }
}
