/// Makes a dataset of a table, in two readings: what the columns are; then the examples. Memory holds the examples,
/// sources, ids and labels, never the text.
struct TableDataset {
    let format: String
    let table: any Table
    let context: IngestContext

    func parsed() throws(IngestError) -> ParsedDataset {
        let facts = try TableRoles.Facts(table, context)
        guard facts.rows > 0 else {
            throw .tableRow(place: table.files[0].name, expected: "rows of data", got: "none")
        }
        context.reading.rows = facts.rows
        let roles = try TableRoles(facts, context.options)
        let plan = try TablePlan(roles, facts, context)
        note(roles, facts)
        var examples = TableExamples(plan, table, rows: facts.rows, context.options.nothing)
        let texts = plan.texts.isEmpty ? nil : try SpooledTexts(columns: plan.texts, context)
        try table.readAll(context, share: 0.5...1) { (file, record) throws(IngestError) in
            try examples.add(record, file, context)
            try texts?.add(record)
        }
        examples.finish(context)
        return ParsedDataset(
            format: format,
            examples: .features(columns: plan.width, values: examples.values),
            labels: try examples.labels.column(context),
            isTest: examples.isTest,
            sources: examples.sources,
            ids: roles.id == nil ? nil : examples.ids,
            pictures: nil,
            texts: try texts?.finish(
                names: plan.texts.map { table.columns[$0] },
                areAll: plan.texts.count == plan.inputs.count
            ),
            columns: FeatureColumns(names: plan.names, deviations: plan.deviations)
        )
    }

    /// Says what was decided: in the reading, and in warnings what may surprise.
    private func note(_ roles: TableRoles, _ facts: TableRoles.Facts) {
        context.reading.label = roles.label
        context.reading.columns = roles.columns
        context.reading.id = roles.id.map { facts.names[$0] }
        context.reading.split = roles.split.map { facts.names[$0.column] } ?? (table.files.count > 1 ? "files" : nil)
        for column in roles.columns where column.role == .ignored {
            guard let reason = column.reason, reason != .asked else { continue }
            context.warnings.add(
                reason == .determinesLabel ? .leakingColumns : .ignoredColumns,
                at: "column '\(column.name)': \(reason.words)" + (column.undo.map { "; \($0) brings it back" } ?? "")
            )
        }
        for name in roles.askedLeaks { context.warnings.add(.leaksAskedFor, at: "column '\(name)'") }
        for (column, kind) in roles.inputs {
            switch kind {
            case .number(let spelling)
            where spelling != .plain && !(table.hasDecimalCommas && spelling == .decimalComma):
                context.warnings.add(
                    .spelledNumbers,
                    at:
                        "column '\(facts.names[column])': \(facts.profiles[column].examples.first ?? ""), \(spelling.words)"
                )
            case .text, .category:
                guard facts.profiles[column].hasUnreadDigits, facts.profiles[column].hasManyValues else { continue }
                context.warnings.add(
                    .digitsAsText,
                    at: "column '\(facts.names[column])': \(facts.profiles[column].examples.joined(separator: ", "))"
                )
            default: break
            }
        }
    }
}

/// The examples of a table while they are read.
private struct TableExamples {
    private(set) var values: [Float]
    private(set) var isTest: [Bool] = []
    private(set) var sources: [String] = []
    private(set) var ids: [String] = []
    private(set) var labels: TableLabels
    private let plan: TablePlan
    private let columns: [String]
    private let missing: CellNumber.Missing

    init(_ plan: TablePlan, _ table: any Table, rows: Int, _ missing: CellNumber.Missing) {
        self.plan = plan
        self.missing = missing
        columns = table.columns
        labels = TableLabels(missing)
        values = [Float](repeating: 0, count: rows * plan.width)
        isTest.reserveCapacity(rows)
        sources.reserveCapacity(rows)
    }

