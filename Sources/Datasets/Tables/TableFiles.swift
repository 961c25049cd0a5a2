/// Which files of an upload are the table.
package enum TableFiles {
    /// The upload itself; or of an archive its one table, or the training and the test file of one.
    ///
    /// - Parameters:
    ///   - defaultName: what the rows are called after where the upload has no name
    ///   - recognises: whether a file of an archive is a table
    static func find(
        in upload: Upload,
        defaultName: String,
        _ context: IngestContext,
        where recognises: (FormatSample) -> Bool
    ) throws(IngestError) -> [TableFile] {
        guard upload.container == .archive else {
            let name = context.options.fileName.map(withoutGzip) ?? defaultName
            return [TableFile(upload: upload, path: nil, name: fileName(of: name))]
        }
        let archive = try upload.openArchive(limits: context.limits)
        var paths: [String] = []
        while let entry = try archive.next() {
            guard !entry.isClutter else { continue }
            var sample = FormatSample(path: entry.path, head: try archive.head(4096), isGzip: false, size: entry.size)
            if GzipInflater.isGzip(sample.head) {
                sample.head = Array(GzipInflater.firstBytes(of: sample.head).prefix(4096))
                sample.isGzip = true
            }
            if recognises(sample) {
                paths.append(entry.path)
            } else if Upload.looksPacked(sample.head) {
                throw .nestedArchive(entry.path)
            } else {
                context.warnings.add(.otherFiles, at: entry.path)
            }
        }
        guard let splits = splits(of: paths) else { throw .severalTables(paths.sorted()) }
        guard !splits.isEmpty else { throw .unrecognised(found: "the archive has no table") }
        let names = splits.map { withoutGzip(fileName(of: $0.path)) }
        let areDistinct = Set(names).count == names.count
        return zip(splits, names).map { split, name in
            TableFile(
                upload: upload,
                path: split.path,
                name: areDistinct ? name : withoutGzip(split.path),
                isTest: split.isTest
            )
        }
    }

    /// The files that make one table, training before test: one alone; or several whose paths are the same but for words
    /// like `train` and `test`, one of each. Nil where they are several tables.
    package static func splits(of paths: [String]) -> [(path: String, isTest: Bool)]? {
        if paths.count <= 1 { return paths.map { ($0, false) } }
        let parsed = paths.map { path in
            let words = path.lowercased().split(omittingEmptySubsequences: false) { !$0.isLetter && !$0.isNumber }
            return (
                path: path, split: words.compactMap { FolderLayout.splitOf[String($0)] },
                rest: words.filter { FolderLayout.splitOf[String($0)] == nil }
            )
        }
        guard parsed.allSatisfy({ $0.split.count == 1 && $0.rest == parsed[0].rest }),
            parsed.count(where: { !$0.split[0] }) == 1
        else { return nil }
        return parsed.filter { !$0.split[0] }.map { ($0.path, false) }
            + parsed.filter { $0.split[0] }.sorted { $0.path < $1.path }.map { ($0.path, true) }
    }

    /// The ending of a path in lower case, that of gzip left out.
    static func suffix(of path: String) -> String? {
        let name = fileName(of: withoutGzip(path)).lowercased()
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        return String(name[name.index(after: dot)...])
    }

    private static func fileName(of path: String) -> String {
        path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? path
    }

    private static func withoutGzip(_ path: String) -> String {
        path.lowercased().hasSuffix(".gz") ? String(path.dropLast(3)) : path
    }
}
