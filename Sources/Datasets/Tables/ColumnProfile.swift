/// What the cells of one column are, gathered in one reading with bounded memory.
struct ColumnProfile {
    /// Distinct values up to which text is a category.
    static let categories = 100

    /// Records that have a cell here, and how many of these cells are missing values, numbers, numbers with a fraction.
    private(set) var present = 0
    private(set) var missing = 0
    private(set) var numbers = 0
    private(set) var fractions = 0
    /// Whether the cells are 0, 1, 2... or 1, 2, 3... in the order of the records.
    private(set) var isCounter = true
    /// The distinct values, until there are more than `categories`.
    private(set) var values: Set<String> = []
    private(set) var hasManyValues = false
    /// The distinct numbers, until there are more than the limit.
    private(set) var distinctNumbers: Set<UInt64> = []
    private(set) var hasManyNumbers = false
    /// The first values, for people.
    private(set) var examples: [String] = []
    private var firstNumbers: [String] = []
    private var words = 0
    private var previous: Double?
    /// Cells that are numbers only if they are spelled this way.
    private var spelled = (bare: 0, thousands: 0, decimalComma: 0)
    /// Cells that stand for "no value" among numbers.
    private(set) var nothings = 0
    /// Cells of text that have a digit, and that are names of files.
    private var withDigits = 0
    private var fileNames = 0
    /// Of whole numbers: what tells whether they are those of a range, in any order.
    private var range: (least: Int64, most: Int64, sum: UInt64)?

    /// Cells that hold text.
    var texts: Int { present - missing - numbers }
    /// Cells that hold anything.
    var filled: Int { present - missing }

    /// - Parameters:
    ///   - missing: what counts as "no value"
    ///   - numberLimit: distinct numbers that are told apart
    mutating func add(
        _ cell: UnsafeBufferPointer<UInt8>,
        missing nothing: CellNumber.Missing,
        decimalComma: Bool,
        numberLimit: Int
    ) {
        present += 1
        if examples.count < 3, present <= 1_000, !nothing.holds(cell) {
            let text = String(decoding: cell.prefix(60), as: UTF8.self)
            if !examples.contains(text) { examples.append(text) }
        }
        if nothing.holds(cell) {
            missing += 1
            isCounter = false
            return
        }
        if let number = CellNumber.value(of: cell, decimalComma: decimalComma) {
            numbers += 1
            if number.rounded() != number { fractions += 1 }
            if let whole = Int64(exactly: number) {
                let mixed = Self.mix(whole)
                range =
                    range.map { (min($0.least, whole), max($0.most, whole), $0.sum &+ mixed) } ?? (whole, whole, mixed)
            }
            isCounter = isCounter && (previous.map { number == $0 + 1 } ?? (number == 0 || number == 1))
            previous = number
            if !hasManyNumbers {
                distinctNumbers.insert(number.bitPattern)
                hasManyNumbers = distinctNumbers.count > numberLimit
                if firstNumbers.count < 3, distinctNumbers.count > firstNumbers.count {
                    firstNumbers.append(String(decoding: cell, as: UTF8.self))
                }
            }
        } else {
            isCounter = false
            words += 1 + cell.count { $0 == 0x20 }
            // Where ten thousand cells were words the rest need not be looked at.
            if cell.count <= 40, texts < 10_000 || seemsSpelled { addSpelling(of: cell) }
            if cell.contains(where: { $0 >= 0x30 && $0 <= 0x39 }) { withDigits += 1 }
            if Self.isFileName(cell) { fileNames += 1 }
        }
        if !hasManyValues {
            values.insert(String(decoding: cell, as: UTF8.self))
            hasManyValues = values.count > Self.categories
        }
    }

    /// Whether many cells of text are numbers in some spelling.
    private var seemsSpelled: Bool {
        max(spelled.bare, spelled.thousands, spelled.decimalComma) + nothings > texts / 4
    }

    private mutating func addSpelling(of cell: UnsafeBufferPointer<UInt8>) {
        if CellNumber.isMissingAmongNumbers(cell) {
            nothings += 1
            return
        }
        // A digit, a sign or a point begins a number, or the UTF-8 of a currency.
        guard let first = cell.first, first < 0x3a || first >= 0xc2 else { return }
        if NumberSpelling.plain.value(of: cell) != nil { spelled.bare += 1 }
        if NumberSpelling.thousands.value(of: cell) != nil { spelled.thousands += 1 }
        if NumberSpelling.decimalComma.value(of: cell) != nil { spelled.decimalComma += 1 }
    }

    private static let fileEndings: Set<String> = [
        "jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "wav", "mp3", "flac", "ogg", "mp4", "avi",
        "txt",
        "csv", "json", "xml", "html", "pdf", "npy", "npz", "dcm", "nii", "parquet", "h5",
    ]

    private static func isFileName(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let dot = cell.suffix(8).lastIndex(of: 0x2e), dot > 0, !cell.contains(0x20) || cell.contains(0x2f) else {
            return false
        }
        return fileEndings.contains(String(decoding: cell[(dot + 1)...], as: UTF8.self).lowercased())
    }

