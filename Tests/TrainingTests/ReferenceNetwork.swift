import Foundation
import Training

/// A network evaluated by plain loops in float64: slow, and obviously what the definitions say.
struct ReferenceNetwork {
    let layers: [Layer]
    /// C, H, W or D.
    let dimensions: [Int]

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
        var values = input
        var shape = dimensions
        var next = 0
        for layer in layers {
            let output = layer.output(of: shape)
            switch layer.kind {
            case .convolution:
                values = convolve(values, shape, weights[next], bias: weights[next + 1])
                next += 2
            case .maxPooling(let size): values = pool(values, shape, size: size, output: output)
            case .dense(let units):
                let width = values.count
                values = (0..<units).map { unit in
                    (0..<width).reduce(weights[next + 1][unit]) { $0 + weights[next][unit * width + $1] * values[$1] }
                }
                next += 2
            }
            if layer.relu { values = values.map { max(0, $0) } }
            shape = output
        }
        return values
    }

    private func convolve(_ values: [Double], _ shape: [Int], _ weights: [Double], bias: [Double]) -> [Double] {
        let (channels, height, width) = (shape[0], shape[1], shape[2])
        var result: [Double] = []
        for (output, bias) in bias.enumerated() {
            for y in 0..<height {
                for x in 0..<width {
                    var sum = bias
                    for channel in 0..<channels {
                        for dy in 0..<3 where (0..<height).contains(y + dy - 1) {
                            for dx in 0..<3 where (0..<width).contains(x + dx - 1) {
                                sum +=
                                    weights[((output * channels + channel) * 3 + dy) * 3 + dx]
                                    * values[(channel * height + y + dy - 1) * width + x + dx - 1]
                            }
                        }
                    }
                    result.append(sum)
                }
            }
        }
        return result
    }

    private func pool(_ values: [Double], _ shape: [Int], size: Int, output: [Int]) -> [Double] {
        var result: [Double] = []
        for channel in 0..<output[0] {
            for y in 0..<output[1] {
                for x in 0..<output[2] {
                    var largest = -Double.infinity
                    for dy in 0..<size {
                        for dx in 0..<size {
                            let place = (channel * shape[1] + y * size + dy) * shape[2] + x * size + dx
                            largest = max(largest, values[place])
                        }
                    }
                    result.append(largest)
                }
            }
        }
        return result
    }
}
