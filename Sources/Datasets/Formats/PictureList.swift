/// Labels of pictures in a table beside them: `metadata.csv` of Hugging Face's ImageFolder, `labels.csv` with a file and a label
/// in each row.
struct PictureList {
    /// The label of each picture that the tables name, as it is written, by path.
    private(set) var labels: [String: String] = [:]
    /// The column that has them.
    private(set) var label: Reading.Label?

    /// Reads the tables of an archive.
    ///
    /// - Parameters:
    ///   - tables: their paths
    ///   - pictures: the paths of all pictures
    /// - Returns: nil where no table names half of the pictures
    init?(
        _ tables: [String],
        in upload: Upload,
        pictures: [String],
        _ context: IngestContext
    ) throws(IngestError) {
        let places = PicturePlaces(pictures)
        for path in tables {
            let file = TableFile(upload: upload, path: path, name: path)
            let suffix = TableFiles.suffix(of: path) ?? ""
            let table: any Table =
                JSONLinesFormat.suffixes.contains(suffix)
                ? try JSONTable([file], context) : try CSVTable([file], context)
            try add(table, beside: path, places, context)
        }
        guard labels.count * 2 >= pictures.count, label != nil else { return nil }
    }

    private mutating func add(
        _ table: any Table,
        beside path: String,
        _ places: PicturePlaces,
        _ context: IngestContext
    ) throws(IngestError) {
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        let facts = try TableRoles.Facts(table, context)
        guard facts.rows > 0 else { return }
        // The column most of whose cells are names of pictures here.
        var hits = [Int](repeating: 0, count: facts.names.count)
        try table.readAll(context, share: 0.5...0.5) { (_, record) throws(IngestError) in
            for column in 0..<min(record.count, hits.count)
            where places.path(of: record.text(column), in: folder) != nil {
                hits[column] += 1
            }
        }
        guard let names = hits.indices.max(by: { hits[$0] < hits[$1] }), hits[names] * 2 >= facts.rows else { return }
        let roles = try TableRoles(facts, context.options)
        guard case .column(let column) = roles.labels, column != names else { return }
        label = label ?? roles.label
        try table.readAll(context, share: 0.5...0.5) { (_, record) throws(IngestError) in
            guard names < record.count, let picture = places.path(of: record.text(names), in: folder) else { return }
            labels[picture] = column < record.count ? record.text(column) : ""
        }
    }
}

/// Finds pictures by what tables call them: the path, the path from the table's folder, the name alone with or without its
/// ending where only one picture has it.
private struct PicturePlaces {
    private let paths: Set<String>
    /// Nil where several pictures have the name.
    private var byName: [String: String?] = [:]

    init(_ pictures: [String]) {
        paths = Set(pictures)
        for path in pictures {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            add(name, path)
            if let dot = name.lastIndex(of: "."), dot != name.startIndex { add(String(name[..<dot]), path) }
        }
    }

    private mutating func add(_ name: String, _ path: String) {
        byName[name] = byName[name] == nil ? .some(path) : .some(nil)
    }

    func path(of cell: String, in folder: String) -> String? {
        guard !cell.isEmpty, cell.utf8.count <= 1_024 else { return nil }
        if paths.contains(cell) { return cell }
        let beside = folder.isEmpty ? cell : "\(folder)/\(cell)"
        if paths.contains(beside) { return beside }
        let name = cell.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? cell
        return byName[name].flatMap(\.self)
    }
}
