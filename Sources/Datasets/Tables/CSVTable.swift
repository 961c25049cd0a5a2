/// Delimited text.
final class CSVTable: Table {
    let files: [TableFile]
    let columns: [String]
    let hasNames: Bool
    private let context: IngestContext
    private let layouts: [Layout]

    /// How one file is read.
    private struct Layout {
        var encoding: TextEncoding
        var dialect: CSVParser.Dialect
        var hasHeader: Bool
        /// Whether a line `sep=;` comes first.
        var namesSeparator: Bool
        /// Where a file has fewer columns than the first: which of those each of its columns is.
        var columns: [Int]?
        /// What stands before the data of an ARFF file.
        var prelude: ARFFHeader?
    }

    var hasDecimalCommas: Bool { layouts.contains { $0.dialect.separator == 0x3b } }

    /// Looks at the start of every file; all must have the same columns.
    init(_ files: [TableFile], _ context: IngestContext) throws(IngestError) {
        var layouts: [Layout] = []
        var shared: (columns: [String], hasNames: Bool, file: String)?
        for file in files {
            let encoding = try file.encoding(context)
            let (sample, prelude) = try Self.sample(file, encoding, context)
            let layout = Layout(
                encoding: encoding,
                dialect: sample.dialect,
                hasHeader: sample.header != nil && prelude == nil,
                namesSeparator: sample.namesSeparator,
                prelude: prelude
            )
            layouts.append(try Self.withoutBadQuotes(layout, file, context))
            let columns = sample.header.map(Self.unique) ?? (1...sample.columns).map(String.init)
            guard let first = shared else {
                shared = (columns, sample.header != nil, file.name)
                continue
            }
            if sample.header != nil, first.hasNames, columns != first.columns,
                let places = Self.places(of: columns, in: first.columns)
            {
                // A test table without labels, or with its columns in another order.
                layouts[layouts.count - 1].columns = places
                continue
            }
            guard columns == first.columns else {
                throw .tableRow(
                    place: "\(file.name):1",
                    expected: "the columns of \(first.file) (\(Self.list(first.columns)))",
                    got: Self.list(columns)
                )
            }
        }
        guard let shared else { preconditionFailure("a table has a file") }
        context.reading.encoding = layouts[0].encoding.name
        context.reading.separator = String(Unicode.Scalar(layouts[0].dialect.separator))
        self.files = files
        self.layouts = layouts
        self.context = context
        (columns, hasNames) = (shared.columns, shared.hasNames)
        guard columns.count <= context.limits.features else {
            throw .tooLarge(what: "columns in \(shared.file)", got: columns.count, limit: context.limits.features)
        }
    }

    func read(
        _ file: Int,
        progress: (Double) -> Void,
        _ body: (TableRecord) throws(IngestError) -> Void
    ) throws(IngestError) {
        var isHeader = layouts[file].hasHeader
        let places = layouts[file].columns
        var placed = TableRecord()
        var namesSeparator = layouts[file].namesSeparator
        let name = files[file].name
        try Self.read(files[file], layouts[file], context.limits, progress) {
            (record: inout TableRecord) throws(IngestError) in
            if namesSeparator {
                namesSeparator = false
                return
            }
            if isHeader {
                isHeader = false
                return
            }
            // A separator at the end of every line is common.
            let wanted = places?.count ?? columns.count
            record.dropEmptyTail(beyond: wanted)
            guard record.count == wanted else {
                throw .tableRow(
                    place: "\(name):\(record.line)",
                    expected: "\(wanted) cells as the other lines have",
                    got: "\(record.count)"
                )
            }
            if let places {
                placed.clear(line: record.line)
                for (cell, column) in places.enumerated() {
                    let start = placed.size
                    placed.append(try record.withCell(cell) { Array($0) })
                    placed.setCell(column, from: start)
                }
                placed.fill(to: columns.count)
                try body(placed)
            } else {
                try body(record)
            }
        }
    }

