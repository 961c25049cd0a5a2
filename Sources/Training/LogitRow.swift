internal import Foundation

/// What one forward pass says about one example: the evidence of training dynamics (all from its C logits).
public struct LogitRow: Sendable, Hashable {
    /// Class of the largest logit; of equal ones the lowest class.
    public var predicted: Int
    /// Softmax probability of the given label; NaN without a label.
    public var labelProbability: Float
    /// Logit of the label minus the largest other logit; NaN without a label.
    public var margin: Float
    /// Cross-entropy, -log of the label's probability; NaN without a label.
    public var loss: Float
    /// Sum over classes of squared probabilities.
    public var squaredProbabilities: Float

    /// Observes one row of logits.
    ///
    /// - Parameters:
    ///   - label: the given class, or -1 where it is missing.
    ///   - probabilities: receives softmax(logits), C floats.
    init(logits: UnsafePointer<Float>, count: Int, label: Int, probabilities: UnsafeMutablePointer<Float>) {
        var largest = logits[0]
        var predicted = 0
        for index in 1..<max(count, 1) where logits[index] > largest {
            largest = logits[index]
            predicted = index
        }
        var sum: Float = 0
        for index in 0..<count {
            let value = exp(logits[index] - largest)
            probabilities[index] = value
            sum += value
        }
        var squares: Float = 0
        for index in 0..<count {
            let probability = probabilities[index] / sum
            probabilities[index] = probability
            squares += probability * probability
        }
        self.predicted = predicted
        self.squaredProbabilities = squares
        guard label >= 0 else {
            labelProbability = .nan
            margin = .nan
            loss = .nan
            return
        }
        var other = -Float.infinity
        for index in 0..<count where index != label {
            other = max(other, logits[index])
        }
        labelProbability = probabilities[label]
        margin = logits[label] - other
        loss = log(sum) + largest - logits[label]
    }
}

/// Softmax and cross-entropy over the rows of a batch.
enum SoftmaxCrossEntropy {
    /// Observes each row and leaves the gradient of the *mean* loss, (softmax - target) / rows.
    ///
    /// The target is one-hot, or (1 - smoothing) * one-hot + smoothing / C (label smoothing, Szegedy et al. 2016, in
    /// PyTorch's form); what is observed is always about the given label.
    ///
    /// - Parameters:
    ///   - logits: rows x C, row-major.
    ///   - gradient: receives rows x C.
    ///   - labels: a class for each row; none may be missing.
    ///   - smoothing: from 0 to below 1.
    static func gradient(
        logits: UnsafePointer<Float>,
        classes: Int,
        labels: [Int],
        smoothing: Float = 0,
        gradient: UnsafeMutablePointer<Float>,
        observe: (Int, LogitRow) -> Void
    ) {
        let scale = 1 / Float(labels.count)
        for (row, label) in labels.enumerated() {
            let probabilities = gradient + row * classes
            observe(
                row,
                LogitRow(
                    logits: logits + row * classes,
                    count: classes,
                    label: label,
                    probabilities: probabilities
                )
            )
            probabilities[label] -= 1 - smoothing
            if smoothing > 0 {
                for index in 0..<classes { probabilities[index] -= smoothing / Float(classes) }
            }
            for index in 0..<classes {
                probabilities[index] *= scale
            }
        }
    }
}
