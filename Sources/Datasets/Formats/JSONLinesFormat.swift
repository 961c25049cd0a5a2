/// One JSON object a line, or a JSON array of objects; itself, in gzip, or as the one table of an archive (or its
/// training and its test file).
struct JSONLinesFormat: DatasetFormat {
    let name = "jsonl"
    let summary = "jsonl (one JSON object a line)"
    let givesWay = true

    static let suffixes: Set<String> = ["jsonl", "ndjson", "json"]

    func recognises(_ sample: FormatSample) -> Bool {
        guard TextEncoding.looksLikeText(sample.head) else { return false }
        if let path = sample.path, !(TableFiles.suffix(of: path).map(Self.suffixes.contains) ?? false) { return false }
        return JSONObjectSplitter.recognises(sample.head)
    }

    func read(_ upload: Upload, _ context: IngestContext) throws(IngestError) -> ParsedDataset {
        let files = try TableFiles.find(in: upload, defaultName: "data.jsonl", context) { recognises($0) }
        return try TableDataset(format: name, table: JSONTable(files, context), context: context).parsed()
    }
}
