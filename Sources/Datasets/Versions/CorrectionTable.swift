import Tasks

/// Corrected labels as a CSV file gives them, matched with the examples of a dataset.
///
/// The header names the columns: `row_idx` or `source` (where both are there they must agree), `label`, and perhaps
/// `exclude`, whose `true` leaves an example out. Other columns are ignored, examples that the file does not name stay as
/// they are, and so does a label where the cell is empty.
struct CorrectionTable {
    /// The class of each example, -1 where it has none.
    private(set) var labels: [Int32]
    /// Whether each example is left out.
    private(set) var isExcluded: [Bool]
    /// Examples whose label is another than before, excluded ones not among them.
    var labelsChanged: Int { labels.indices.count { !isExcluded[$0] && labels[$0] != before[$0] } }
    /// Examples that are left out.
    var examplesExcluded: Int { isExcluded.count { $0 } }

    private let before: [Int32]
    private var errors = Errors()

    /// What was wrong: all is counted, the first few are told.
    private struct Errors {
        static let told = 20
        var count = 0
        var places: [IngestError.Place] = []

        mutating func add(_ line: Int, _ detail: String) {
            count += 1
            if places.count < Self.told { places.append(.init(pointer: "line \(line)", detail: detail)) }
        }
    }

    /// Reads a file.
    ///
    /// - Throws: `IngestError.badCorrections` with the lines that are wrong
    init(_ csv: [UInt8], for dataset: Dataset) throws(IngestError) {
        before = dataset.labelCodes()
        labels = before
        isExcluded = [Bool](repeating: false, count: before.count)
        let sources = try dataset.sources(0..<dataset.count)
        do {
            try read(csv, sources, dataset.manifest.classes)
        } catch .tableRow(let place, let expected, let got) {
            errors.add(Int(place.split(separator: ":").last ?? "") ?? 1, "expected \(expected), got \(got)")
        }
        if errors.count > 0 { throw .badCorrections(count: errors.count, places: errors.places) }
    }

    /// A record and the line that it starts on.
    private struct Record {
        var line: Int
        var cells: [String]
    }

    /// Which cell of a record is what.
    private struct Head {
        var row: Int?
        var source: Int?
        var label: Int?
        var exclude: Int?
    }

    private mutating func read(_ csv: [UInt8], _ sources: [String], _ classes: [String]) throws(IngestError) {
        // What spreadsheets put before UTF-8.
        let text = csv.starts(with: [0xef, 0xbb, 0xbf]) ? csv[3...] : csv[...]
        var check = UTF8Check()
        text.withUnsafeBufferPointer { check.push($0) }
        check.finish()
        if let line = check.firstBadLine { return errors.add(line, "it is not UTF-8") }
        let rowOf = Self.places(sources)
        let codeOf = Dictionary(classes.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
        var head: (head: Head, line: Int, cells: Int)?
        var lineOf = [Int: Int]()
        try Self.records(text) { record in
            guard let head else {
                head = self.head(record).map { ($0, record.line, record.cells.count) }
                return head != nil
            }
            guard record.cells.count == head.cells else {
                errors.add(record.line, "expected \(head.cells) cells as in the header, got \(record.cells.count)")
                return true
            }
            guard let row = place(record, head.head, rowOf, sources) else { return true }
            if let earlier = lineOf.updateValue(record.line, forKey: row) {
                errors.add(record.line, "line \(earlier) is about the same example")
            } else {
                take(record, head.head, row, codeOf, classes)
            }
            return true
        }
        guard errors.count == 0 else { return }
        guard let head else { return errors.add(1, "the file is empty") }
        if lineOf.isEmpty {
            errors.add(head.line, "there is nothing but the header (curl -d drops line ends: use --data-binary)")
        }
    }

    /// The records of comma-separated text; `body` says whether to go on.
    private static func records(_ text: ArraySlice<UInt8>, _ body: (Record) -> Bool) throws(IngestError) {
        let dialect = CSVParser.Dialect(separator: UInt8(ascii: ","), isStrict: true, trims: false)
        var parser = CSVParser(dialect, name: "corrections", limits: IngestLimits())
        func take(_ record: inout TableRecord) throws(IngestError) -> Bool {
            body(Record(line: record.line, cells: record.texts))
        }
        // Typed errors do not leave `withUnsafeBufferPointer`, so they travel as a value.
        let wantsMore = try text.withUnsafeBufferPointer { bytes -> Result<Bool, IngestError> in
            Result { () throws(IngestError) in try parser.push(bytes, take) }
        }.get()
        if wantsMore { try parser.finish(take) }
    }

    private mutating func head(_ first: Record) -> Head? {
        let head = Head(
            row: first.cells.firstIndex(of: "row_idx"),
            source: first.cells.firstIndex(of: "source"),
            label: first.cells.firstIndex(of: "label"),
            exclude: first.cells.firstIndex(of: "exclude")
        )
        guard head.row != nil || head.source != nil, head.label != nil || head.exclude != nil else {
            let shown = first.cells.prefix(8).joined(separator: ",").prefix(200)
            errors.add(
                first.line,
                "expected a header with source (or row_idx) and label (or exclude), got \"\(shown)\""
            )
            return nil
        }
        return head
    }

    /// The row that a record is about.
    private mutating func place(
        _ record: Record,
        _ head: Head,
        _ rowOf: [String: Int],
        _ sources: [String]
    ) -> Int? {
        if let column = head.row {
            let text = record.cells[column]
            guard let row = Int(text), sources.indices.contains(row) else {
                errors.add(
                    record.line,
                    "expected a row_idx from 0 to \(sources.count - 1), got \"\(text.prefix(100))\""
                )
                return nil
            }
            if let source = head.source, record.cells[source] != sources[row] {
                let given = record.cells[source].prefix(200)
                errors.add(record.line, "row \(row) is \"\(sources[row])\" in this dataset, not \"\(given)\"")
                return nil
            }
            return row
        }
        let source = record.cells[head.source ?? 0]
        guard let row = rowOf[source] else {
            errors.add(record.line, "there is no example with the source \"\(source.prefix(200))\"")
            return nil
        }
        guard row >= 0 else {
            errors.add(record.line, "several examples have the source \"\(source.prefix(200))\": use row_idx")
            return nil
        }
        return row
    }

    private mutating func take(
        _ record: Record,
        _ head: Head,
        _ row: Int,
        _ codeOf: [String: Int32],
        _ classes: [String]
    ) {
        if let column = head.exclude {
            switch record.cells[column].lowercased() {
            case "true", "1": isExcluded[row] = true
            case "", "false", "0": break
            default:
                errors.add(
                    record.line,
                    "expected true, false or nothing as exclude, got \"\(record.cells[column].prefix(100))\""
                )
            }
        }
        guard let column = head.label, !record.cells[column].isEmpty else { return }
        guard let code = codeOf[record.cells[column]] else {
            let shown = classes.prefix(12).joined(separator: ", ") + (classes.count > 12 ? ", ..." : "")
            errors.add(
                record.line,
                "\"\(record.cells[column].prefix(100))\" is no class of this dataset; expected one of \(shown)"
            )
            return
        }
        labels[row] = code
    }

    /// The row of each source; -1 where several have it.
    private static func places(_ sources: [String]) -> [String: Int] {
        Dictionary(sources.enumerated().map { ($1, $0) }, uniquingKeysWith: { _, _ in -1 })
    }
}
