import Arrays

/// NumPy archives: `x` with `y`, `x_train`, `y_train`, `x_test`, `y_test`, and the other names in common use. Optional
/// `ids` and `classes` (names in the order of integer labels).
struct NPZFormat: DatasetFormat {
    let name = "npz"
    let summary = "npz (arrays x and y, or x_train, y_train, x_test, y_test)"

    /// Names of arrays that are one split each, in the order in which they are looked for.
    static let whole = [("x", "y"), ("X", "y"), ("images", "labels"), ("data", "target")]
    /// Training examples and labels, test examples and labels.
    static let split = [
        ("x_train", "y_train", "x_test", "y_test"), ("X_train", "y_train", "X_test", "y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
    ]

    func recognises(_ sample: FormatSample) -> Bool {
        guard sample.head.starts(with: [0x93] + Array("NUMPY".utf8)), !sample.isGzip else { return false }
        return sample.path?.hasSuffix(".npy") ?? true
    }

    func read(_ upload: Upload, _ context: IngestContext) throws(IngestError) -> ParsedDataset {
        guard upload.container == .archive else {
            if recognises(FormatSample(path: nil, head: upload.head, isGzip: false)) { throw .loneArray }
            throw .damagedArchive(reason: "it is not a ZIP file, which every NPZ is")
        }
        context.ignoreOptions()
        let archive = try IngestError.translating {
            try NPZReader(
                descriptor: upload.descriptor,
                name: "the upload",
                memberLimit: context.limits.exampleBytes
            )
        }
        let names = try ArrayNames(in: archive.names, context.options, isUnlabelled: context.isUnlabelled)
        for unused in archive.names where !names.all.contains(unused) {
            context.warnings.add(.unusedArrays, at: unused)
        }

        let loader = NPZLoader(archive: archive, uploadSize: upload.size, limits: context.limits)
        var parts: [ArrayDataset.Part] = []
        for (step, part) in names.parts.enumerated() {
            context.readProgress(Double(step) / Double(names.parts.count))
            let examples = try loader.examples(part.examples)
            parts.append(
                ArrayDataset.Part(
                    examples: examples,
                    labels: try part.labels.map(loader.labels) ?? .none(examples.rows),
                    labelsName: part.labels ?? "",
                    ids: try part.ids.map(loader.texts),
                    isTest: part.isTest
                )
            )
        }
        let classes = try names.classes.map(loader.classNames)
        context.readProgress(1)
        return try ArrayDataset(format: name, parts: parts, classes: classes).parsed(context)
    }
}

/// Which arrays of an archive are what.
private struct ArrayNames {
    struct Part {
        var examples: String
        /// Nil where there are to be none.
        var labels: String?
        var ids: String?
        var isTest: Bool
    }

    var parts: [Part]
    var classes: String?

    var all: Set<String> {
        Set(parts.flatMap { [$0.examples, $0.labels, $0.ids].compactMap(\.self) } + [classes].compactMap(\.self))
    }

    init(in names: [String], _ options: IngestOptions, isUnlabelled: Bool) throws(IngestError) {
        let present = Set(names)
        func require(_ name: String, as option: String?, _ value: String?) throws(IngestError) -> String {
            if present.contains(name) { return name }
            if let option, let value { throw .badOption(name: option, value: value, expected: Self.list(names)) }
            throw .missingArray(wanted: name, available: names)
        }
        let idName = options.id ?? "ids"
        classes = nil

        if isUnlabelled {
            let known = (NPZFormat.whole + NPZFormat.split.map { ($0.0, $0.1) }).map(\.0)
            guard let examples = known.first(where: { present.contains($0) }) else {
                throw .missingArray(wanted: known.joined(separator: "; or "), available: names)
            }
            let ids = options.id != nil || present.contains(idName) ? try require(idName, as: "id", options.id) : nil
            parts = [Part(examples: examples, labels: nil, ids: ids, isTest: false)]
            return
        }
        if let found = NPZFormat.split.first(where: { present.contains($0.0) }) {
            let (trainLabels, testLabels) =
                options.label.map { ("\($0)_train", "\($0)_test") } ?? (found.1, found.3)
            parts = [
                Part(
                    examples: found.0,
                    labels: try require(trainLabels, as: "label", options.label),
                    ids: nil,
                    isTest: false
                )
            ]
            if present.contains(found.2) || present.contains(testLabels) {
                parts.append(
                    Part(
                        examples: try require(found.2, as: nil, nil),
                        labels: try require(testLabels, as: "label", options.label),
                        ids: nil,
                        isTest: true
                    )
                )
            }
            if options.id != nil || present.contains("\(idName)_train") {
                for at in parts.indices {
                    parts[at].ids = try require(
                        "\(idName)_\(parts[at].isTest ? "test" : "train")",
                        as: "id",
                        options.id
                    )
                }
            }
        } else if let found = NPZFormat.whole.first(where: {
            present.contains($0.0) && (options.label != nil || present.contains($0.1))
        }) {
            let ids = options.id != nil || present.contains(idName) ? try require(idName, as: "id", options.id) : nil
            parts = [
                Part(
                    examples: found.0,
                    labels: try require(options.label ?? found.1, as: "label", options.label),
                    ids: ids,
                    isTest: false
                )
            ]
        } else {
            let known =
                NPZFormat.whole.map { "\($0) and \($1)" } + NPZFormat.split.map { "\($0.0), \($0.1), \($0.2), \($0.3)" }
            throw .missingArray(wanted: known.joined(separator: "; or "), available: names)
        }
        classes = present.contains("classes") ? "classes" : nil
    }

    private static func list(_ names: [String]) -> String { "one of the arrays \(names.joined(separator: ", "))" }
}
