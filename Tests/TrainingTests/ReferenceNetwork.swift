import Compute
import Foundation
import Training

/// A network evaluated by plain loops in float64: slow, and obviously what the definitions say.
struct ReferenceNetwork {
    let layers: [Layer]
    /// C, H, W or D.
    let dimensions: [Int]

    /// What a layer gives for one example.
    private struct Activation {
        var values: [Double]
        var shape: [Int]
    }

    /// Mean cross-entropy.
    ///
    /// - Parameter weights: weight and bias of each layer that has them, row-major.
    func loss(_ inputs: [[Double]], _ labels: [Int], weights: [[Double]]) -> Double {
        var total = 0.0
        for (input, label) in zip(inputs, labels) {
            let logits = self.logits(input, weights: weights)
            let largest = logits.max() ?? 0
            total += log(logits.reduce(0) { $0 + exp($1 - largest) }) + largest - logits[label]
        }
        return total / Double(inputs.count)
    }

    func logits(_ input: [Double], weights: [[Double]]) -> [Double] {
        var below = Activation(values: input, shape: dimensions)
        var named: [String: Activation] = [:]
        var weights = weights[...]
        for layer in layers {
            let source = layer.source.flatMap { named[$0] } ?? below
            let shape = layer.output(of: source.shape)
            var values: [Double]
            switch layer.kind {
            case .convolution(let filter):
                let weight = weights.removeFirst()
                let bias = filter.hasBias ? weights.removeFirst() : Array(repeating: 0, count: filter.channels)
                values = convolve(source, filter.isStandardized ? standardize(weight, filter) : weight, bias, filter)
            case .normalization(let statistics):
                values = normalize(source, scale: weights.removeFirst(), shift: weights.removeFirst(), statistics)
            case .addition(let other):
                values = zip(source.values, named[other]!.values).map { $0 + $1 }
            case .relu: values = source.values.map { max(0, $0) }
            case .maxPooling(let size): values = pool(source, size: size, output: shape)
            case .averagePooling:
                let pixels = source.shape[1] * source.shape[2]
                values = (0..<shape[0]).map { channel in
                    source.values[channel * pixels..<(channel + 1) * pixels].reduce(0, +) / Double(pixels)
                }
            case .dense(let units):
                let width = source.values.count
                let (weight, bias) = (weights.removeFirst(), weights.removeFirst())
                values = (0..<units).map { unit in
                    (0..<width).reduce(bias[unit]) { $0 + weight[unit * width + $1] * source.values[$1] }
                }
            }
            if layer.relu { values = values.map { max(0, $0) } }
            below = Activation(values: values, shape: shape)
            named[layer.name] = below
        }
        return below.values
    }

    private func standardize(_ weights: [Double], _ filter: Layer.Filter) -> [Double] {
        let width = weights.count / filter.channels
        return (0..<filter.channels).flatMap { channel in
            let row = weights[channel * width..<(channel + 1) * width]
            let mean = row.reduce(0, +) / Double(width)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            return row.map { ($0 - mean) / (variance + 1e-10).squareRoot() }
        }
    }

    /// Group normalisation; batches would tie the examples together.
    private func normalize(
        _ source: Activation,
        scale: [Double],
        shift: [Double],
        _ statistics: Normalization.Statistics
    ) -> [Double] {
        guard case .group(let channels) = statistics else { preconditionFailure("one example has no batch") }
        let pixels = source.shape[1] * source.shape[2]
        let size = channels * pixels
        return stride(from: 0, to: source.values.count, by: size).flatMap { start in
            let group = source.values[start..<start + size]
            let mean = group.reduce(0, +) / Double(size)
            let variance = group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
            return group.indices.map { place in
                let channel = place / pixels
                return (group[place] - mean) / (variance + 1e-5).squareRoot() * scale[channel] + shift[channel]
            }
        }
    }

    private func convolve(
        _ source: Activation,
        _ weights: [Double],
        _ bias: [Double],
        _ filter: Layer.Filter
    ) -> [Double] {
        let (channels, height, width) = (source.shape[0], source.shape[1], source.shape[2])
        let (size, stride, padding) = (filter.size, filter.stride, filter.size / 2)
        var result: [Double] = []
        for (output, bias) in bias.enumerated() {
            for y in Swift.stride(from: -padding, to: height - padding, by: stride) {
                for x in Swift.stride(from: -padding, to: width - padding, by: stride) {
                    var sum = bias
                    for channel in 0..<channels {
                        for dy in 0..<size where (0..<height).contains(y + dy) {
                            for dx in 0..<size where (0..<width).contains(x + dx) {
                                sum +=
                                    weights[((output * channels + channel) * size + dy) * size + dx]
                                    * source.values[(channel * height + y + dy) * width + x + dx]
                            }
                        }
                    }
                    result.append(sum)
                }
            }
        }
        return result
    }

    private func pool(_ source: Activation, size: Int, output: [Int]) -> [Double] {
        var result: [Double] = []
        for channel in 0..<output[0] {
            for y in 0..<output[1] {
                for x in 0..<output[2] {
                    var largest = -Double.infinity
                    for dy in 0..<size {
                        for dx in 0..<size {
                            let row = channel * source.shape[1] + y * size + dy
                            largest = max(largest, source.values[row * source.shape[2] + x * size + dx])
                        }
                    }
                    result.append(largest)
                }
            }
        }
        return result
    }
}
