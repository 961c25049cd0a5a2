import Foundation

/// Probabilities from a row of logits, in double precision.
struct Softmax {
    /// The probabilities of the last row.
    private(set) var probabilities: [Double]

    init(classes: Int) {
        probabilities = [Double](repeating: 0, count: classes)
    }

    /// Takes the row that starts at `offset`.
    mutating func take(_ logits: UnsafeBufferPointer<Float>, at offset: Int) {
        var largest = -Double.infinity
        for column in probabilities.indices { largest = max(largest, Double(logits[offset + column])) }
        var sum = 0.0
        for column in probabilities.indices {
            let value = exp(Double(logits[offset + column]) - largest)
            probabilities[column] = value
            sum += value
        }
        for column in probabilities.indices { probabilities[column] /= sum }
    }

    /// Entropy of the last row in nats.
    var entropy: Double { Self.entropy(probabilities) }

    /// Entropy in nats, 0 log 0 = 0.
    static func entropy(_ probabilities: some Sequence<Double>) -> Double {
        probabilities.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
    }
}
