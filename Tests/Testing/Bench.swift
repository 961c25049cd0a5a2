import Arrays
import Datasets
import EnsembleKind
import Experiments
import Files
import Foundation
import LogKind
import Logging
import PruningKind
import Recipes
import Service
import Tasks
import TestSupport

/// A data folder that goes with the test, and experiments on it whose children are closures in this process.
package final class Bench: Sendable {
    private let home = TemporaryFolder()
    /// The data folder; it is made when experiments open it.
    package var root: String { "\(home.path)/data" }
    package let launcher: FakeLauncher

    package init(_ launcher: FakeLauncher = FakeLauncher()) { self.launcher = launcher }

    package func open(
        slots: Int = 2,
        files: Files = .live,
        launcher other: FakeLauncher? = nil,
        kinds: JobKinds = Bench.kinds,
        queueLimit: Int = 100,
        retentionDays: Double? = nil,
        minFreeBytes: UInt64 = 0
    ) throws -> Experiments {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try Experiments(
            folder: try DataFolder(root, files: files),
            launcher: other ?? launcher,
            kinds: kinds,
            slots: slots,
            queueLimit: queueLimit,
            retentionDays: retentionDays,
            minFreeBytes: minFreeBytes,
            diskPause: 0.05,
            logger: logger
        )
    }

    /// The API on these experiments, without a socket.
    package func api(on experiments: Experiments, access: AccessControl? = nil) -> API {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return API(
            experiments: experiments,
            views: Self.views,
            limits: API.Limits(),
            access: access,
            version: "test",
            engine: Self.catalog.engine,
            logger: logger
        )
    }

    /// Kinds of job whose networks are those of `catalog`.
    package static let kinds = JobKinds([difficulty, pruning, LogKind()])
    package static let difficulty = DifficultyKind(MemberTasks(catalog: catalog))
    package static let pruning = PruningKind(MemberTasks(catalog: catalog))

    package static let views = JobViews([
        DifficultyView(difficulty), PruningView(pruning, DifficultyView(difficulty)), LogView(),
    ])

    package static let catalog = ModelCatalog(
        entries: [
            .init(
                name: "mlp",
                objection: { _, _, _ in nil },
                probeNames: {
                    ["input"] + (0..<($0.options.hidden?.count ?? 0)).map { "hidden\($0 + 1)" } + ["softmax"]
                }
            )
        ],
        engine: EngineIdentity(version: "test", instructionSet: "none")
    )

    /// A calibration whose seconds are powers of ten apart, so that each term of the sum can be told from the others.
    package static let calibration = Calibration(
        trainExamples: 40,
        heldOutExamples: 20,
        startSeconds: 5,
        trainSeconds: 1,
        evaluateSeconds: 0.001,
        fileSeconds: 0.01,
        steps: 3,
        probes: .init(rows: 30, references: 20, passes: 1, embedSeconds: 3, searchSeconds: 40),
        probePasses: 2,
        multiplications: 100,
        probeWidth: 7,
        probeCount: 3,
        snapshots: 10,
        weights: 1_000,
        memoryBytes: 1 << 20
    )

    /// A manifest as `plumbline ingest` writes it, of a dataset without a test split.
    ///
    /// - Parameters:
    ///   - counts: examples of each class
    ///   - shape: of an example; of three numbers it is a picture
    package static func manifest(classCounts counts: [Int], shape: [Int] = [4]) throws -> DatasetManifest {
        let count = counts.reduce(0, +)
        let json: [String: Any] = [
            "manifest_version": 1, "digest": "d", "format": "npz", "kind": shape.count == 3 ? "images" : "features",
            "num_examples": count, "shape": shape, "classes": counts.indices.map(String.init),
            "splits": ["train": count, "test": 0],
            "class_counts": ["train": counts, "test": counts.map { _ in 0 }], "missing_labels": 0,
            "duplicate_examples": 0, "has_ids": false, "has_pictures": false,
            "normalisation": ["mean": [0.0], "std": [1.0]], "statistics": [String: Any](), "warnings": [Any](),
            "files": [String: Any](),
        ]
        return try JSONDecoder().decode(DatasetManifest.self, from: JSONSerialization.data(withJSONObject: json))
    }

    /// 60 examples of two classes with four features, as NPZ.
    package static func upload(shift: Float = 0) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var archive = NPZWriter { bytes.append(contentsOf: $0) }
        let x: [Float] = (0..<240).map { place in
            let class1: Float = place / 4 % 2 == 1 ? 3 : 0
            return Float(place % 7) + class1 + Float(place) * 0.01 + shift
        }
        try archive.add("x", NDArray(shape: [60, 4], values: x))
        try archive.add("y", NDArray(shape: [60], values: (0..<60).map { Int64($0 % 2) }))
        try archive.finish()
        return bytes
    }

    /// Grey pictures of 8 x 8, of ten classes in turn, as NPZ.
    package static func pictures(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var archive = NPZWriter { bytes.append(contentsOf: $0) }
        let x = (0..<count * 64).map { UInt8(truncatingIfNeeded: $0 / 64 % 10 * 20 + $0 % 64 + $0 / 640) }
        try archive.add("x", NDArray(shape: [count, 8, 8], values: x))
        try archive.add("y", NDArray(shape: [count], values: (0..<count).map { Int64($0 % 10) }))
        try archive.finish()
        return bytes
    }

}
