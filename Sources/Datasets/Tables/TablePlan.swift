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
            case number
            /// The position of each category; a missing value has the last column where there is one.
            case category([String: Int], missing: Int?)
            case text(TextHasher)
        }
    }

    /// Columns that all text of one table becomes, at most, and those of one column, at least.
    static let textWidth = (all: 1024, least: 64)

    /// Nil where the table has no labels.
    let label: Int?
    let id: Int?
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

    /// Decides.
    ///
    /// - Parameters:
    ///   - rows: records in all files
    ///   - profiles: one a column
    init(_ table: any Table, _ profiles: [ColumnProfile], rows: Int, _ context: IngestContext) throws(IngestError) {
        let columns = table.columns
        label =
            context.isUnlabelled
            ? nil : try Self.label(columns, profiles, context.options.label, file: table.files[0].name)
        id = try Self.id(columns, context.options.id, hasNames: table.hasNames, label: label)
        var kinds: [(column: Int, kind: ColumnProfile.Kind)] = []
        for column in columns.indices where column != label && column != id {
            let kind = try profiles[column].kind(name: columns[column])
            if case .useless(let reason) = kind {
                context.warnings.add(.ignoredColumns, at: "column '\(columns[column])': \(reason)")
            } else {
                kinds.append((column, kind))
            }
        }
        guard !kinds.isEmpty else {
            throw .tableRow(
                place: table.files[0].name,
                expected: "a column of inputs" + (label.map { " beside the label '\(columns[$0])'" } ?? ""),
                got: "none"
            )
        }
        let textWidth = Self.textWidth(kinds.count { $0.kind == .text }, rows: rows, context.limits)
        for (column, kind) in kinds {
            add(kind, of: column, named: columns[column], isMissing: profiles[column].filled < rows, textWidth)
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
        case .number:
            input = .number
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

    /// The stated column; else one with a usual name; else the last that has values: separators at line ends make an empty
    /// one.
    private static func label(
        _ columns: [String],
        _ profiles: [ColumnProfile],
        _ stated: String?,
        file: String
    ) throws(IngestError) -> Int {
        if let stated { return try find(stated, in: columns, option: "label") }
        guard let last = columns.indices.last(where: { profiles[$0].filled > 0 }) else {
            throw .tableRow(place: file, expected: "columns with values", got: "none")
        }
        let lower = columns.map { $0.lowercased() }
        return CSVSample.labelNames.lazy.compactMap { lower.firstIndex(of: $0) }.first ?? last
    }

    private static func id(
        _ columns: [String],
        _ stated: String?,
        hasNames: Bool,
        label: Int?
    ) throws(IngestError) -> Int? {
        if let stated {
            let id = try find(stated, in: columns, option: "id")
            guard id != label else {
                throw .badOption(name: "id", value: stated, expected: "another column than that of the labels")
            }
            return id
        }
        guard hasNames else { return nil }
        return columns.firstIndex { CSVSample.idNames.contains($0.lowercased()) }.flatMap { $0 == label ? nil : $0 }
    }

    private static func find(_ name: String, in columns: [String], option: String) throws(IngestError) -> Int {
        if let exact = columns.firstIndex(of: name) { return exact }
        let close = columns.indices.filter { columns[$0].lowercased() == name.lowercased() }
        guard let only = close.first, close.count == 1 else {
            let shown = columns.prefix(20).joined(separator: ", ") + (columns.count > 20 ? ", ..." : "")
            throw .badOption(name: option, value: name, expected: "one of the columns \(shown)")
        }
        return only
    }
}
