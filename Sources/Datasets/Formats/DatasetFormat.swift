/// One way in which datasets arrive. A new format is one file with a type of this protocol, and its line in
/// `DatasetFormats.all`.
protocol DatasetFormat: Sendable {
    /// The name for `format=` and the manifest.
    var name: String { get }
    /// What it reads, for error messages: "npz (arrays x and y)".
    var summary: String { get }
    /// Whether an upload with this in it is of this format. Asked for the upload itself and, where that is an archive,
    /// for each file in it until some format says yes.
    func recognises(_ sample: FormatSample) -> Bool
    /// Whether another format that recognises a later file of the same archive is preferred: tables lie beside pictures.
    var givesWay: Bool { get }
    /// Reads the whole upload.
    func read(_ upload: Upload, _ context: IngestContext) throws(IngestError) -> ParsedDataset
}

extension DatasetFormat {
    var givesWay: Bool { false }
}

/// What a format may judge by.
struct FormatSample {
    /// The path in the archive; nil for the upload itself.
    var path: String?
    /// The first bytes (at most 4 KiB); of a gzip file the first bytes of what it holds.
    var head: [UInt8]
    /// Whether `head` was unpacked.
    var isGzip: Bool
    /// The size, as far as it is known.
    var size: Int?
}

/// The registry. The order is the order in which formats are asked.
enum DatasetFormats {
    static let all: [any DatasetFormat] = [
        NPZFormat(), IDXFormat(), CIFARFormat(), FoldersFormat(), JSONLinesFormat(), CSVFormat(),
    ]

    /// The format that `format=` names, or the one that recognises the content.
    static func format(of upload: Upload, _ context: IngestContext) throws(IngestError) -> any DatasetFormat {
        if let name = context.options.format {
            guard let format = all.first(where: { $0.name == name.lowercased() }) else {
                throw .unknownFormat(name: name, known: all.map(\.name))
            }
            return format
        }
        if upload.container != .archive {
            let sample = FormatSample(
                path: nil,
                head: upload.head,
                isGzip: upload.container == .gzip,
                size: upload.size
            )
            guard let format = all.first(where: { $0.recognises(sample) }) else {
                throw .unrecognised(found: description(of: upload, name: context.options.fileName))
            }
            return format
        }
        return try format(ofArchive: upload, context)
    }

    private static func format(
        ofArchive upload: Upload,
        _ context: IngestContext
    ) throws(IngestError) -> any DatasetFormat {
        let archive = try upload.openArchive(limits: context.options.limits)
        var others: [String] = []
        var advice: String?
        var files = 0
        var second: (any DatasetFormat)?
        while let entry = try archive.next() {
            guard !entry.isClutter else { continue }
            files += 1
            var sample = FormatSample(path: entry.path, head: try archive.head(4096), isGzip: false, size: entry.size)
            if GzipInflater.isGzip(sample.head) {
                sample.head = Array(GzipInflater.firstBytes(of: sample.head).prefix(4096))
                sample.isGzip = true
            }
            if let format = all.first(where: { $0.recognises(sample) }) {
                guard format.givesWay else { return format }
                second = second ?? format
                continue
            }
            if Upload.looksPacked(sample.head) { throw .nestedArchive(entry.path) }
            advice = advice ?? UnreadFormats.advice(sample.head, path: entry.path)
            if others.count < 3 { others.append(entry.path) }
        }
        if let second { return second }
        guard files > 0 else { throw .unrecognised(found: "the archive has no files") }
        if let advice { throw .unrecognised(found: advice) }
        throw .unrecognised(
            found: "none of the \(files) files in the archive (\(others.joined(separator: ", "))"
                + "\(files > others.count ? ", ..." : "")) is part of one of \(readable)"
        )
    }

    private static var readable: String { all.map(\.summary).joined(separator: "; ") }

    private static func description(of upload: Upload, name: String?) -> String {
        let head = upload.head
        if let advice = UnreadFormats.advice(head, path: name) { return advice }
        let what =
            if ImageDecoder.kind(of: head) != nil {
                "it is a single picture; send an archive of class folders"
            } else if PickleSign.isIn(head) {
                PickleSign.advice
            } else if Upload.looksPacked(head) {
                "it is packed in a way that is not read (only zip, tar and tar.gz are)"
            } else {
                "it starts with "
                    + head.prefix(8).map { byte in
                        let hex = String(byte, radix: 16)
                        return hex.count == 1 ? "0" + hex : hex
                    }.joined(separator: " ")
            }
        return "\(what); read are \(readable)"
    }
}

/// Python pickles, which are programs: nobody should open those of strangers.
enum PickleSign {
    static let advice =
        "it is a Python pickle, which is never opened here; CIFAR comes as binary batches too (cifar-10-binary.tar.gz), "
        + "arrays as NPZ (numpy.savez_compressed)"

    /// Protocol 2 or later: an opcode and its number.
    static func isIn(_ head: [UInt8]) -> Bool { head.count > 2 && head[0] == 0x80 && (2...5).contains(head[1]) }
}
