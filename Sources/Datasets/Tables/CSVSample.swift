/// What the first records of a file say about all of it: the separator, whether the first record names the columns.
package struct CSVSample: Hashable {
    /// Separator and quotes.
    package private(set) var dialect: CSVParser.Dialect
    /// The names in the first record; nil where it is data.
    package private(set) var header: [String]?
    /// Cells of a record of data.
    package private(set) var columns: Int
    /// The records that were looked at.
    package private(set) var records: Int
    /// The share of the records that have that many.
    package private(set) var agreement: Double
    /// Whether the first line is `sep=;`, which spreadsheets write to name the separator, and no record.
    package private(set) var namesSeparator = false

    /// Bytes and records that are looked at.
    static let bytes = 1 << 18
    private static let records = 500

    /// The same, of data without names whose names are known.
    func named(_ names: [String]) -> CSVSample? {
        guard names.count == columns else { return nil }
        var sample = self
        sample.header = names
        return sample
    }

    /// Judges the start of a file.
    ///
    /// - Parameters:
    ///   - text: UTF-8; its last record may be cut off where `isWhole` is false
    ///   - known: column names that the sender stated
    /// - Returns: nil where no separator gives records of more than one cell
    package init?(_ text: [UInt8], isWhole: Bool, known: [String] = []) {
        let named = Self.namedSeparator(text)
        let text = named.map { Array(text[$0.length...]) } ?? text
        var best: (sample: CSVSample, records: [[String]])?
        // In a tie tabs win, then semicolons where the commas are decimal ones, then whatever splits more.
        for separator in named.map({ [$0.separator] }) ?? [0x09, 0x3b, 0x2c, 0x7c] {
            var dialect = CSVParser.Dialect(separator: separator)
            var records = Self.records(of: text, dialect, isWhole: isWhole)
            if separator == 0x09 {
                // Tabs rarely come with quotes that mean something.
                dialect.isStrict = true
                let strict = Self.records(of: text, dialect, isWhole: isWhole)
                if strict.count < records.count {
                    dialect.hasQuotes = false
                    records = Self.records(of: text, dialect, isWhole: isWhole)
                } else {
                    records = strict
                }
            }
            guard let sample = CSVSample(dialect, records) else { continue }
            guard let old = best else {
                best = (sample, records)
                continue
            }
            if sample.agreement > old.sample.agreement
                || sample.agreement == old.sample.agreement && sample.columns > old.sample.columns
                    && old.sample.dialect.separator != 0x09
                    && !(old.sample.dialect.separator == 0x3b && Self.areMostlyNumbers(old.records))
            {
                best = (sample, records)
            }
        }
        if best == nil || best?.sample.agreement ?? 0 < 0.5 {
            // Columns between spaces, as Fortran and many simulations write them.
            let dialect = CSVParser.Dialect(separator: 0x20)
            let records = Self.records(of: text, dialect, isWhole: isWhole)
            if let sample = CSVSample(dialect, records), sample.agreement >= 0.98, sample.records >= 3,
                Self.areMostlyNumbers(records)
            {
                best = (sample, records)
            }
        }
        if let plain = best, text.contains(0x5c) {
            // `\"` for a quote, as many programs write it.
            var dialect = plain.sample.dialect
            dialect.hasBackslashes = true
            let records = Self.records(of: text, dialect, isWhole: isWhole)
            if Self.escapedQuotes(text) > 0, let sample = CSVSample(dialect, records),
                sample.agreement >= plain.sample.agreement, records.first?.count == sample.columns
            {
                best = (sample, records)
            }
        }
        guard var found = best else { return nil }
        found.sample.namesSeparator = named != nil
        found.sample.findHeader(found.records, known)
        self = found.sample
    }

    /// The separator that a first line `sep=;` names, and the bytes of that line.
    private static func namedSeparator(_ text: [UInt8]) -> (separator: UInt8, length: Int)? {
        guard text.count > 6, text.starts(with: Array("sep=".utf8)), [0x0a, 0x0d].contains(text[5]),
            [0x09, 0x3b, 0x2c, 0x7c].contains(text[4])
        else { return nil }
        return (text[4], text[5] == 0x0d && text[6] == 0x0a ? 7 : 6)
    }

    /// Counts cells: the most frequent number is the number of columns, where it is more than one.
    private init?(_ dialect: CSVParser.Dialect, _ records: [[String]]) {
        var counts: [Int: Int] = [:]
        for record in records { counts[record.count, default: 0] += 1 }
        guard let most = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }), most.key > 1 else { return nil }
        self.dialect = dialect
        columns = most.key
        self.records = records.count
        agreement = Double(most.value) / Double(records.count)
    }

    private static func records(of text: [UInt8], _ dialect: CSVParser.Dialect, isWhole: Bool) -> [[String]] {
        var parser = CSVParser(dialect, name: "", limits: IngestLimits())
        var records: [[String]] = []
        func take(_ record: inout TableRecord) throws(IngestError) -> Bool {
            records.append(record.texts)
            return records.count < Self.records
        }
        do throws(IngestError) {
            let wanted = try text.withUnsafeBufferPointer { bytes -> Result<Bool, IngestError> in
                Result { () throws(IngestError) in try parser.push(bytes, take) }
            }.get()
            if wanted, isWhole { try parser.finish(take) }
        } catch {
            // What is wrong in the file is said when all of it is read.
        }
        return records
    }

    /// Quotes behind a backslash that do not end a cell.
    private static func escapedQuotes(_ text: [UInt8]) -> Int {
        text.indices.dropLast(2).count { at in
            text[at] == 0x5c && text[at + 1] == 0x22 && ![0x2c, 0x3b, 0x09, 0x7c, 0x0a, 0x0d].contains(text[at + 2])
        }
    }

    private static func areMostlyNumbers(_ records: [[String]]) -> Bool {
        let cells = records.prefix(50).flatMap { $0 }
        return cells.count { CellNumber.value(of: $0, decimalComma: true) != nil } * 2 > cells.count
    }

    /// The first record is a header where it has a name that the sender stated or that labels usually have; or no number
    /// at all while a column below has nothing else; or, where nothing is a number, values that never come again.
    private mutating func findHeader(_ records: [[String]], _ known: [String]) {
        guard let first = records.first else { return }
        let below = records.dropFirst().prefix(200)
        let comma = dialect.separator == 0x3b
        func isNumber(_ text: String) -> Bool {
            CellNumber.value(of: text, decimalComma: comma) != nil || NumberSpelling.isNumber(text)
        }
        func isMissing(_ text: String) -> Bool {
            CellNumber.isMissing(text) || CellNumber.missingAmongNumbers.contains(text)
        }
        func column(_ at: Int) -> [String] { below.compactMap { at < $0.count ? $0[at] : nil } }
        let usual = Set(UsualNames.labels).union(UsualNames.ids)
        let isNamed = first.indices.contains { at in
            (known.contains(first[at]) || usual.contains(first[at].lowercased()))
                && !column(at).contains(first[at])
        }
        let isNamedAndTextual = isNamed && first.count { isNumber($0) } < first.count
        let isUnrepeated =
            first.count { $0.isEmpty } == 1 && first.indices.allSatisfy { !column($0).contains(first[$0]) }
        let overNumbers =
            !first.contains(where: isNumber)
            && first.indices.contains { at in
                let values = column(at).filter { !isMissing($0) }
                // The index of a data frame has no name.
                return (!isMissing(first[at]) || first[at].isEmpty && isUnrepeated) && !values.isEmpty
                    && values.count { isNumber($0) } * 20 >= values.count * 19
            }
        let overText =
            !first.contains(where: isNumber) && Set(first).count == first.count && below.count >= 2
            && first.allSatisfy { !$0.isEmpty && $0.utf8.count <= 64 }
            && first.indices.allSatisfy { at in !column(at).contains(first[at]) && !column(at).contains(where: isNumber)
            }
        guard isNamedAndTextual || overNumbers || overText else { return }
        // R writes row names without a name for their column.
        header = first.count == columns - 1 ? [""] + first : first
    }
}
