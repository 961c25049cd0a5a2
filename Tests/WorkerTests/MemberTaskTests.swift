import Arrays
import Files
import Foundation
import Recipes
import Tasks
import TestSupport
import Testing
import Worker

/// The worker as a module: a task folder in, evidence out, without a service around it.
@Suite struct MemberTaskTests {
    private static let labels: [Int32] = (0..<40).map { $0 == 7 ? -1 : Int32($0 % 2) }

    /// A folder with a dataset of two clouds and a task.
    private func withTask<Result>(
        _ change: (inout MemberSpec) -> Void = { _ in },
        _ body: (TaskFolder) throws -> Result
    ) throws -> Result {
        let home = TemporaryFolder()
        defer { withExtendedLifetime(home) {} }
        let root = home.path
        let folder = TaskFolder("\(root)/task")
        for path in ["\(root)/data", folder.path] { try Files.live.createDirectory(path) }
        func save<Element: ArrayElement>(_ path: String, _ shape: [Int], _ values: [Element]) throws {
            _ = try NPY.write(NDArray(shape: shape, values: values), to: path, files: .live)
        }
        let values: [Float] = (0..<80).map { place in
            let centre: Int = place / 2 % 2 * 40
            return Float(centre + place * 37 % 11) / 10
        }
        try save("\(root)/data/examples.npy", [40, 2], values)
        try save("\(root)/data/labels.npy", [40], Self.labels)
        try save(folder.file(TaskFolder.heldOutName), [40], (0..<40).map { UInt8($0 % 4 == 0 ? 1 : 0) })
        var spec = MemberSpec(
            key: "k",
            trainKey: "t",
            dataset: .init(
                directory: "\(root)/data",
                kind: .features,
                shape: [2],
                numExamples: 40,
                numClasses: 2,
                mean: [2, 2],
                std: [2, 2]
            ),
            labels: "\(root)/data/labels.npy",
            heldOut: TaskFolder.heldOutName,
            member: 0,
            model: ModelSettings(name: "mlp", options: NetworkOptions(hidden: [6])),
            training: TrainingSettings(epochs: 6, batchSize: 5, learningRate: 0.1, seed: 0),
            observe: .presentation,
            probes: .init(k: 3, neighbors: .exact, inputMargin: nil, tieSeed: 5),
            seed: 4,
            threads: 1
        )
        change(&spec)
        try Files.live.write(try CanonicalJSON.encode(spec), to: folder.specification)
        return try body(folder)
    }

    private func run(_ folder: TaskFolder) throws {
        try MemberTask().run(
            TaskAttempt(folder: folder, checkpoint: nil, checkpointSeconds: 60, stop: StopRequest())
        )
    }

    @Test func itLeavesWholeEvidence() throws {
        try withTask { folder in
            try run(folder)
            let manifest = try #require(try TaskManifest.load(from: folder.path, key: "k", files: .live))
            let member: MemberManifest = try JSON.raw(Files.live.read(folder.manifest)).decode()
            #expect(member.result.learned && member.result.trainAccuracy?.count == 6 && member.result.fit ?? 0 > 0.9)
            #expect(member.probeNames == ["input", "hidden1", "softmax"] && member.spec?.observe == .presentation)
            // Every array that the contract names, and only whole ones.
            for array: EvidenceArray in [
                .heldOut, .pred, .pLabel, .margin, .loss, .votes, .finalLogits, .neighborIndex,
            ] {
                let digest = try #require(manifest.files["\(array.rawValue).npy"], "\(array)")
                let bytes = try Files.live.read(folder.file("\(array.rawValue).npy"))
                #expect(SHA256Hasher.hash(bytes) == digest.sha256, "\(array)")
            }
            let pred = try NPY.read(UInt16.self, from: folder.file("pred.npy"))
            #expect(pred.shape == [6, 40] && pred.values.allSatisfy { $0 < 2 })
        }
    }

    @Test func theSameSpecificationGivesTheSameBits() throws {
        func digests() throws -> [String: FileDigest] {
            try withTask { folder in
                try run(folder)
                return try #require(try TaskManifest.load(from: folder.path, key: "k", files: .live)).files
            }
        }
        #expect(try digests() == digests())
    }

    @Test func whatCannotBeFollowedIsSaid() throws {
        func problem(_ change: (inout MemberSpec) -> Void) throws -> String {
            try withTask(change) { folder in
                do {
                    try run(folder)
                    return "it ran"
                } catch { return "\(error)" }
            }
        }
        #expect(try problem { $0.model.name = "nobody" }.contains("no model called nobody"))
        #expect(try problem { $0.dataset.mean = [1] }.contains("mean and std do not fit"))
        #expect(try problem { $0.dataset.shape = [2, 2] }.contains("cannot be trained on"))
        #expect(try problem { $0.dataset.numClasses = 1 }.contains("a label is not one of the 1 classes"))
    }
}
