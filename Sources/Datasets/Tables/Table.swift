/// Files of records with the same columns, read as often as needed.
protocol Table: AnyObject {
    /// For training rows first, then for test rows.
    var files: [TableFile] { get }
    /// The names of the columns; all of them are known only when the records have been read once.
    var columns: [String] { get }
    /// Whether the names come from the file; otherwise they are the numbers of the columns, from 1.
    var hasNames: Bool { get }
    /// Whether a comma may be a decimal point.
    var hasDecimalCommas: Bool { get }
    /// Columns whose cells are objects or lists of them, which are left out; known when the records have been read once.
    var nested: Set<Int> { get }
    /// Gives the records of one file in order. A cell beyond the end of a record is missing.
    func read(
        _ file: Int,
        progress: (Double) -> Void,
        _ body: (TableRecord) throws(IngestError) -> Void
    ) throws(IngestError)
}

extension Table {
    var nested: Set<Int> { [] }

    /// Gives the records of all files.
    func readAll(
        _ context: IngestContext,
        share: ClosedRange<Double>,
        _ body: (_ file: TableFile, TableRecord) throws(IngestError) -> Void
    ) throws(IngestError) {
        for (at, file) in files.enumerated() {
            let progress: (Double) -> Void = { [files] part in
                let done = (Double(at) + part) / Double(files.count)
                context.readProgress(share.lowerBound + done * (share.upperBound - share.lowerBound))
            }
            try read(at, progress: progress) { (record) throws(IngestError) in try body(file, record) }
        }
    }
}
