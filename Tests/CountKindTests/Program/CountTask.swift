import Arrays
import Files
import Foundation
import Tasks
import Worker

/// Counts the examples of each class of one dataset.
struct CountTask: TaskWork {
    let name = "count"

    struct Spec: Codable {
        var task = "count"
        var key: String
        var labels: String
        var classes: Int
        var milliseconds: Int
    }

    private struct Manifest: Encodable {
        var evidence_version = 1
        var key: String
        var files: [String: FileDigest]
        var result: [String: Int]
    }

    func run(_ attempt: TaskAttempt) throws {
        let spec: Spec = try JSON.raw(try Files.live.read(attempt.folder.specification)).decode()
        usleep(UInt32(spec.milliseconds) * 1_000)
        var counts = [Int32](repeating: 0, count: spec.classes)
        for label in try NPY.read(Int32.self, from: spec.labels).values where label >= 0 { counts[Int(label)] += 1 }
        var folder = EvidenceFolder(attempt.folder.path, files: .live)
        try folder.write("counts", counts, [spec.classes])
        let manifest = Manifest(
            key: spec.key,
            files: folder.digests,
            result: ["examples": Int(counts.reduce(0, +))]
        )
        _ = try Files.live.write(try CanonicalJSON.encode(manifest), to: attempt.folder.manifest)
    }
}

/// Puts the counts side by side.
struct CountReduction: ReductionWork {
    let name = "count"

    struct Spec: Codable {
        var reduction = "count"
        var outputDirectory: String
        var counts: [String]
        var sides: [String]

        enum CodingKeys: String, CodingKey {
            case reduction, counts, sides
            case outputDirectory = "output_directory"
        }
    }

    func reduce(_ specification: [UInt8]) throws {
        let spec: Spec = try JSON.raw(specification).decode()
        var counts: [String: [Int32]] = [:]
        for (side, path) in zip(spec.sides, spec.counts) { counts[side] = try NPY.read(Int32.self, from: path).values }
        try Files.live.write(try CanonicalJSON.encode(counts), to: "\(spec.outputDirectory)/summary.json")
    }
}
