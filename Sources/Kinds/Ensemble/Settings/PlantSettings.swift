import Experiments

/// Wrong labels that a job plants in its own copy of the labels, to measure how well its scores find them
/// (Difficulty/README.md section 8). Nothing is left to a default.
public struct PlantSettings: Codable, Hashable, Sendable {
    /// How a label becomes a wrong one. Classes without labelled training examples are left out of both.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Any other class, each with the same chance.
        case uniform
        /// The class that follows in the order of the classes, the first one after the last.
        case pair
    }

    /// How a label becomes a wrong one.
    public var kind: Kind
    /// Share of the labelled training examples.
    public var fraction: Double
    /// The number that this share is, at least 2.
    public var labels: Int

    /// Labels planted where nothing is said, or `defaultFraction` where that is more.
    static let defaultLabels = 50
    /// Share planted where nothing is said.
    static let defaultFraction = 0.05
    /// What is planted where nothing is said is at most this share: more would change what a small dataset teaches.
    static let largestDefaultFraction = 0.2
    /// Above this share the planted labels of two classes are nearly as frequent as the right ones.
    public static let largestFraction = 0.4

    /// Parameters are those of the properties.
    public init(kind: Kind, fraction: Double, labels: Int) {
        self.kind = kind
        self.fraction = fraction
        self.labels = labels
    }

    /// - Parameter classCounts: labelled training examples of each class
    /// - Throws: `SettingsError` where the dataset cannot be planted as it is asked for
    static func resolve(_ request: DifficultyRequest.Plant, classCounts: [Int]) throws(SettingsError) -> PlantSettings {
        func refusal(_ pointer: String, _ detail: String) -> SettingsError {
            SettingsError(issues: [.init(pointer: pointer, detail: detail)])
        }
        let classes = classCounts.count { $0 > 0 }
        guard classes >= 2 else {
            throw refusal(
                "/plant",
                "a wrong label needs another class: at least 2 classes with labelled training examples, the dataset has "
                    + "\(classes)"
            )
        }
        let labelled = classCounts.reduce(0, +)
        if let fraction = request.fraction, !(fraction > 0 && fraction <= largestFraction) {
            throw refusal("/plant/fraction", "above 0 and at most \(largestFraction), got \(fraction)")
        }
        let labels: Int
        if let fraction = request.fraction {
            labels = Int((fraction * Double(labelled)).rounded())
        } else {
            labels = min(
                max(defaultLabels, Int((defaultFraction * Double(labelled)).rounded())),
                Int(largestDefaultFraction * Double(labelled))
            )
        }
        guard labels >= 2 else {
            throw refusal(
                "/plant/fraction",
                "at least 2 planted labels are needed, one to choose a cut by and one to check it by; "
                    + "\(request.fraction ?? largestDefaultFraction) of the \(labelled) labelled training examples is \(labels)"
            )
        }
        // One example of each class keeps its label.
        guard labels <= labelled - classes else {
            throw refusal(
                "/plant/fraction",
                "at most \(labelled - classes) labels can be planted, since one example of each of the \(classes) classes "
                    + "keeps its own; got \(labels)"
            )
        }
        return PlantSettings(
            kind: request.kind ?? .uniform,
            fraction: request.fraction ?? Double(labels) / Double(labelled),
            labels: labels
        )
    }
}