    mutating func add(_ record: TableRecord, _ file: TableFile, _ context: IngestContext) throws(IngestError) {
        let start = sources.count * plan.width
        // The file was read before, but whoever holds it open may have changed it since.
        guard start + plan.width <= values.count else {
            throw .damagedArchive(reason: "the upload changed while it was read")
        }
        let source = "\(file.name):\(record.line)"
        sources.append(source)
        let roles = plan.roles
        let isForTesting =
            file.isTest
            || roles.split.map { split in
                split.column < record.count && split.isTest[record.text(split.column)] ?? false
            } ?? false
        isTest.append(isForTesting)
        if let id = roles.id { ids.append(id < record.count ? record.text(id) : "") }
        try labels.add(label(record, roles.labels, source), isTest: isForTesting, at: source)
        for input in plan.inputs {
            try record.withCell(input.column) { (cell) throws(IngestError) in
                let first = start + input.first
                if missing.holds(cell) {
                    note(input, first, source, context)
                    return
                }
                switch input.kind {
                case .number(let spelling):
                    guard let value = spelling.value(of: cell) else {
                        values[first] = .nan
                        let isNothing = CellNumber.isMissingAmongNumbers(cell)
                        let place = "\(source), column '\(columns[input.column])'"
                        context.warnings.add(
                            isNothing ? .missingValues : .unreadNumbers,
                            at: isNothing ? place : "\(place): '\(String(decoding: cell.prefix(40), as: UTF8.self))'"
                        )
                        return
                    }
                    let number = Float(value)
                    guard number.isFinite else {
                        throw .tableRow(
                            place: "\(source), column '\(columns[input.column])'",
                            expected: "a finite number that a 32-bit float holds",
                            got: "'\(String(decoding: cell.prefix(60), as: UTF8.self))'"
                        )
                    }
                    values[first] = number
                case .category(let positions, _):
                    if let position = positions[String(decoding: cell, as: UTF8.self)] { values[first + position] = 1 }
                case .text(let hasher):
                    hasher.count(cell) { column, sign in values[first + column] += sign }
                }
            }
        }
    }

    /// The label of a record as it is written; of a one-hot list the place of its 1.
    private func label(
        _ record: TableRecord,
        _ labels: TableRoles.Labels?,
        _ source: String
    ) throws(IngestError) -> String {
        switch labels {
        case nil: return ""
        case .column(let column): return column < record.count ? record.text(column) : ""
        case .oneHot(let columns):
            let ones = columns.indices.filter {
                columns[$0] < record.count && CellNumber.value(of: record.text(columns[$0])) == 1
            }
            if ones.isEmpty { return "" }
            guard ones.count == 1 else {
                throw .tableRow(
                    place: source,
                    expected: "one 1 in the one-hot label, as an example has one class",
                    got: "\(ones.count) of them"
                )
            }
            return String(ones[0])
        }
    }

    private mutating func note(_ input: TablePlan.Input, _ first: Int, _ source: String, _ context: IngestContext) {
        let place = "\(source), column '\(columns[input.column])'"
        switch input.kind {
        case .number:
            values[first] = .nan
            context.warnings.add(.missingValues, at: place)
        case .category(_, let missing):
            if let missing { values[first + missing] = 1 }
            context.warnings.add(.missingCategories, at: place)
        case .text: context.warnings.add(.missingCategories, at: place)
        }
    }

    /// Fills missing numbers by the mean of the training rows, and weighs the words.
    mutating func finish(_ context: IngestContext) {
        let (width, rows) = (plan.width, sources.count)
        for input in plan.inputs {
            switch input.kind {
            case .number:
                var (sum, count) = (0.0, 0)
                for row in 0..<rows where !isTest[row] && !values[row * width + input.first].isNaN {
                    sum += Double(values[row * width + input.first])
                    count += 1
                }
                let mean = count == 0 ? 0 : Float(sum / Double(count))
                for row in 0..<rows where values[row * width + input.first].isNaN {
                    values[row * width + input.first] = mean
                }
            case .text(let hasher):
                values.withUnsafeMutableBufferPointer { hasher.weigh($0, columns: width, first: input.first) }
            case .category: break
            }
        }
    }
}
