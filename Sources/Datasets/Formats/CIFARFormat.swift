import Foundation

/// The binary batches of CIFAR-10 and CIFAR-100 (Krizhevsky 2009; https://www.cs.toronto.edu/~kriz/cifar.html): each
/// record is one label byte (CIFAR-100: coarse, then fine) and 3 x 32 x 32 bytes, red, green, blue. Batches in a tar or
/// zip, gzipped or not, with the class names beside them; or one batch alone.
struct CIFARFormat: DatasetFormat {
    let name = "cifar"
    let summary = "cifar (binary batches of CIFAR-10 or CIFAR-100, alone or in a zip or tar)"

    func recognises(_ sample: FormatSample) -> Bool {
        if let path = sample.path, TableFiles.suffix(of: path) != "bin" { return false }
        return CIFARBatch.Variant.of(sample.head, size: sample.isGzip ? nil : sample.size) != nil
    }

    func read(_ upload: Upload, _ context: IngestContext) throws(IngestError) -> ParsedDataset {
        if let label = context.options.label, label != "fine", label != "coarse" {
            throw .badOption(name: "label", value: label, expected: "fine or coarse, the labels of CIFAR-100")
        }
        context.ignoreOptions(id: true)
        context.ignoreTableOptions()
        var found = try batches(upload, context)
        guard let variant = found.batches.first?.variant else {
            throw .unrecognised(found: "there is no binary batch of CIFAR-10 or CIFAR-100 in it")
        }
        if let other = found.batches.first(where: { $0.variant != variant }) {
            throw .arrayValue(
                place: other.name,
                expected: "a batch of \(variant.title) like the others",
                got: "another"
            )
        }
        let coarse = context.options.label == "coarse"
        if variant == .ten, context.options.label != nil { context.warnings.add(.ignoredOption, at: "label") }
        let names = variant == .ten ? found.names["batches"] : found.names[coarse ? "coarse" : "fine"]
        // data_batch_1 ... data_batch_5, then test_batch.
        found.batches.sort { ($0.isTest ? 1 : 0, $0.name.count, $0.name) < ($1.isTest ? 1 : 0, $1.name.count, $1.name) }
        let onlyTest = found.batches.allSatisfy(\.isTest)
        var parts: [ArrayDataset.Part] = []
        while !found.batches.isEmpty {
            let batch = found.batches.removeFirst()
            parts.append(
                ArrayDataset.Part(
                    examples: NumericArray(
                        name: batch.name,
                        shape: [batch.count, 3, 32, 32],
                        values: .bytes(batch.pixels)
                    ),
                    labels: .integers((coarse ? batch.coarse : batch.labels).map(Int64.init)),
                    labelsName: batch.name,
                    ids: nil,
                    isTest: batch.isTest && !onlyTest
                )
            )
        }
        return try ArrayDataset(format: name, parts: parts, classes: names).parsed(context)
    }

    private func batches(
        _ upload: Upload,
        _ context: IngestContext
    ) throws(IngestError) -> (batches: [CIFARBatch], names: [String: [String]]) {
        var batches: [CIFARBatch] = []
        var names: [String: [String]] = [:]
        guard upload.container == .archive else {
            let name = context.options.fileName ?? "batch.bin"
            let file = TableFile(upload: upload, path: nil, name: name)
            if let batch = try batch(file, isTest: false, limit: context.limits.exampleBytes, context) {
                batches.append(batch)
            }
            return (batches, names)
        }
        let archive = try upload.openArchive(limits: context.limits)
        var paths: [String] = []
        while let entry = try archive.next() {
            guard !entry.isClutter else { continue }
            let name = entry.fileName.lowercased()
            if name.hasSuffix(".txt"), let kind = ["batches", "fine", "coarse"].first(where: { name.hasPrefix($0) }) {
                let text = try archive.contents(limit: 1 << 16) ?? []
                names[kind] = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
                    .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
            } else if name.hasSuffix(".bin") || name.hasSuffix(".bin.gz") {
                paths.append(entry.path)
            } else {
                context.warnings.add(.otherFiles, at: entry.path)
            }
        }
        var bytes = 0
        for path in paths.sorted() {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let file = TableFile(upload: upload, path: path, name: name)
            let isTest = name.lowercased().contains("test")
            let limit = context.limits.exampleBytes - bytes
            guard let batch = try batch(file, isTest: isTest, limit: limit, context) else {
                context.warnings.add(.otherFiles, at: path)
                continue
            }
            bytes += batch.pixels.count
            batches.append(batch)
        }
        for (kind, list) in names where Set(list).count != list.count {
            throw .badClassNames(name: kind, reason: "a name occurs twice")
        }
        return (batches, names)
    }

    private func batch(
        _ file: TableFile,
        isTest: Bool,
        limit: Int,
        _ context: IngestContext
    ) throws(IngestError) -> CIFARBatch? {
        var parser: CIFARBatch?
        var head: [UInt8] = []
        try file.read(limits: context.limits, progress: context.readProgress) { (piece) throws(IngestError) in
            if parser == nil {
                head.append(contentsOf: piece)
                // Two records tell the variants apart.
                guard head.count >= 2 * CIFARBatch.Variant.hundred.recordBytes else { return true }
                guard let variant = CIFARBatch.Variant.of(head, size: nil) else { return false }
                parser = CIFARBatch(variant, name: file.name, isTest: isTest, limit: limit)
                try parser?.push(head)
                return true
            }
            try parser?.push(piece)
            return true
        }
        if parser == nil, let variant = CIFARBatch.Variant.of(head, size: nil) {
            parser = CIFARBatch(variant, name: file.name, isTest: isTest, limit: limit)
            try parser?.push(head)
        }
        try parser?.finish()
        return parser
    }
}
