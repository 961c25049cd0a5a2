/// Makes a dataset of a table, in two readings: what the columns are; then the examples. Memory holds the examples,
/// sources, ids and labels, never the text.
struct TableDataset {
    let format: String
    let table: any Table
    let context: IngestContext

    func parsed() throws(IngestError) -> ParsedDataset {
        let (profiles, rows) = try profile()
        guard rows > 0 else {
            throw .tableRow(place: table.files[0].name, expected: "rows of data", got: "none")
        }
        let plan = try TablePlan(table, profiles, rows: rows, context)
        if context.options.task == nil, let label = plan.label,
            let refusal = profiles[label].quantity(name: table.columns[label])
        {
            throw refusal
        }
        var examples = TableExamples(plan, table, rows: rows)
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
            ids: plan.id == nil ? nil : examples.ids,
            pictures: nil,
            texts: try texts?.finish(
                names: plan.texts.map { table.columns[$0] },
                areAll: plan.texts.count == plan.inputs.count
            ),
            columns: FeatureColumns(names: plan.names, deviations: plan.deviations)
        )
    }

    private func profile() throws(IngestError) -> ([ColumnProfile], rows: Int) {
        var profiles: [ColumnProfile] = []
        var rows = 0
        try table.readAll(context, share: 0...0.5) { (file, record) throws(IngestError) in
            rows += 1
            guard rows <= context.limits.examples else {
                throw .tooLarge(what: "rows in \(file.name)", got: rows, limit: context.limits.examples)
            }
            while profiles.count < table.columns.count { profiles.append(ColumnProfile()) }
            // Wide tables keep fewer values of each column, so that all of them stay small.
            let limit = profiles.count <= 1_000 ? context.limits.classes : ColumnProfile.categories + 1
            for column in 0..<record.count {
                try record.withCell(column) { (cell) throws(IngestError) in
                    profiles[column].add(cell, decimalComma: table.hasDecimalCommas, numberLimit: limit) {
                        "\(file.name):\(record.line)"
                    }
                }
            }
        }
        while profiles.count < table.columns.count { profiles.append(ColumnProfile()) }
        return (profiles, rows)
    }
}

/// The examples of a table while they are read.
private struct TableExamples {
    private(set) var values: [Float]
    private(set) var isTest: [Bool] = []
    private(set) var sources: [String] = []
    private(set) var ids: [String] = []
    private(set) var labels = TableLabels()
    private let plan: TablePlan
    private let columns: [String]
    private let decimalComma: Bool

    init(_ plan: TablePlan, _ table: any Table, rows: Int) {
        self.plan = plan
        columns = table.columns
        decimalComma = table.hasDecimalCommas
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
        isTest.append(file.isTest)
        if let id = plan.id { ids.append(id < record.count ? record.text(id) : "") }
        let label = plan.label.map { $0 < record.count ? record.text($0) : "" }
        labels.add(label ?? "", isTest: file.isTest)
        for input in plan.inputs {
            try record.withCell(input.column) { (cell) throws(IngestError) in
                let first = start + input.first
                if CellNumber.isMissing(cell) {
                    note(input, first, source, context)
                    return
                }
                switch input.kind {
                case .number:
                    let value = CellNumber.value(of: cell, decimalComma: decimalComma)
                    guard let number = value.map({ Float($0) }), number.isFinite else {
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
