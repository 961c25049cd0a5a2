import Arrays

/// NumPy archives: `x` with `y`, `x_train`, `y_train`, `x_test`, `y_test`, and the other names in common use. Optional
/// `ids` and `classes` (names in the order of integer labels).
struct NPZFormat: DatasetFormat {
    let name = "npz"
    let summary = "npz (arrays x and y, or x_train, y_train, x_test, y_test)"

    /// Names of arrays that are one split each, in the order in which they are looked for.
    static let whole = [("x", "y"), ("images", "labels"), ("data", "target")]
    /// Training examples and labels, test examples and labels, those for validation, which are for testing too.
    static let split = [
        ("x_train", "y_train", [("x_test", "y_test"), ("x_val", "y_val"), ("x_valid", "y_valid")]),
        (
            "train_images", "train_labels",
            [("test_images", "test_labels"), ("val_images", "val_labels"), ("valid_images", "valid_labels")]
        ),
        ("train_x", "train_y", [("test_x", "test_y"), ("val_x", "val_y"), ("valid_x", "valid_y")]),
        ("train_data", "train_labels", [("test_data", "test_labels"), ("val_data", "val_labels")]),
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
        context.ignoreTableOptions()
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
        // `X_train` and `Y_train` are what `x_train` and `y_train` are, where there is one of them.
        func found(_ name: String) -> String? {
            if present.contains(name) { return name }
            let close = names.filter { $0.lowercased() == name.lowercased() }
            return close.count == 1 ? close[0] : nil
        }
        func require(_ name: String, as option: String?, _ value: String?) throws(IngestError) -> String {
            if let found = found(name) { return found }
            if let option, let value { throw .badOption(name: option, value: value, expected: Self.list(names)) }
            throw .missingArray(wanted: name, available: names)
        }
        let idName = options.id ?? "ids"
        classes = nil

        if isUnlabelled {
            let known = (NPZFormat.whole + NPZFormat.split.map { ($0.0, $0.1) }).map(\.0)
            guard let examples = known.lazy.compactMap({ found($0) }).first else {
                throw .missingArray(wanted: known.joined(separator: "; or "), available: names)
            }
            let ids = options.id != nil || present.contains(idName) ? try require(idName, as: "id", options.id) : nil
            parts = [Part(examples: examples, labels: nil, ids: ids, isTest: false)]
            return
        }
        if let split = NPZFormat.split.first(where: { found($0.0) != nil }) {
            func labels(_ name: String, _ part: String) -> String { options.label.map { "\($0)_\(part)" } ?? name }
            parts = [
                Part(
                    examples: try require(split.0, as: nil, nil),
                    labels: try require(labels(split.1, "train"), as: "label", options.label),
                    ids: nil,
                    isTest: false
                )
            ]
            for (at, other) in split.2.enumerated() {
                let part = at == 0 ? "test" : at == 1 ? "val" : "valid"
                let wanted = labels(other.1, part)
                guard found(other.0) != nil || found(wanted) != nil else { continue }
                parts.append(
                    Part(
                        examples: try require(other.0, as: nil, nil),
                        labels: try require(wanted, as: "label", options.label),
                        ids: nil,
                        isTest: true
                    )
                )
            }
            if options.id != nil || present.contains("\(idName)_train") {
                for at in parts.indices where at < 2 {
                    parts[at].ids = try require(
                        "\(idName)_\(parts[at].isTest ? "test" : "train")",
                        as: "id",
                        options.id
                    )
                }
            }
        } else if let whole = NPZFormat.whole.first(where: {
            found($0.0) != nil && (options.label != nil || found($0.1) != nil)
        }) {
            let ids = options.id != nil || present.contains(idName) ? try require(idName, as: "id", options.id) : nil
            parts = [
                Part(
                    examples: try require(whole.0, as: nil, nil),
                    labels: try require(options.label ?? whole.1, as: "label", options.label),
                    ids: ids,
                    isTest: false
                )
            ]
        } else {
            let known =
                NPZFormat.whole.map { "\($0) and \($1)" }
                + NPZFormat.split.map { "\($0.0), \($0.1), \($0.2[0].0), \($0.2[0].1)" }
            throw .missingArray(wanted: known.joined(separator: "; or "), available: names)
        }
        classes = present.contains("classes") ? "classes" : nil
    }

    private static func list(_ names: [String]) -> String { "one of the arrays \(names.joined(separator: ", "))" }
}