    private static func mix(_ value: Int64) -> UInt64 {
        var bits = UInt64(bitPattern: value) &+ 0x9e37_79b9_7f4a_7c15
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        return bits ^ bits >> 31
    }

    /// Whether the cells are the whole numbers of a range, each once, in any order.
    var isPermutation: Bool {
        // Few numbers may be those of a range by chance.
        guard numbers >= 20, numbers == present, let range, range.least >= 0, range.least <= 1,
            range.most - range.least == Int64(numbers) - 1
        else { return false }
        return (range.least...range.most).reduce(into: UInt64(0)) { $0 &+= Self.mix($1) } == range.sum
    }

    /// From the least to the most of the whole numbers.
    var extent: ClosedRange<Int64>? { range.map { $0.least...$0.most } }
    /// Whether all cells are whole numbers.
    var areWhole: Bool { texts == 0 && numbers > 0 && fractions == 0 }
    /// Whether nearly all cells are names of files.
    var areFileNames: Bool { texts > 0 && numbers == 0 && fileNames * 100 >= texts * 95 }
    /// Whether the cells of text have several words.
    var isProse: Bool { words >= 4 * max(1, texts) }
    /// Whether most cells have digits although they are no numbers.
    var hasUnreadDigits: Bool { texts > 0 && withDigits * 2 > filled && words < 2 * texts }
    /// Distinct values, as far as they were told apart; nil where there are more.
    var distinct: Int? { hasManyValues ? nil : values.count }

    /// How most cells are numbers, and how many are; nil where they are none.
    private func spelling(_ decimalComma: Bool) -> (NumberSpelling, count: Int)? {
        let plain = numbers + spelled.bare
        // A comma before three digits is taken for a separator only if no cell says otherwise.
        let best: (NumberSpelling, count: Int) =
            if spelled.thousands > spelled.bare, numbers + spelled.thousands >= numbers + spelled.decimalComma {
                (.thousands, numbers + spelled.thousands)
            } else if spelled.decimalComma > spelled.bare {
                (.decimalComma, numbers + spelled.decimalComma)
            } else {
                (decimalComma ? .decimalComma : .plain, plain)
            }
        return best.count > 0 ? best : nil
    }

    /// What the column is as an input.
    ///
    /// - Parameters:
    ///   - asked: what `as=` says
    ///   - decimalComma: whether a comma is the point in this table
    /// - Throws: where it cannot be what was asked for
    func kind(name: String, asked: String? = nil, decimalComma: Bool) throws(IngestError) -> Kind {
        switch asked {
        case "number":
            guard let spelling = spelling(decimalComma) else {
                throw .badOption(
                    name: "as",
                    value: "\(name):number",
                    expected: "a column with numbers; its first values are \(examples.joined(separator: ", "))"
                )
            }
            return .number(spelling.0)
        case "category":
            guard !hasManyValues else {
                throw .badOption(
                    name: "as",
                    value: "\(name):category",
                    expected: "a column of at most \(Self.categories) distinct values"
                )
            }
            return .category(LabelColumn.sorted(values))
        case "text": return .text
        default: break
        }
        guard filled > 0 else { return .useless(.empty) }
        if texts == 0 { return .number(decimalComma ? .decimalComma : .plain) }
        if let (spelling, count) = spelling(decimalComma), count >= 4 {
            let others = filled - nothings - count
            // Few distinct numbers beside words are codes.
            let areMany = count > numbers || distinctNumbers.count > 20 || distinctNumbers.count * 2 > numbers
            if others <= max(1, (filled - nothings) / 20), areMany || others == 0 { return .number(spelling) }
        }
        if !hasManyValues, !isProse, values.count <= 10 || values.count * 2 <= filled {
            if values.count == 1, missing == 0 { return .useless(.constant) }
            return .category(LabelColumn.sorted(values))
        }
        return .text
    }

    /// Why the column as a target is a quantity, not classes; nil where it can be classes.
    ///
    /// More than 20 distinct numbers with fractions; or more than 100 whole ones that come fewer than five times each.
    func quantity(name: String) -> IngestError? {
        guard texts == 0, numbers > 0 else { return nil }
        let distinct = distinctNumbers.count
        let isFine = fractions > 0 && distinct > 20
        let isWide = distinct > 100 && distinct * 5 > numbers
        guard isFine || isWide else { return nil }
        return .quantityTarget(
            column: name,
            distinct: distinct,
            isAtLeast: hasManyNumbers,
            examples: firstNumbers
        )
    }

    /// The kinds of input columns.
    enum Kind: Hashable {
        case number(NumberSpelling)
        case category([String])
        case text
        /// Left out, and why.
        case useless(Reading.Column.Reason)

        /// Its name in `as=` and in the reading.
        var name: String? {
            switch self {
            case .number: "number"
            case .category: "category"
            case .text: "text"
            case .useless: nil
            }
        }
    }
}
