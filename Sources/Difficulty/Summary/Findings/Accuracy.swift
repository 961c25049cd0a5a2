extension ScoreSummary {
    /// Shares of right predictions. Each example counts once, with the mean over its members.
    public struct Accuracy: Codable, Sendable, Hashable {
        /// Finished networks on training-split examples that they never saw.
        @Nullable public var heldout: Double?
        /// Wilson 95 % interval of it, over examples.
        @Nullable public var heldoutInterval: [Double]?
        /// The same on the dataset's own test split; nil without one.
        @Nullable public var test: Double?
        /// Wilson 95 % interval of it.
        @Nullable public var testInterval: [Double]?
        /// Finished networks on the examples that they were trained on.
        @Nullable public var train: Double?
        /// Always answering the most frequent class.
        @Nullable public var majorityClass: Double?
        /// The vote of the k nearest neighbours in input space, held out.
        @Nullable public var inputKNN: Double?

        enum CodingKeys: String, CodingKey {
            case heldout, test, train
            case heldoutInterval = "heldout_interval"
            case testInterval = "test_interval"
            case majorityClass = "majority_class"
            case inputKNN = "input_knn"
        }
    }
}

extension SummaryBuilder {
    func accuracy(_ counts: AccuracyCounts) -> ScoreSummary.Accuracy {
        let heldOut = meanConsistency { !evidence.data.isTest[$0] }
        let test = meanConsistency { evidence.data.isTest[$0] }
        var sizes = [Int](repeating: 0, count: evidence.classes)
        for (row, label) in evidence.unplantedLabels.enumerated() where label >= 0 && !evidence.data.isTest[row] {
            sizes[Int(label)] += 1
        }
        return ScoreSummary.Accuracy(
            heldout: heldOut.value,
            heldoutInterval: heldOut.bounds,
            test: test.value,
            testInterval: test.bounds,
            train: AccuracyCounts.share(counts.train),
            majorityClass: Proportion(sizes.max() ?? 0, of: sizes.reduce(0, +)).value,
            inputKNN: counts.probes.isEmpty ? nil : AccuracyCounts.share(counts.probes[evidence.baselineProbe].heldOut)
        )
    }

    func meanConsistency(
        _ column: String = "consistency",
        where included: (Int) -> Bool
    ) -> Proportion {
        let known = evidence.unplanted(table.numbers(column) ?? []).enumerated().filter {
            !$0.element.isNaN && included($0.offset)
        }
        return Proportion(successes: known.reduce(0) { $0 + Double($1.element) }, trials: Double(known.count))
    }
}
