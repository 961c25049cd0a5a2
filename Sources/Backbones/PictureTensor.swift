package import Datasets
package import Recipes

/// A picture as a backbone takes it: resampled with a triangle filter as wide as the reduction (what Pillow calls `BILINEAR`),
/// then standardised, channel by channel. A grey picture is three equal channels.
package struct PictureTensor {
    private let input: Backbone.PictureInput

    package init(_ input: Backbone.PictureInput) { self.input = input }

    /// 3 x height x width numbers.
    package func tensor(of picture: Raster) -> [Float] {
        let part = part(of: picture)
        let columns = Filter(from: part.width, offset: part.left, limit: picture.width, to: input.width)
        let rows = Filter(from: part.height, offset: part.top, limit: picture.height, to: input.height)
        let area = input.height * input.width
        return [Float](unsafeUninitializedCapacity: 3 * area) { out, count in
            var lines = [Float](repeating: 0, count: picture.height * input.width)
            for channel in 0..<picture.channels {
                lines.withUnsafeMutableBufferPointer { lines in
                    columns.reduce(picture, channel, rows: rows.range, into: lines)
                    rows.reduce(UnsafeBufferPointer(lines), width: input.width, into: out.baseAddress! + channel * area)
                }
            }
            for channel in picture.channels..<3 {
                (out.baseAddress! + channel * area).update(from: out.baseAddress!, count: area)
            }
            for channel in 0..<3 {
                let (mean, factor) = (Float(input.mean[channel]), 1 / Float(input.scale[channel]))
                for at in channel * area..<(channel + 1) * area { out[at] = (out[at] - mean) * factor }
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
    /// Of each output: the first input and the weights from there on.
    private let taps: [(first: Int, weights: [Float])]
    /// The inputs that any output looks at.
    let range: Range<Int>

    init(from length: Double, offset: Double, limit: Int, to count: Int) {
        let scale = length / Double(count)
        let support = max(1, scale)
        taps = (0..<count).map { place in
            let centre = offset + (Double(place) + 0.5) * scale
            let first = max(0, Int((centre - support).rounded(.down)))
            let last = min(limit, Int((centre + support).rounded(.up)))
            var weights = (first..<max(first + 1, last)).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / support) }
            let sum = weights.reduce(0, +)
            weights = sum > 0 ? weights.map { $0 / sum } : [1]
            return (min(first, limit - 1), weights.map { Float($0) })
        }
        range = (taps.first?.first ?? 0)..<((taps.last.map { $0.first + $0.weights.count }) ?? 1)
    }

    /// Along the rows of one channel.
    func reduce(_ picture: Raster, _ channel: Int, rows: Range<Int>, into out: UnsafeMutableBufferPointer<Float>) {
        picture.pixels.withUnsafeBufferPointer { pixels in
            for row in rows.clamped(to: 0..<picture.height) {
                let line = pixels.baseAddress! + row * picture.width * picture.channels + channel
                for (place, tap) in taps.enumerated() {
                    var sum: Float = 0
                    var at = tap.first * picture.channels
                    for weight in tap.weights {
                        sum += weight * Float(line[at])
                        at += picture.channels
                    }
                    out[row * taps.count + place] = sum
                }
            }
        }
    }

    /// Down the columns.
    func reduce(_ lines: UnsafeBufferPointer<Float>, width: Int, into out: UnsafeMutablePointer<Float>) {
        for (place, tap) in taps.enumerated() {
            let row = out + place * width
            row.initialize(repeating: 0, count: width)
            for (step, weight) in tap.weights.enumerated() {
                let line = lines.baseAddress! + (tap.first + step) * width
                for column in 0..<width { row[column] += weight * line[column] }
            }
        }
    }
}
