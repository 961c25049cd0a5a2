/// What each column of a table becomes: the label, the id, some columns of the examples, or nothing.
struct TablePlan {
    /// Columns of the examples that come from one column of the table.
    struct Input {
        var kind: Kind
        /// The column of the table.
        var column: Int
        /// The first column of the examples.
        var first: Int
        var width: Int

        enum Kind {
            case number(NumberSpelling)
            /// The position of each category; a missing value has the last column where there is one.
            case category([String: Int], missing: Int?)
            case text(TextHasher)
        }
    }

    /// Columns that all text of one table becomes, at most, and those of one column, at least.
    static let textWidth = (all: 1024, least: 64)

    let roles: TableRoles
    private(set) var inputs: [Input] = []
    /// Columns of the table that hold text.
    var texts: [Int] {
        inputs.compactMap { input in
            if case .text = input.kind { input.column } else { nil }
        }
    }
    /// Columns of the examples.
    private(set) var width = 0
    /// A name for each of them.
    private(set) var names: [String] = []
    /// The deviation to divide by where it is not the measured one.
    private(set) var deviations: [Double?] = []

    /// Lays the inputs out.
    init(_ roles: TableRoles, _ facts: TableRoles.Facts, _ context: IngestContext) throws(IngestError) {
        self.roles = roles
        let rows = facts.rows
        let kinds = roles.inputs
        guard !kinds.isEmpty else {
            let label = roles.labels?.columns.first.map { facts.names[$0] }
            throw .tableRow(
                place: facts.file,
                expected: "a column of inputs" + (label.map { " beside the label '\($0)'" } ?? ""),
                got: "none"
            )
        }
        let textWidth = Self.textWidth(kinds.count { $0.kind == .text }, rows: rows, context.limits)
        for (column, kind) in kinds {
            add(
                kind,
                of: column,
                named: facts.names[column],
                isMissing: facts.profiles[column].filled < rows,
                textWidth
            )
            guard width <= context.limits.features else {
                throw .tooLarge(what: "feature columns", got: width, limit: context.limits.features)
            }
        }
        let bytes = rows.multipliedReportingOverflow(by: width * MemoryLayout<Float>.size)
        guard !bytes.overflow, bytes.partialValue <= context.limits.exampleBytes else {
            throw .tooLarge(
                what: "bytes of \(rows) rows with \(width) feature columns",
                got: bytes.overflow ? .max : bytes.partialValue,
                limit: context.limits.exampleBytes
            )
        }
    }

    private mutating func add(
        _ kind: ColumnProfile.Kind,
        of column: Int,
        named name: String,
        isMissing: Bool,
        _ textWidth: Int
    ) {
        let input: Input.Kind
        let first = width
        switch kind {
        case .number(let spelling):
            input = .number(spelling)
            names.append(name)
            deviations.append(nil)
        case .category(let values):
            let positions = Dictionary(uniqueKeysWithValues: zip(values, 0...))
            input = .category(positions, missing: isMissing ? values.count : nil)
            names += values.map { "\(name)=\($0)" } + (isMissing ? ["\(name)="] : [])
            // Gelman 2008: two categories of equal size differ by two deviations, as numbers do; a rare one is no outlier.
            deviations += [Double?](repeating: 0.5, count: names.count - first)
        case .text:
            input = .text(TextHasher(width: textWidth))
            names += (0..<textWidth).map { "\(name)#\($0)" }
            deviations += [Double?](repeating: 1, count: textWidth)
        case .useless: return
        }
        width = names.count
        inputs.append(Input(kind: input, column: column, first: first, width: width - first))
    }

    /// All text columns together have `textWidth.all` columns, fewer where the rows are so many that they would not fit.
    private static func textWidth(_ count: Int, rows: Int, _ limits: IngestLimits) -> Int {
        var width = textWidth.all
        while width > textWidth.least, width * count > textWidth.all || width * count * rows > limits.exampleBytes / 8 {
            width /= 2
        }
        return width
    }
}
