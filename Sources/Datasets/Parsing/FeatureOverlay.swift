import Arrays
import Files
import Glibc

/// Features that come beside the examples: an NPY (N, D) in the uploaded ZIP, one row an example in the order in which the
/// dataset has them (class folders: by path). They are trained on; the examples become the pictures that people see.
struct FeatureOverlay {
    private let columns: Int
    private let values: [Float]
    /// What the examples are read from.
    let upload: Upload
    /// Keeps the file open that `upload` reads.
    private let inner: ScratchFile?

    /// Reads the features at `path`; the examples are the other files, or what the only other file packs.
    init(in upload: Upload, path: String, _ context: IngestContext) throws(IngestError) {
        guard upload.container == .archive else {
            throw .badOption(name: "features", value: path, expected: "a ZIP that holds them")
        }
        let archive = try upload.openArchive(limits: context.limits)
        var bytes: [UInt8]?
        var others: [ArchiveEntry] = []
        while let entry = try archive.next() {
            if entry.path == path {
                guard let whole = try archive.contents(limit: context.limits.exampleBytes) else {
                    throw .tooLarge(
                        what: "bytes of features",
                        got: entry.size ?? .max,
                        limit: context.limits.exampleBytes
                    )
                }
                bytes = whole
            } else if !entry.isClutter, others.count < 2 {
                others.append(entry)
            }
        }
        guard let bytes else {
            throw .missingArray(wanted: "features", available: others.map(\.path))
        }
        let array = try IngestError.translating {
            try NPY.decode(bytes, as: Float.self, name: "features")
        }
        guard array.shape.count == 2, array.shape[1] > 0 else {
            throw .arrayShape(name: "features", expected: "(N, D)", got: array.shape)
        }
        guard array.shape[1] <= context.limits.features else {
            throw .tooLarge(what: "feature columns", got: array.shape[1], limit: context.limits.features)
        }
        (columns, values) = (array.shape[1], array.values)
        if let position = values.firstIndex(where: { !$0.isFinite }) {
            throw .arrayValue(
                place: "features[\(position / columns), \(position % columns)]",
                expected: "a finite number",
                got: "\(values[position])"
            )
        }
        if others.count == 1 {
            let scratch = try ScratchFile(others[0].path, of: upload, context)
            inner = scratch
            self.upload = try Upload(descriptor: scratch.descriptor)
        } else {
            inner = nil
            self.upload = upload
        }
    }

    /// The dataset with these features; pictures that were examples are kept to be shown.
    func applied(to parsed: ParsedDataset, _ context: IngestContext) throws(IngestError) -> ParsedDataset {
        guard values.count == parsed.count * columns else {
            throw .labelCount(name: "features", expected: parsed.count, got: values.count / columns)
        }
        var result = parsed
        if case .images(let rows) = parsed.examples, parsed.pictures == nil {
            result.pictures = try Self.pictures(rows, count: parsed.count, context)
        }
        result.examples = .features(columns: columns, values: values)
        result.columns = nil
        return result
    }

    /// PNGs of examples that came as arrays.
    private static func pictures(
        _ rows: any ImageRows,
        count: Int,
        _ context: IngestContext
    ) throws(IngestError) -> ParsedPictures {
        let shape = rows.shape
        return try IngestError.translating {
            let output = try context.files.openForWriting("\(context.output)/\(DatasetFile.pictures)")
            var ranges: [Range<Int>] = []
            var digests: [String] = []
            for row in 0..<count {
                try rows.withRow(row) { pixels in
                    let start = output.count
                    var hasher = SHA256Hasher()
                    hasher.update("\(shape.height) \(shape.width) \(shape.channels)\n")
                    hasher.update(UnsafeRawBufferPointer(pixels))
                    digests.append(hasher.finish())
                    let raster = Raster(
                        height: shape.height,
                        width: shape.width,
                        channels: shape.channels,
                        pixels: Array(pixels)
                    )
                    try output.write(PNGEncoder.encode(raster))
                    ranges.append(start..<output.count)
                }
            }
            return ParsedPictures(
                ranges: ranges,
                digests: digests,
                smallest: [shape.height, shape.width],
                largest: [shape.height, shape.width],
                file: try output.finish()
            )
        }
    }
}

/// One file of an archive, unpacked to a file without a name in the output folder; nothing of it remains.
private final class ScratchFile {
    let descriptor: CInt

    init(_ path: String, of upload: Upload, _ context: IngestContext) throws(IngestError) {
        let name = "\(context.output)/unpacked.\(getpid()).tmp"
        let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        self.descriptor = descriptor
        guard descriptor >= 0, unlink(name) == 0 else {
            throw .files(FilesError(operation: "open", path: name, code: errno))
        }
        let archive = try upload.openArchive(limits: context.limits)
        while let entry = try archive.next() {
            guard entry.path == path else { continue }
            try archive.read { (piece) throws(IngestError) in
                var offset = 0
                while offset < piece.count {
                    let written = write(descriptor, piece.baseAddress! + offset, piece.count - offset)
                    if written < 0, errno == EINTR { continue }
                    guard written > 0 else {
                        throw .files(FilesError(operation: "write", path: name, code: errno))
                    }
                    offset += written
                }
                return true
            }
            return
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
