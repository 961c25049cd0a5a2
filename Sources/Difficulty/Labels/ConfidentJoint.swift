/// The confident joint (Northcutt et al. 2021, section 3.1): how many examples of each given class confidently belong to
/// which class, and from it the number of label errors.
struct ConfidentJoint: Sendable {
    let classes: Int
    /// Mean self-confidence of each class's examples; nil for a class without labelled held-out examples.
    let thresholds: [Double?]
    /// C x C: examples of given class i that confidently belong to class j.
    let counts: [Int]
    /// Labelled held-out examples of each given class.
    let given: [Int]
    /// The confident class of each example, -1 where no class reaches its threshold or there is no label.
    let confidentClass: [Int32]

    /// - Parameters:
    ///   - labels: N, -1 where missing
    ///   - probabilities: N x C mean held-out probabilities, NaN where there are none
    init(labels: [Int32], probabilities: [Float], classes: Int) {
        self.classes = classes
        var sums = [Double](repeating: 0, count: classes)
        var given = [Int](repeating: 0, count: classes)
        for (row, label) in labels.enumerated() where label >= 0 {
            let own = probabilities[row * classes + Int(label)]
            if own.isNaN { continue }
            sums[Int(label)] += Double(own)
            given[Int(label)] += 1
        }
        let thresholds = zip(sums, given).map { $1 > 0 ? $0 / Double($1) : nil }
        var counts = [Int](repeating: 0, count: classes * classes)
        confidentClass = labels.indices.map { row in
            guard labels[row] >= 0, !probabilities[row * classes].isNaN else { return -1 }
            var best: Int?
            for index in 0..<classes {
                let value = probabilities[row * classes + index]
                guard let threshold = thresholds[index], Double(value) >= threshold else { continue }
                if value > probabilities[row * classes + (best ?? index)] || best == nil { best = index }
            }
            guard let best else { return -1 }
            counts[Int(labels[row]) * classes + best] += 1
            return Int32(best)
        }
        self.thresholds = thresholds
        self.counts = counts
        self.given = given
    }

    /// Label errors among the examples of one given class, in the sample of its confident examples.
    func errors(ofClass index: Int) -> Proportion {
        let row = counts[index * classes..<(index + 1) * classes]
        let all = row.reduce(0, +)
        return Proportion(all - row[row.startIndex + index], of: all)
    }

    /// Estimated number of examples of given class `i` that really belong to `j`: the joint with each row scaled to the
    /// size of its class.
    func estimate(given i: Int, really j: Int) -> Double {
        let all = counts[i * classes..<(i + 1) * classes].reduce(0, +)
        guard all > 0 else { return i == j ? Double(given[i]) : 0 }
        return Double(counts[i * classes + j]) / Double(all) * Double(self.given[i])
    }

    /// Estimated number of label errors, with a 95 % interval.
    ///
    /// Each class's share has its Wilson interval; the interval of their weighted sum follows by the method of variance
    /// estimates recovery (Zou and Donner 2008), which stays sensible where a class has no error at all. It covers
    /// chance in the examples, not systematic mistakes of the networks.
    var estimatedErrors: (value: Double, low: Double, high: Double) {
        var (value, below, above) = (0.0, 0.0, 0.0)
        for index in 0..<classes {
            let share = errors(ofClass: index)
            guard let p = share.value, let interval = share.interval else { continue }
            let weight = Double(given[index])
            value += weight * p
            below += (weight * (p - interval.low)) * (weight * (p - interval.low))
            above += (weight * (interval.high - p)) * (weight * (interval.high - p))
        }
        return (value, max(0, value - below.squareRoot()), min(Double(given.reduce(0, +)), value + above.squareRoot()))
    }
}
