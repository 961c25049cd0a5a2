import Arrays
internal import Datasets
public import Files
import Foundation
internal import Recipes
public import Tasks

/// Makes the embeddings of a dataset, together with whoever else is at it: every worker that needs them takes the next piece
/// that nobody has, so all cores work, and a worker that is killed loses one piece.
///
/// A piece is a file that stands under its name only when it is whole; a lock beside it, which the kernel gives back when its
/// holder ends, tells that somebody is at it. Which worker made a piece changes no bit.
public struct EmbeddingRun {
    /// Pictures of a piece.
    static let pieceCount = 64

    private let spec: EmbeddingSpec
    private let dataset: String
    private let count: Int
    private let files: Files
    /// Consecutive rows.
    private let pieces: [Range<Int>]
    private let width: Int

    /// - Parameters:
    ///   - spec: what is to be made, and where
    ///   - dataset: the dataset's folder
    ///   - count: N
    public init(_ spec: EmbeddingSpec, of dataset: String, count: Int, files: Files = .live) {
        self.spec = spec
        self.dataset = dataset
        self.count = count
        self.files = files
        pieces = stride(from: 0, to: count, by: Self.pieceCount).map { $0..<min(count, $0 + Self.pieceCount) }
        width = spec.backbone.totalWidth
    }

    /// Whether all of it is there.
    public var isDone: Bool { files.exists(EmbeddingFolder.manifest(in: spec.directory)) }

    /// Works until all of it is there.
    ///
    /// - Parameters:
    ///   - overdue: called on a thread of its own with the row of an example that the network does not come to an end with; it
    ///     has to end the process
    ///   - progress: gets the share of the examples that are done
    /// - Throws: `BackboneError`, `IngestError` where a picture cannot be read, `FilesError`
    public func run(overdue: @escaping @Sendable (_ row: Int) -> Void, progress: (Double) -> Void) throws {
        let watchdog = Watchdog(overdue: overdue)
        var embedder: Embedder?
        while !isDone {
            var missing: [Int] = []
            for piece in pieces.indices where !files.exists(path(piece)) {
                guard let lock = try lock(piece) else {
                    missing.append(piece)
                    continue
                }
                try withExtendedLifetime(lock) {
                    // Finished between the look and the lock.
                    guard !files.exists(path(piece)), !isDone else { return }
                    let ready = try embedder ?? Embedder(spec, of: dataset, watchdog: watchdog, files: files)
                    embedder = ready
                    try write(pieces[piece], by: ready, to: path(piece))
                }
                progress(Double(pieces.indices.count { files.exists(path($0)) }) / Double(pieces.count))
            }
            if let first = missing.first {
                // Somebody is at the rest: wait for the first of it.
                _ = try LockFile(lockPath(first), waits: true)
            } else {
                try assemble()
            }
        }
    }

    private func path(_ piece: Int) -> String { "\(spec.directory)/piece_\(piece).npy" }
    private func lockPath(_ piece: Int) -> String { "\(spec.directory)/piece_\(piece).lock" }

    private func lock(_ piece: Int) throws(FilesError) -> LockFile? {
        do {
            return try LockFile(lockPath(piece))
        } catch {
            guard error.code == EWOULDBLOCK else { throw error }
            return nil
        }
    }

    private func write(_ rows: Range<Int>, by embedder: Embedder, to path: String) throws {
        var values: [Float] = []
        values.reserveCapacity(rows.count * width)
        for row in rows { values += try embedder.embed(row) }
        try NPY.write(NDArray(shape: [rows.count, width], values: values), to: path, files: files)
    }

    /// Makes an array a probe of the pieces, once.
    private func assemble() throws {
        let lock = try LockFile("\(spec.directory)/assembly.lock", waits: true)
        defer { withExtendedLifetime(lock) {} }
        guard !isDone else { return }
        let parts = try pieces.indices.map { piece in
            try MappedArray<Float>(path: path(piece), shape: [pieces[piece].count, width])
        }
        var offset = 0
        for (number, probe) in spec.backbone.probes.enumerated() {
            var writer = try NPYWriter<Float>(
                path: EmbeddingFolder.array(number, in: spec.directory),
                shape: [count, probe.width],
                files: files
            )
            do {
                for part in parts {
                    try part.withUnsafeBufferPointer { values in
                        for start in stride(from: offset, to: values.count, by: width) {
                            try writer.append(UnsafeBufferPointer(rebasing: values[start..<start + probe.width]))
                        }
                    }
                }
                _ = try writer.finish()
            } catch {
                writer.abandon()
                throw error
            }
            offset += probe.width
        }
        try files.write(
            try CanonicalJSON.encode(Manifest(key: spec.key, count: count, backbone: spec.backbone)),
            to: EmbeddingFolder.manifest(in: spec.directory)
        )
        for name in try files.list(spec.directory) where name.hasPrefix("piece_") || name.hasSuffix(".tmp") {
            try files.remove("\(spec.directory)/\(name)")
        }
    }

    private struct Manifest: Encodable {
        var key: String
        var count: Int
        var backbone: Backbone
    }
}
