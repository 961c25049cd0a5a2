import Arrays
import Files
import Glibc

/// Embeddings that come beside the examples: in the uploaded ZIP an NPY (N, D), one row an example in the order of the examples'
/// sources (class folders: byte order of the paths), or an NPZ that names them: `features` (N, D) and `source` (N). They are
/// trained on; the examples become the pictures that people see.
///
/// Rows are brought to length 1, so that Euclidean neighbours are those by cosine, as everywhere with embeddings.
struct FeatureOverlay {
    private let columns: Int
    private let values: [Float]
    /// Which example each row is of; nil: they are in order.
    private let rowOfSource: [String: Int]?
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
        let array: NDArray<Float>
        (array, rowOfSource) = try Self.read(bytes, context)
        guard array.shape.count == 2, array.shape[1] > 0 else {
            throw .arrayShape(name: "features", expected: "(N, D)", got: array.shape)
        }
        guard array.shape[1] <= context.limits.features else {
            throw .tooLarge(what: "feature columns", got: array.shape[1], limit: context.limits.features)
        }
        columns = array.shape[1]
        values = Self.unit(array.values, columns: columns)
        if let position = array.values.firstIndex(where: { !$0.isFinite }) {
            throw .arrayValue(
                place: "features[\(position / columns), \(position % columns)]",
                expected: "a finite number",
                got: "\(array.values[position])"
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

    /// The array and, where the file says whose its rows are, the row of each source.
    private static func read(
        _ bytes: [UInt8],
        _ context: IngestContext
    ) throws(IngestError) -> (NDArray<Float>, [String: Int]?) {
        guard bytes.starts(with: Array("PK".utf8)) else {
            return (try IngestError.translating { try NPY.decode(bytes, as: Float.self, name: "features") }, nil)
        }
        let archive = try IngestError.translating {
            try NPZReader(bytes: bytes, name: "features", memberLimit: context.limits.exampleBytes)
        }
        guard Set(archive.names) == ["features", "source"] else {
            throw .missingArray(wanted: "the arrays features (N, D) and source (N)", available: archive.names)
        }
        let loader = NPZLoader(archive: archive, uploadSize: bytes.count, limits: context.limits)
        let features = try loader.examples("features")
        let sources = try loader.texts("source")
        guard sources.count == features.rows else {
            throw .labelCount(name: "source", expected: features.rows, got: sources.count)
        }
        var rows: [String: Int] = [:]
        for (row, source) in sources.enumerated() {
            guard rows.updateValue(row, forKey: source) == nil else {
                throw .arrayValue(place: "source[\(row)]", expected: "each source once", got: "\(source) again")
            }
        }
        let values: [Float] =
            switch features.values {
            case .bytes(let bytes): bytes.map(Float.init)
            case .floats(let floats, _): floats
            }
        return (NDArray(shape: features.shape, values: values), rows)
    }

    /// Rows of length 1; a row of zeros stays one.
    private static func unit(_ values: [Float], columns: Int) -> [Float] {
        var result = values
        for start in stride(from: 0, to: values.count, by: columns) {
            let row = start..<start + columns
            let length = row.reduce(0.0) { $0 + Double(values[$1]) * Double(values[$1]) }.squareRoot()
            if length > 0 { for at in row { result[at] = Float(Double(values[at]) / length) } }
        }
        return result
    }

    /// The rows in the order of the examples.
    private func ordered(as sources: [String]) throws(IngestError) -> [Float] {
        guard let rowOfSource else {
            guard values.count == sources.count * columns else {
                throw .labelCount(name: "features", expected: sources.count, got: values.count / columns)
            }
            return values
        }
        var result: [Float] = []
        result.reserveCapacity(sources.count * columns)
        for source in sources {
            guard let row = rowOfSource[source] else {
                let first = rowOfSource.min { $0.value < $1.value }?.key ?? ""
                throw .arrayValue(
                    place: "source",
                    expected: "a row for every example",
                    got: "none for \"\(source)\" (the first row is for \"\(first)\")"
                )
            }
            result += values[row * columns..<(row + 1) * columns]
        }
        return result
    }

    /// The dataset with these features; pictures that were examples are kept to be shown.
    func applied(to parsed: ParsedDataset, _ context: IngestContext) throws(IngestError) -> ParsedDataset {
        let values = try ordered(as: parsed.sources)
        var result = parsed
        if case .images(let rows) = parsed.examples, parsed.pictures == nil {
            result.pictures = try Self.pictures(rows, count: parsed.count, context)
        }
        result.examples = .features(columns: columns, values: values)
        result.columns = nil
        result.isEmbedding = true
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
