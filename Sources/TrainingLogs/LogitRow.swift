import Foundation

/// What the logits of one observation say, in float64 until the end.
struct LogitRow {
    /// The class of the largest logit, the lowest of several equal ones.
    let predicted: Int
    /// Probability of the given label; NaN without one, as the two below.
    let labelProbability: Float
    /// Its logit minus the largest other one.
    let margin: Float
    /// Its cross-entropy in nats.
    let loss: Float
    /// Sum over classes of squared probabilities.
    let squared: Float

    /// - Parameters:
    ///   - logits: at least two, finite
    ///   - label: the class, or -1
    init(_ logits: UnsafeBufferPointer<Float>, label: Int) {
        var best = 0
        for column in 1..<logits.count where logits[column] > logits[best] { best = column }
        predicted = best
        let top = Double(logits[best])
        var (sum, squares) = (0.0, 0.0)
        for logit in logits {
            let value = exp(Double(logit) - top)
            sum += value
            squares += value * value
        }
        squared = Float(squares / (sum * sum))
        guard label >= 0 else {
            (labelProbability, margin, loss) = (.nan, .nan, .nan)
            return
        }
        let own = Double(logits[label])
        var other = -Double.infinity
        for column in logits.indices where column != label { other = max(other, Double(logits[column])) }
        labelProbability = Float(exp(own - top) / sum)
        margin = Float(own - other)
        loss = Float(top + log(sum) - own)
    }
}
