/// What the cells of one column are, gathered in one reading with bounded memory.
struct ColumnProfile {
    /// Distinct values up to which text is a category.
    static let categories = 100

    /// Records that have a cell here, and how many of these cells are missing values, numbers, numbers with a fraction.
    private(set) var present = 0
    private(set) var missing = 0
    private(set) var numbers = 0
    private(set) var fractions = 0
    /// The first cell that is text, and where.
    private(set) var firstText: (value: String, place: String)?
    /// Whether the cells are 0, 1, 2... or 1, 2, 3... in the order of the records.
    private(set) var isCounter = true
    /// The distinct values, until there are more than `categories`.
    private(set) var values: Set<String> = []
    private(set) var hasManyValues = false
    /// The distinct numbers, until there are more than the limit.
    private(set) var distinctNumbers: Set<UInt64> = []
    private(set) var hasManyNumbers = false
    private var firstNumbers: [String] = []
    private var words = 0
    private var previous: Double?

    /// Cells that hold text.
    var texts: Int { present - missing - numbers }
    /// Cells that hold anything.
    var filled: Int { present - missing }

    /// - Parameters:
    ///   - place: where the cell is; asked for only where it is needed
    ///   - numberLimit: distinct numbers that are told apart
    mutating func add(
        _ cell: UnsafeBufferPointer<UInt8>,
        decimalComma: Bool,
        numberLimit: Int,
        place: () -> String
    ) {
        present += 1
        if CellNumber.isMissing(cell) {
            missing += 1
            isCounter = false
            return
        }
        if let number = CellNumber.value(of: cell, decimalComma: decimalComma) {
            numbers += 1
            if number.rounded() != number { fractions += 1 }
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
            if firstText == nil { firstText = (String(decoding: cell.prefix(60), as: UTF8.self), place()) }
            words += 1 + cell.count { $0 == 0x20 }
        }
        if !hasManyValues {
            values.insert(String(decoding: cell, as: UTF8.self))
            hasManyValues = values.count > Self.categories
        }
    }

    /// What the column is as an input.
    /// - Throws: where all cells but very few are numbers: what is wrong there is worth knowing
    func kind(name: String) throws(IngestError) -> Kind {
        guard filled > 0 else { return .useless("it has no values") }
        if texts == 0 {
            return isCounter && filled == present && filled >= 5 ? .useless("it numbers the rows") : .number
        }
        if numbers >= 4, texts <= max(1, numbers / 100), let firstText,
            distinctNumbers.count > 20 || distinctNumbers.count * 2 > numbers
        {
            throw .tableRow(
                place: "\(firstText.place), column '\(name)'",
                expected: "a number as in \(numbers) other rows (empty, NA, nan and ? are missing values)",
                got: "'\(firstText.value)'"
            )
        }
        let isProse = words >= 4 * texts
        if !hasManyValues, !isProse, values.count <= 10 || values.count * 2 <= filled {
            if values.count == 1, missing == 0 { return .useless("it is always '\(values.first ?? "")'") }
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
        case number
        case category([String])
        case text
        /// Left out, and why.
        case useless(String)
    }
}
