/// Delimited text: comma, semicolon, tab or bar; with or without a header; itself, in gzip, or as the one table of an
/// archive (or its training and its test file).
struct CSVFormat: DatasetFormat {
    let name = "csv"
    let summary = "csv (rows with separators, label in a column of a usual name, else in the last or first)"
    let givesWay = true

    static let suffixes: Set<String> = ["csv", "tsv", "tab", "data", "arff"]

    func recognises(_ sample: FormatSample) -> Bool {
        guard TextEncoding.looksLikeText(sample.head) else { return false }
        if let path = sample.path {
            let isNamed = TableFiles.suffix(of: path).map(Self.suffixes.contains) ?? false
            return isNamed && !JSONObjectSplitter.recognises(sample.head)
        }
        if ARFFHeader.begins(sample.head) { return true }
        // UTF-16 with a mark is nothing else; anything else has separators in most of its lines.
        if let (encoding, _) = TextEncoding.marked(sample.head), encoding != .utf8 { return true }
        // A wide table has less than one line here.
        let isAll = !sample.isGzip && (sample.size ?? .max) <= sample.head.count
        let isWhole = isAll || sample.head.count { $0 == 0x0a } < 2
        guard let table = CSVSample(sample.head, isWhole: isWhole) else { return false }
        return table.agreement >= 0.5 && (!isAll || table.records >= 2)
    }

    func read(_ upload: Upload, _ context: IngestContext) throws(IngestError) -> ParsedDataset {
        let files = try TableFiles.find(in: upload, defaultName: "data.csv", context) { recognises($0) }
        return try TableDataset(format: name, table: CSVTable(files, context), context: context).parsed()
    }
}
