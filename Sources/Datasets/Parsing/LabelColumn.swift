/// One label a row as class codes, with the classes in order; -1 is a missing label.
package struct LabelColumn: Hashable {
    var codes: [Int32]
    var classes: [String]

    /// None at all.
    init(unlabelled count: Int) {
        codes = [Int32](repeating: -1, count: count)
        classes = []
    }

    /// Labels as a file holds them.
    enum Raw: Hashable {
        case integers([Int64])
        case floats([Double])
        case booleans([Bool])
        case strings([String])

        /// Those of examples that have none.
        static func none(_ count: Int) -> Raw { .strings([String](repeating: "", count: count)) }

        var count: Int {
            switch self {
            case .integers(let values): values.count
            case .floats(let values): values.count
            case .booleans(let values): values.count
            case .strings(let values): values.count
            }
        }
    }

    /// Makes codes of labels.
    ///
    /// Missing are -1 (unless the labels are exactly -1 and 1, the convention of support vector machines), NaN and the
    /// empty string. Without `declared` names the classes are the distinct labels, sorted as numbers where all are
    /// numbers, else by their UTF-8 bytes; with them, integers are positions in the list and strings are names in it.
    /// - Parameter place: names row i for an error
    init(
        _ raw: Raw,
        declared: [String]? = nil,
        limits: IngestLimits,
        warnings: inout WarningLog,
        place: (Int) -> String
    ) throws(IngestError) {
        let names: [String?]
        switch raw {
        case .strings(let values):
            if let declared {
                try self.init(names: values, declared: declared, place: place)
                return
            }
            names = values.map { $0.isEmpty ? nil : $0 }
        case .booleans(let values):
            if let declared {
                try self.init(integers: values.map { $0 ? 1 : 0 }, declared: declared, place: place)
                return
            }
            names = values.map { $0 ? "true" : "false" }
        case .floats(let values):
            let integers = try Self.integers(values, place: place)
            try self.init(
                .integers(integers),
                declared: declared,
                limits: limits,
                warnings: &warnings,
                place: place
            )
            return
        case .integers(let values):
            if let declared {
                try self.init(integers: values, declared: declared, place: place)
                return
            }
            let distinct = Set(values)
            let isBinary = distinct == [-1, 1]
            if isBinary { warnings.add(.minusOneIsClass) }
            names = values.map { $0 == -1 && !isBinary ? nil : String($0) }
        }
        let distinct = Set(names.compactMap { $0 })
        guard distinct.count <= limits.classes else {
            throw .tooManyClasses(got: distinct.count, limit: limits.classes)
        }
        let classes = Self.sorted(distinct)
        let codeOf = Dictionary(uniqueKeysWithValues: zip(classes, Int32(0)...))
        self.init(codes: names.map { $0.flatMap { codeOf[$0] } ?? -1 }, classes: classes)
    }

    /// Codes and classes that are known to fit.
    init(codes: [Int32], classes: [String]) {
        self.codes = codes
        self.classes = classes
    }

    private init(integers: [Int64], declared: [String], place: (Int) -> String) throws(IngestError) {
        codes = []
        codes.reserveCapacity(integers.count)
        for (row, value) in integers.enumerated() {
            guard (-1..<Int64(declared.count)).contains(value) else {
                throw .labelOutsideClasses(place: place(row), got: String(value), classes: declared.count)
            }
            codes.append(Int32(value))
        }
        classes = declared
    }

    private init(names: [String], declared: [String], place: (Int) -> String) throws(IngestError) {
        let codeOf = Dictionary(uniqueKeysWithValues: zip(declared, Int32(0)...))
        codes = []
        codes.reserveCapacity(names.count)
        for (row, name) in names.enumerated() {
            guard let code = name.isEmpty ? -1 : codeOf[name] else {
                throw .labelOutsideClasses(place: place(row), got: "'\(name)'", classes: declared.count)
            }
            codes.append(code)
        }
        classes = declared
    }

    /// Whole floats as integers, NaN as -1.
    private static func integers(_ values: [Double], place: (Int) -> String) throws(IngestError) -> [Int64] {
        var integers: [Int64] = []
        integers.reserveCapacity(values.count)
        for (row, value) in values.enumerated() {
            if value.isNaN {
                integers.append(-1)
            } else if let whole = Int64(exactly: value) {
                integers.append(whole)
            } else {
                throw .continuousTarget(place: place(row), value: "\(value)")
            }
        }
        return integers
    }

    /// Numerically where every name is a finite number, else by UTF-8 bytes.
    package static func sorted(_ names: Set<String>) -> [String] {
        let byBytes = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let numbered = byBytes.compactMap { name in Double(name).flatMap { $0.isFinite ? (name, $0) : nil } }
        guard numbered.count == byBytes.count else { return byBytes }
        // Equal numbers ("1", "01") keep the order of their bytes: Swift's sort is stable.
        return numbered.sorted { $0.1 < $1.1 }.map(\.0)
    }
}