    /// Where the columns of a file are among others; nil where one is none of them, or more than one of them is missing.
    private static func places(of columns: [String], in all: [String]) -> [Int]? {
        guard columns.count >= all.count - 1, columns.count > 0 else { return nil }
        let places = columns.compactMap { all.firstIndex(of: $0) }
        return places.count == columns.count ? places : nil
    }

    private static func read(
        _ file: TableFile,
        _ layout: Layout,
        _ limits: IngestLimits,
        _ progress: (Double) -> Void,
        _ body: (inout TableRecord) throws(IngestError) -> Void
    ) throws(IngestError) {
        var parser = CSVParser(layout.dialect, name: file.name, limits: limits)
        let linesBefore = layout.prelude?.lines ?? 0
        func take(_ record: inout TableRecord) throws(IngestError) -> Bool {
            record.line += linesBefore
            try body(&record)
            return true
        }
        var passed = 0
        let prelude = layout.prelude?.length ?? 0
        try file.readText(layout.encoding, limits: limits, progress: progress) { (bytes) throws(IngestError) in
            guard passed < prelude else { return try parser.push(bytes, take) }
            let left = min(prelude - passed, bytes.count)
            passed += left
            return try parser.push(UnsafeBufferPointer(rebasing: bytes[left...]), take)
        }
        try parser.finish(take)
    }

    /// Where tabs separate and the quotes do not pair up, the quotes are text. Comma-separated files need theirs.
    private static func withoutBadQuotes(
        _ layout: Layout,
        _ file: TableFile,
        _ context: IngestContext
    ) throws(IngestError) -> Layout {
        guard layout.dialect.separator == 0x09, layout.dialect.hasQuotes else { return layout }
        var tolerant = layout
        do throws(IngestError) {
            var columns: Int?
            var isFirst = layout.namesSeparator
            try read(file, layout, context.limits, { _ in }) {
                (record: inout TableRecord) throws(IngestError) in
                if isFirst {
                    isFirst = false
                    return
                }
                columns = columns ?? record.count
                guard columns == record.count else { throw .empty }
            }
        } catch {
            tolerant.dialect.hasQuotes = false
        }
        return tolerant
    }

    private static func sample(
        _ file: TableFile,
        _ encoding: TextEncoding,
        _ context: IngestContext
    ) throws(IngestError) -> (CSVSample, ARFFHeader?) {
        var text: [UInt8] = []
        var (lines, isWhole) = (0, true)
        try file.readText(encoding, limits: context.limits) { (bytes) throws(IngestError) in
            text.append(contentsOf: bytes)
            lines += bytes.count { $0 == 0x0a }
            isWhole = text.count < CSVParser.longestRecord && (text.count < CSVSample.bytes || lines < 3)
            return isWhole
        }
        if let prelude = ARFFHeader(text) {
            let data = Array(text[prelude.length...])
            guard let sample = CSVSample(data, isWhole: isWhole)?.named(prelude.names) else {
                throw .tableRow(
                    place: "\(file.name):\(prelude.lines + 1)",
                    expected: "lines of \(prelude.names.count) cells, as there are attributes",
                    got: "others"
                )
            }
            return (sample, prelude)
        }
        let options = context.options
        let known = [options.label, options.id, options.split].compactMap { $0 }
        guard let sample = CSVSample(text, isWhole: isWhole, known: known) else {
            throw .unrecognised(
                found:
                    "the lines of \(file.name) have one cell each; a table has columns separated by comma, semicolon, tab "
                    + "or spaces"
            )
        }
        return (sample, nil)
    }

    /// Repeated names get a number, as pandas gives them.
    private static func unique(_ names: [String]) -> [String] {
        var seen: [String: Int] = [:]
        var taken = Set(names)
        return names.map { name in
            let earlier = seen[name, default: 0]
            seen[name] = earlier + 1
            guard earlier > 0 else { return name }
            var number = earlier
            while !taken.insert("\(name).\(number)").inserted { number += 1 }
            return "\(name).\(number)"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", ... \(names.count) in all" : "")
    }
}
