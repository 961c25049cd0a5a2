import Files

/// The texts of a table, written to `texts.bin` as they are read: memory holds where each lies. Those of several columns stand
/// one below the other.
final class SpooledTexts {
    private let columns: [Int]
    private let files: Files
    private let writer: FileWriter
    private var pending: [UInt8] = []
    private var ranges: [Range<Int>] = []
    private var language = EnglishShare()

    /// - Parameter columns: of the table, those that hold text
    init(columns: [Int], _ context: IngestContext) throws(IngestError) {
        self.columns = columns
        files = context.files
        writer = try IngestError.translating {
            try context.files.openForWriting("\(context.output)/\(DatasetFile.texts)")
        }
    }

    /// Adds the text of the next row.
    func add(_ record: TableRecord) throws(IngestError) {
        let start = writer.count + pending.count
        for column in columns where column < record.count {
            try record.withCell(column) { (cell) throws(IngestError) in
                guard !CellNumber.isMissing(cell) else { return }
                if writer.count + pending.count > start { pending.append(UInt8(ascii: "\n")) }
                pending.append(contentsOf: cell)
                language.add(cell)
            }
        }
        ranges.append(start..<writer.count + pending.count)
        if pending.count >= 1 << 18 { try flush() }
    }

    /// - Parameters:
    ///   - names: of the columns
    ///   - areAll: whether there are no other inputs
    func finish(names: [String], areAll: Bool) throws(IngestError) -> ParsedTexts {
        try flush()
        let file = try IngestError.translating { try writer.finish() }
        return ParsedTexts(
            about: DatasetManifest.Texts(columns: names, areAll: areAll, english: language.share),
            ranges: ranges,
            file: file,
            reader: try IngestError.translating { try files.openForReading(writer.path) }
        )
    }

    private func flush() throws(IngestError) {
        try IngestError.translating { try writer.write(pending) }
        pending.removeAll(keepingCapacity: true)
    }
}

/// How much of some texts is English: the share of a text's words that are among the commonest of the language, on average.
/// Of running English it is a third to a half, of other languages in Latin letters a few in a hundred.
///
/// Each text counts the same, however long it is: one page of something else among short questions decides nothing.
struct EnglishShare {
    private var texts = 0
    private var shares = 0.0

    /// Words that carry the grammar and are rare in the neighbouring languages: "in" is German, "on" French, "a" half of Europe's.
    private static let common: Set<String> = Set(
        """
        an and any are at be been but by can could did do does for from get had has have he her his how i'm if into is it its just \
        like my not of or our out she should so than that the their them then there they this to up was we were what when where \
        which who why will with would you your
        """.split(separator: " ").map(String.init)
    )

    mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
        var (words, english) = (0, 0)
        for word in text.split(whereSeparator: { $0 <= 0x20 || Self.isPunctuation($0) }) {
            words += 1
            if word.count <= 6, Self.common.contains(String(decoding: word, as: UTF8.self).lowercased()) {
                english += 1
            }
        }
        guard words > 0 else { return }
        texts += 1
        shares += Double(english) / Double(words)
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        byte < 0x80 && byte != UInt8(ascii: "'") && !(0x30...0x39).contains(byte)
            && !(0x61...0x7a).contains(byte | 0x20)
    }

    /// 0...1.
    var share: Double { texts == 0 ? 0 : (1000 * shares / Double(texts)).rounded() / 1000 }
}
