import Datasets

/// The labels of a log's examples as class codes.
struct LogLabels {
    /// Labels as a log holds them.
    enum Raw {
        case integers([Int64])
        case names([String])

        var count: Int {
            switch self {
            case .integers(let values): values.count
            case .names(let values): values.count
            }
        }

        func text(_ row: Int) -> String {
            switch self {
            case .integers(let values): "\(values[row])"
            case .names(let values): "'\(values[row])'"
            }
        }
    }

    /// What else the log says about its classes.
    struct Classes {
        /// Names in the order of the logits, where the log has them.
        var names: [String]?
        /// C, where an array has a column for each class, and the name of that array.
        var columns: (name: String, count: Int)?
        /// The largest class that the log predicts; -1 where it predicts none.
        var largestPrediction = -1
        /// Classes that there may be.
        var limit: Int
    }

    /// Class of each example, -1 where there is none.
    let codes: [Int32]
    let classes: [String]

    /// The class of a log that says what was right without saying what it is.
    static let unknown = "unknown"

    /// Labels of a log that has none: all there is to know is whether predictions were right.
    init(unknown count: Int) {
        codes = Array(repeating: 0, count: count)
        classes = [Self.unknown]
    }

    /// Integers are positions among the classes, -1 a missing label; names are sorted where the log does not give their
    /// order.
    init(_ raw: Raw, name: String, classes: Classes) throws(LogError) {
        switch raw {
        case .integers(let values):
            let largest = max(Int(clamping: values.max() ?? 0), classes.largestPrediction)
            let count = classes.columns?.count ?? classes.names?.count ?? largest + 1
            guard count <= classes.limit else {
                throw LogError(name, expected: "at most \(classes.limit) classes", got: "classes up to \(largest)")
            }
            if let names = classes.names, names.count != count {
                throw LogError("classes", expected: Self.width(classes, count), got: "\(names.count) names")
            }
            for (row, value) in values.enumerated() where value < -1 || value >= Int64(count) {
                throw LogError(
                    "\(name)[\(row)]",
                    expected: "a class from 0 to \(count - 1), or -1 for none",
                    got: "\(value)"
                )
            }
            codes = values.map { Int32($0) }
            self.classes = classes.names ?? (0..<max(1, count)).map(String.init)
        case .names(let values):
            let names = classes.names ?? LabelColumn.sorted(Set(values.filter { !$0.isEmpty }))
            let count = max(classes.columns?.count ?? names.count, classes.largestPrediction + 1)
            guard names.count == count else {
                throw LogError(
                    classes.names == nil ? name : "classes",
                    expected: "\(Self.width(classes, count)); an array `classes` gives the names in that order",
                    got: "\(names.count) names"
                )
            }
            guard count <= classes.limit else {
                throw LogError(name, expected: "at most \(classes.limit) classes", got: "\(count)")
            }
            let codeOf = Dictionary(zip(names, Int32(0)...)) { first, _ in first }
            guard codeOf.count == names.count else {
                throw LogError("classes", expected: "each name once", got: "a name twice")
            }
            var codes: [Int32] = []
            for (row, value) in values.enumerated() {
                guard let code = value.isEmpty ? -1 : codeOf[value] else {
                    throw LogError("\(name)[\(row)]", expected: "one of the names in classes", got: "'\(value)'")
                }
                codes.append(code)
            }
            self.codes = codes
            self.classes = names
        }
    }

    /// Those of the dataset; what the log says itself must agree.
    ///
    /// - Parameters:
    ///   - rowOf: the dataset's row of each example of the log
    init(
        of target: LogTarget,
        raw: Raw?,
        name: String,
        rowOf: [Int],
        classes: Classes
    ) throws(LogError) {
        if let columns = classes.columns, columns.count != target.classes.count {
            throw LogError(
                columns.name,
                expected: "C = \(target.classes.count), the classes of the dataset",
                got: "C = \(columns.count)"
            )
        }
        guard classes.largestPrediction < target.classes.count else {
            throw LogError(
                "pred",
                expected: "classes from 0 to \(target.classes.count - 1), those of the dataset",
                got: "\(classes.largestPrediction)"
            )
        }
        codes = target.labels
        self.classes = target.classes
        guard let raw else { return }
        let codeOf = Dictionary(zip(target.classes, Int32(0)...)) { first, _ in first }
        // Numbers are positions where all can be, and names of classes otherwise.
        let isPosition: Bool
        if case .integers(let values) = raw {
            isPosition = values.allSatisfy { (-1..<Int64(target.classes.count)).contains($0) }
        } else {
            isPosition = false
        }
        for position in 0..<raw.count {
            let code: Int32?
            switch raw {
            case .integers(let values): code = isPosition ? Int32(values[position]) : codeOf["\(values[position])"]
            case .names(let values): code = values[position].isEmpty ? -1 : codeOf[values[position]]
            }
            let given = target.labels[rowOf[position]]
            guard code == given else {
                throw LogError(
                    "\(name)[\(position)]",
                    expected: "the label of row \(rowOf[position]) of the dataset, "
                        + (given < 0 ? "none" : "'\(target.classes[Int(given)])'"),
                    got: raw.text(position)
                )
            }
        }
    }

    private static func width(_ classes: Classes, _ count: Int) -> String {
        "\(count) names" + (classes.columns.map { ", one for each column of \($0.name)" } ?? "")
    }
}
