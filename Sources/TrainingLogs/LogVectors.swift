import Arrays
import Datasets

/// The small arrays of an NPZ log: labels, names, epochs, learning rates.
struct LogVectors {
    let reader: NPZReader
    let names: LogNames
    let geometry: LogGeometry

    /// Texts or whole numbers, one an example, as texts.
    func texts(_ array: String) throws -> [String]? {
        guard let member = names[array] else { return nil }
        switch try raw(array, member) {
        case .integers(let values): return values.map(String.init)
        case .names(let values): return values
        }
    }

    /// The labels as codes, by row.
    func labels(target: LogTarget?, rowOf: [Int], limits: IngestLimits) throws -> LogLabels {
        let raw = try names["labels"].map { try self.raw("labels", $0) }
        var classes = LogLabels.Classes(
            names: try names["classes"].map { member in
                try isText(member) ? try reader.strings(member) : try integers("classes", member).map(String.init)
            },
            columns: geometry.classes,
            limit: limits.classes
        )
        for array in ["pred", "final_pred", "init_pred"] {
            classes.largestPrediction = max(classes.largestPrediction, try largest(array))
        }
        if let target {
            return try LogLabels(of: target, raw: raw, name: "labels", rowOf: rowOf, classes: classes)
        }
        if let raw { return try LogLabels(raw, name: "labels", classes: classes) }
        let needing = ["pred", "logits", "final_logits", "final_pred", "pred_probs"].first { names.has($0) }
        if let array = needing ?? names.layers.first?.name {
            throw LogError(
                "labels",
                expected: "an array of N classes or names: \(array) alone does not say what is right",
                got: "none"
            )
        }
        return LogLabels(unknown: geometry.examples)
    }

    /// The number of each epoch; 1, 2, ... where the log does not say.
    func epochNumbers() throws -> [Int] {
        guard let member = names["epochs"] else { return Array(1...max(1, geometry.epochs)) }
        let numbers = try integers("epochs", member)
        for (place, number) in numbers.enumerated() {
            guard (0...65_535).contains(number), place == 0 || numbers[place - 1] < number else {
                throw LogError(
                    "epochs[\(place)]",
                    expected: "a number up to 65535 above the one before it",
                    got: "\(number)"
                )
            }
        }
        return numbers.map(Int.init)
    }

    /// Learning rates by epoch: one list, or one for each member.
    func learningRates() throws -> [[Double]]? {
        guard let member = names["learning_rate"], let axes = geometry.axes["learning_rate"] else { return nil }
        var rates = Array(repeating: [Double](repeating: 0, count: geometry.epochs), count: axes.members ?? 1)
        try ArrayStream(reader: reader, axes: axes, member: member).numbers(as: Double.self) { at, value in
            guard value.isFinite, value >= 0 else {
                throw LogError(at.place, expected: "a number of at least 0", got: "\(value)")
            }
            rates[at.member][at.epoch] = value
        }
        return rates
    }

    private func largest(_ array: String) throws -> Int {
        guard let member = names[array], let axes = geometry.axes[array] else { return -1 }
        var largest = -1
        try ArrayStream(reader: reader, axes: axes, member: member).numbers(as: Int64.self) { at, value in
            guard value >= 0 else { throw LogError(at.place, expected: "a class from 0", got: "\(value)") }
            largest = max(largest, Int(clamping: value))
        }
        return largest
    }

    private func isText(_ member: String) throws -> Bool {
        let type = try reader.header(member).dtype
        return type.contains("U") || type.contains("S")
    }

    private func raw(_ array: String, _ member: String) throws -> LogLabels.Raw {
        try isText(member) ? .names(try reader.strings(member)) : .integers(try integers(array, member))
    }

    private func integers(_ array: String, _ member: String) throws -> [Int64] {
        do {
            return try reader.array(member, as: Int64.self, converting: true).values
        } catch ArrayError.valueOutOfRange(_, let index, let value, _) {
            throw LogError("\(array)[\(index)]", expected: "a whole number or text", got: value)
        }
    }
}
