/// Numbers about the inputs for people, over all examples; computed once, at ingest. Class counts and picture sizes stand
/// beside it in the manifest.
public struct DatasetStatistics: Sendable, Hashable, Codable {
    /// Of images: values 0...255 per channel.
    public var pixels: Columns?
    /// Of features: per column.
    public var features: Columns?

    /// One entry a channel or column; deviations are those of the population.
    public struct Columns: Sendable, Hashable, Codable {
        /// Smallest values.
        public var min: [Double]
        /// Largest values.
        public var max: [Double]
        /// Means.
        public var mean: [Double]
        /// Standard deviations.
        public var std: [Double]
    }
}

extension DatasetStatistics.Columns {
    /// Over the channels of pixels, exactly: sums of integers.
    init(pixels: UnsafeBufferPointer<UInt8>, channels: Int) {
        self.init(min: [], max: [], mean: [], std: [])
        for channel in 0..<channels {
            // A histogram says everything, and costs one addition a pixel.
            var histogram = [Int](repeating: 0, count: 256)
            histogram.withUnsafeMutableBufferPointer { histogram in
                for at in stride(from: channel, to: pixels.count, by: channels) { histogram[Int(pixels[at])] += 1 }
            }
            let count = histogram.reduce(0, +)
            let sum = histogram.indices.reduce(0) { $0 + $1 * histogram[$1] }
            let squares = histogram.indices.reduce(0) { $0 + $1 * $1 * histogram[$1] }
            let mean = Double(sum) / Double(Swift.max(count, 1))
            min.append(Double(histogram.firstIndex { $0 > 0 } ?? 0))
            max.append(Double(histogram.lastIndex { $0 > 0 } ?? 0))
            self.mean.append(mean)
            std.append(Swift.max(0, Double(squares) / Double(Swift.max(count, 1)) - mean * mean).squareRoot())
        }
    }

    /// Over columns of features, in two passes and in the order of the rows.
    init(features: UnsafeBufferPointer<Float>, columns: Int) {
        let rows = features.count / Swift.max(1, columns)
        var smallest = [Double](repeating: .infinity, count: columns)
        var largest = [Double](repeating: -.infinity, count: columns)
        var sums = [Double](repeating: 0, count: columns)
        for row in 0..<rows {
            for column in 0..<columns {
                let value = Double(features[row * columns + column])
                smallest[column] = Swift.min(smallest[column], value)
                largest[column] = Swift.max(largest[column], value)
                sums[column] += value
            }
        }
        let means = sums.map { $0 / Double(Swift.max(1, rows)) }
        var squares = [Double](repeating: 0, count: columns)
        for row in 0..<rows {
            for column in 0..<columns {
                let distance = Double(features[row * columns + column]) - means[column]
                squares[column] += distance * distance
            }
        }
        self.init(
            min: smallest,
            max: largest,
            mean: means,
            std: squares.map { ($0 / Double(rows)).squareRoot() }
        )
    }

    /// For inputs divided by `scale`.
    func normalisation(scale: Double) -> DatasetManifest.Normalisation {
        DatasetManifest.Normalisation(
            mean: mean.map { $0 / scale },
            std: zip(zip(min, max), std).map { range, std in range.0 == range.1 || std == 0 ? 1 : std / scale }
        )
    }

    /// Columns that have one value only.
    var constant: [Int] { min.indices.filter { min[$0] == max[$0] } }
}

extension DatasetManifest.Normalisation {
    /// One deviation for all columns, the root of their mean variance, so that directions keep their lengths against each other:
    /// scaling each column of an embedding by its own makes noise of columns that say little.
    mutating func shareDeviation() {
        // A column of one value has deviation 0, for which 1 is written.
        let variance = std.reduce(0) { $0 + ($1 == 1 ? 0 : $1 * $1) } / Double(Swift.max(1, std.count))
        std = Array(repeating: variance > 0 ? variance.squareRoot() : 1, count: std.count)
    }
}
