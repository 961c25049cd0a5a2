/// MNIST-style pairs of IDX files, gzipped or not, in a ZIP or TAR: images (rank 2 to 4) and labels (rank 1), each for
/// training and, optionally, for test (`t10k` or `test` in the name).
struct IDXFormat: DatasetFormat {
    let name = "idx"
    let summary = "idx (a zip or tar of IDX images and labels, as MNIST comes)"

    func recognises(_ sample: FormatSample) -> Bool { IDXParser.recognises(sample.head) }

    func read(_ upload: Upload, _ context: IngestContext) throws(IngestError) -> ParsedDataset {
        context.ignoreOptions(label: true, id: true)
        context.ignoreTableOptions()
        guard upload.container == .archive else {
            guard context.isUnlabelled else {
                throw .unpairedIDX(split: "training", images: ["the upload"], labels: [])
            }
            return try alone(upload, context)
        }
        let archive = try upload.openArchive(limits: context.limits)
        var images: [Bool: [(name: String, file: IDXParser)]] = [:]
        var labels: [Bool: [(name: String, file: IDXParser)]] = [:]
        var bytes = 0
        while let entry = try archive.next() {
            guard !entry.isClutter else { continue }
            guard let (name, file) = try read(entry, archive, context) else {
                context.warnings.add(.otherFiles, at: entry.path)
                continue
            }
            bytes += file.shape.reduce(1, *)
            guard bytes <= context.limits.exampleBytes else {
                throw .tooLarge(what: "bytes of images", got: bytes, limit: context.limits.exampleBytes)
            }
            let isTest = Self.isTest(name)
            if file.shape.count == 1 {
                labels[isTest, default: []].append((name, file))
            } else {
                images[isTest, default: []].append((name, file))
            }
        }

        // A test split alone is what there is to train on.
        if images[false] == nil, labels[false] == nil {
            (images[false], labels[false]) = (images[true], labels[true])
            (images[true], labels[true]) = (nil, nil)
        }
        var parts: [ArrayDataset.Part] = []
        for isTest in [false, true] {
            let (pictures, targets) = (images[isTest] ?? [], labels[isTest] ?? [])
            if isTest, pictures.isEmpty, targets.isEmpty { continue }
            let isPaired = targets.count == 1 || context.isUnlabelled
            guard let picture = pictures.first, pictures.count == 1, isPaired else {
                throw .unpairedIDX(
                    split: isTest ? "test" : "training",
                    images: pictures.map(\.name),
                    labels: targets.map(\.name)
                )
            }
            let examples = try picture.file.examples()
            parts.append(
                ArrayDataset.Part(
                    examples: examples,
                    labels: try targets.first?.file.labels() ?? .none(examples.rows),
                    labelsName: targets.first?.name ?? "",
                    ids: nil,
                    isTest: isTest
                )
            )
            images[isTest] = nil
        }
        return try ArrayDataset(format: name, parts: parts).parsed(context)
    }

    /// Images alone, gzipped or not: examples that nobody has labelled.
    private func alone(_ upload: Upload, _ context: IngestContext) throws(IngestError) -> ParsedDataset {
        var file = IDXParser(name: "the upload", limits: context.limits)
        try TableFile(upload: upload, path: nil, name: "the upload").read(
            limits: context.limits,
            progress: context.readProgress
        ) { (piece) throws(IngestError) in
            try file.push(UnsafeRawBufferPointer(piece))
            return true
        }
        let examples = try file.examples()
        let part = ArrayDataset.Part(
            examples: examples,
            labels: .none(examples.rows),
            labelsName: "",
            ids: nil,
            isTest: false
        )
        return try ArrayDataset(format: name, parts: [part]).parsed(context)
    }

    /// The entry's values, and its name without `.gz`; nil where it is no IDX file.
    private func read(
        _ entry: ArchiveEntry,
        _ archive: ArchiveReader,
        _ context: IngestContext
    ) throws(IngestError) -> (String, IDXParser)? {
        let name = entry.path.hasSuffix(".gz") ? String(entry.path.dropLast(3)) : entry.path
        let shortName = name.split(separator: "/").last.map(String.init) ?? name
        var file = IDXParser(name: shortName, limits: context.limits)
        var inflater: GzipInflater?
        var isFirst = true
        var isIDX = true
        try archive.read { (piece) throws(IngestError) in
            if isFirst {
                isFirst = false
                var head = Array(piece.prefix(4096))
                if GzipInflater.isGzip(head) {
                    inflater = GzipInflater()
                    head = GzipInflater.firstBytes(of: head)
                }
                isIDX = IDXParser.recognises(head)
                if !isIDX, Upload.looksPacked(head) { throw .nestedArchive(entry.path) }
                guard isIDX else { return false }
            }
            if let inflater {
                try inflater.push(piece) { (bytes) throws(IngestError) in try file.push(bytes) }
            } else {
                try file.push(piece)
            }
            context.readProgress(archive.fraction)
            return true
        }
        guard isIDX, !isFirst else { return nil }
        if let inflater, !inflater.isFinished {
            throw .damagedIDX(name: shortName, expected: "a complete gzip file", got: "one that ends early")
        }
        return (shortName, file)
    }

    private static func isTest(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.contains("t10k") || name.contains("test")
    }
}
