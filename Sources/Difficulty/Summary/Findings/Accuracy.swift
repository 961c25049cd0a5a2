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
        /// Mean over the classes of the accuracy on their held-out examples: what counts where some classes are rare.
        @Nullable public var heldoutBalanced: Double?
        /// Area under the ROC curve of the mean held-out probability of a class, one class against the rest, averaged over
        /// the classes: .5 is chance, 1 a perfect order. Whether networks know a rare class shows here first.
        @Nullable public var heldoutAUC: Double?
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
            case heldoutBalanced = "heldout_balanced"
            case heldoutAUC = "heldout_auc"
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
            heldoutBalanced: balancedConsistency,
            heldoutAUC: discrimination?.mean,
            train: AccuracyCounts.share(counts.train),
            majorityClass: Proportion(sizes.max() ?? 0, of: sizes.reduce(0, +)).value,
            inputKNN: counts.probes.isEmpty ? nil : AccuracyCounts.share(counts.probes[evidence.baselineProbe].heldOut)
        )
    }

    /// Mean over classes of the mean consistency of their examples.
    private var balancedConsistency: Double? {
        let consistency = evidence.unplanted(table.numbers("consistency") ?? [])
        var sums = [Double](repeating: 0, count: evidence.classes)
        var counts = [Int](repeating: 0, count: evidence.classes)
        for (row, value) in consistency.enumerated() where !value.isNaN && !evidence.data.isTest[row] {
            let label = Int(evidence.unplantedLabels[row])
            guard label >= 0 else { continue }
            sums[label] += Double(value)
            counts[label] += 1
        }
        let means = zip(sums, counts).filter { $0.1 > 0 }.map { $0 / Double($1) }
        return means.isEmpty ? nil : means.reduce(0, +) / Double(means.count)
    }

    /// How well held-out probabilities order the examples; nil where there are none.
    var discrimination: Discrimination? {
        table.heldOutProbabilities.flatMap { probabilities in
            Discrimination(
                labels: evidence.unplantedLabels.enumerated().map { evidence.data.isTest[$0] ? -1 : $1 },
                probabilities: probabilities,
                classes: evidence.classes
            )
        }
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
