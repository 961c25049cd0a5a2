import Dispatch
import Files
import Foundation
import Synchronization

/// Pictures that have been decoded, with their small versions in a spool and their files in `pictures.bin`.
struct ImportedPictures {
    struct Record {
        var path: String
        /// As it was sent, upright.
        var height: Int
        var width: Int
        /// Where the small version lies in the spool, and its shape.
        var small: Range<Int>
        var smallShape: ImageShape
        /// Where the file that people see lies in `pictures.bin`, and its height and width.
        var picture: Range<Int>
        var pictureSize: (height: Int, width: Int)
        /// Where its preview lies in `previews.bin`; empty where the picture itself is small.
        var preview: Range<Int>
        /// SHA-256 of height, width, channels and pixels of what people see.
        var digest: String
        /// What the decoder overlooked.
        var damage: String?
    }

    /// In the order in which they came.
    var records: [Record]
    var spool: Spool
    var file: FileDigest
    var previews: FileDigest
}

/// Decodes pictures as they come, a few at a time on all cores: each becomes a small version for training and a file of at
/// most 1024 pixels a side for people, the one that came wherever that is no larger. Results keep the order of arrival.
struct PictureImporter {
    /// The longer side of what `pictures.bin` keeps.
    static let keptSide = 1024
    /// Bytes of a file that is kept as it came.
    fileprivate static let keptBytes = 2 << 20
    /// The longer side of a preview, and of pictures that get one.
    fileprivate static let previewSide = 256
    fileprivate static let previewedSide = 512
    /// Files and bytes that are decoded together: what bounds memory.
    private static let batchFiles = 64
    private static let batchBytes = 64 << 20
    /// Pictures that are decoded at once: each may take 200 MiB at the limit of pixels.
    private static let decoders = min(ProcessInfo.processInfo.activeProcessorCount, 4)

    /// Pictures that came, readable or not.
    private(set) var total = 0
    /// Those that cannot be used, and why.
    private(set) var unreadable: [(path: String, error: ImageError)] = []

    private let smallSide: Int
    private let limits: IngestLimits
    private let spool: Spool
    private let output: FileWriter
    private let previews: FileWriter
    private var records: [ImportedPictures.Record] = []
    private var pending: [(path: String, bytes: [UInt8])] = []
    private var pendingBytes = 0

    init(_ context: IngestContext) throws(IngestError) {
        smallSide = context.reducedSize
        limits = context.limits
        spool = try Spool(folder: context.output)
        output = try IngestError.translating {
            try context.files.openForWriting("\(context.output)/\(DatasetFile.pictures)")
        }
        previews = try IngestError.translating {
            try context.files.openForWriting("\(context.output)/\(DatasetFile.previews)")
        }
    }

    /// Takes a picture file, which is decoded now or later.
    mutating func add(_ path: String, _ bytes: [UInt8]) throws(IngestError) {
        total += 1
        guard total <= limits.examples else {
            throw .tooLarge(what: "pictures", got: total, limit: limits.examples)
        }
        pending.append((path, bytes))
        pendingBytes += bytes.count
        if pending.count >= Self.batchFiles || pendingBytes >= Self.batchBytes { try decodePending() }
    }

    /// Counts a picture that cannot be used.
    mutating func leaveOut(_ path: String, _ error: ImageError) {
        total += 1
        unreadable.append((path, error))
    }

    /// Decodes what is left and makes the files ready for reading.
    mutating func finish() throws(IngestError) -> ImportedPictures {
        try decodePending()
        try spool.finish()
        let (file, shown) = try IngestError.translating { (try output.finish(), try previews.finish()) }
        return ImportedPictures(records: records, spool: spool, file: file, previews: shown)
    }

    private mutating func decodePending() throws(IngestError) {
        let batch = pending
        pending = []
        pendingBytes = 0
        let results = Mutex([Result<Converted, ImageError>?](repeating: nil, count: batch.count))
        let (maxPixels, smallSide) = (limits.picturePixels, smallSide)
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: Self.decoders) { _ in
            while true {
                let at = next.add(1, ordering: .relaxed).oldValue
                guard at < batch.count else { return }
                let result = Result { () throws(ImageError) in
                    try Converted(batch[at].bytes, maxPixels: maxPixels, smallSide: smallSide)
                }
                results.withLock { $0[at] = result }
            }
        }
        for (file, result) in zip(batch, results.withLock { $0 }) {
            switch result {
            case .success(let converted): try store(converted, path: file.path)
            case .failure(let error): unreadable.append((file.path, error))
            case nil: preconditionFailure("every picture of a batch is decoded")
            }
        }
    }

    private mutating func store(_ converted: Converted, path: String) throws(IngestError) {
        let small = try spool.append(converted.small.pixels)
        let (start, first) = (output.count, previews.count)
        try IngestError.translating {
            try output.write(converted.kept)
            if !converted.preview.isEmpty { try previews.write(converted.preview) }
        }
        records.append(
            ImportedPictures.Record(
                path: path,
                height: converted.height,
                width: converted.width,
                small: small,
                smallShape: ImageShape(
                    height: converted.small.height,
                    width: converted.small.width,
                    channels: converted.small.channels
                ),
                picture: start..<output.count,
                pictureSize: converted.keptSize,
                preview: first..<previews.count,
                digest: converted.digest,
                damage: converted.damage
            )
        )
    }
}

/// One decoded picture in the forms that are kept.
private struct Converted: Sendable {
    var height: Int
    var width: Int
    var small: Raster
    /// The file that people see.
    var kept: [UInt8]
    var keptSize: (height: Int, width: Int)
    /// A smaller one for lists; empty where it is small itself.
    var preview: [UInt8] = []
    var digest: String
    var damage: String?

    init(_ bytes: [UInt8], maxPixels: Int, smallSide: Int) throws(ImageError) {
        guard !bytes.isEmpty else { throw .empty }
        // A JPEG of many megapixels is decoded at a fraction of its size, which costs a fraction of the time.
        let decoded = try ImageDecoder(maxPixels: maxPixels).decode(bytes, atLeast: PictureImporter.keptSide)
        (height, width, damage) = (decoded.size.height, decoded.size.width, decoded.damage)
        small = AreaAverage.fit(decoded.raster, within: smallSide)
        let shown = AreaAverage.fit(decoded.raster, within: PictureImporter.keptSide)
        keptSize = (shown.height, shown.width)
        if decoded.isPlain, (shown.height, shown.width) == (height, width), bytes.count <= PictureImporter.keptBytes {
            kept = bytes
            digest = shown.digest
        } else if ImageDecoder.kind(of: bytes) == .jpeg, damage == nil {
            kept = try JPEGEncoder.encode(shown)
            // Of what is kept, which a version of the dataset will see.
            digest = try ImageDecoder(maxPixels: maxPixels).decode(kept).raster.digest
        } else {
            kept = PNGEncoder.encode(shown)
            digest = shown.digest
        }
        if max(shown.height, shown.width) > PictureImporter.previewedSide {
            preview = try JPEGEncoder.encode(AreaAverage.fit(shown, within: PictureImporter.previewSide))
        }
    }
}

extension Raster {
    /// SHA-256 of height, width, channels and pixels: the same however the picture is compressed.
    var digest: String {
        var hasher = SHA256Hasher()
        hasher.update("\(height) \(width) \(channels)\n")
        pixels.withUnsafeBytes { hasher.update($0) }
        return hasher.finish()
    }
}
