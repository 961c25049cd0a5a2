import Arrays
import Datasets
import Difficulty
import Experiments
import Files
import Foundation
import Logging
import Synchronization

/// A data folder that goes with the test, and experiments on it whose children are closures in this process.
final class Bench: Sendable {
    let root = NSTemporaryDirectory() + "plumbline-experiments-\(UUID().uuidString)"
    let launcher: FakeLauncher

    init(_ launcher: FakeLauncher = FakeLauncher()) { self.launcher = launcher }
    deinit { try? FileManager.default.removeItem(atPath: root) }

    func open(
        slots: Int = 2,
        files: Files = .live,
        launcher other: FakeLauncher? = nil,
        retentionDays: Double? = nil,
        minFreeBytes: UInt64 = 0
    ) throws -> Experiments {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try Experiments(
            folder: try DataFolder(root, files: files),
            launcher: other ?? launcher,
            catalog: Self.catalog,
            slots: slots,
            retentionDays: retentionDays,
            minFreeBytes: minFreeBytes,
            diskPause: 0.05,
            logger: logger
        )
    }

    static let catalog = ModelCatalog(
        entries: [
            .init(
                name: "mlp",
                objection: { _, _, _ in nil },
                probeNames: { ["input"] + (0..<($0.hidden?.count ?? 0)).map { "hidden\($0 + 1)" } + ["softmax"] }
            )
        ],
        engine: EngineIdentity(version: "test", instructionSet: "none")
    )

    /// A manifest as `plumbline ingest` writes it, of a data set without a test split.
    ///
    /// - Parameters:
    ///   - counts: examples of each class
    ///   - shape: of an example; of three numbers it is a picture
    static func manifest(classCounts counts: [Int], shape: [Int] = [4]) throws -> DatasetManifest {
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
    static func upload(shift: Float = 0) throws -> [UInt8] {
        let bytes = Collector()
        var archive = NPZWriter { bytes.bytes.append(contentsOf: $0) }
        let x: [Float] = (0..<240).map { place in
            let class1: Float = place / 4 % 2 == 1 ? 3 : 0
            return Float(place % 7) + class1 + Float(place) * 0.01 + shift
        }
        try archive.add("x", NDArray(shape: [60, 4], values: x))
        try archive.add("y", NDArray(shape: [60], values: (0..<60).map { Int64($0 % 2) }))
        try archive.finish()
        return bytes.bytes
    }

    private final class Collector { var bytes: [UInt8] = [] }
}

extension Experiments {
    func add(
        _ bytes: [UInt8],
        name: String = "toy",
        options: UploadOptions = UploadOptions(),
        patience: Duration = .seconds(60)
    ) async throws -> UploadOutcome {
        let upload = try IncomingFile(in: folder.incoming, files: folder.files)
        try await upload.write(bytes)
        return try await library.add(upload, name: name, options: options, patience: patience)
    }

    /// Waits until the job is in a final state. Bounded by the number of looks, not by a clock: each look yields.
    func finished(_ id: String) async throws -> JobSummary {
        while true {
            guard let job = try await job(id) else { throw ExperimentError.noDataset(id) }
            if !job.state.isLive { return job }
            await Task.yield()
        }
    }
}

/// Holds uploads back before they are read.
final class Gate: Sendable {
    private let state = Mutex((isOpen: false, waiters: [AsyncStream<Void>.Continuation]()))

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.finish() }
    }

    func close() { state.withLock { $0.isOpen = false } }

    /// Returns when the gate opens or the task is cancelled.
    func wait() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let isOpen = state.withLock { state in
            if !state.isOpen { state.waiters.append(continuation) }
            return state.isOpen
        }
        if !isOpen { for await _ in stream {} }
    }
}

/// What a fake worker does.
indirect enum Behaviour: Sendable {
    /// Leaves a checkpoint that names its index and attempt, and then does something else.
    case checkpoint(then: Behaviour)
    /// Ends because it was asked to stop.
    case interrupted
    /// Leaves evidence.
    case succeed
    /// Leaves evidence that says the network did not learn.
    case notLearn
    /// Ends because the disk is full.
    case diskFull
    /// Ends like a process that was killed.
    case killed
    /// Ends with this code, saying why.
    case exit(Int32, String)
    /// Waits until its task is cancelled.
    case hang
}

/// Children as closures: `ingest` really parses, `worker` and `score` leave the files that the scheduler looks for.
final class FakeLauncher: Launcher {
    private let behaviour: @Sendable (_ index: Int, _ attempt: Int) -> Behaviour
    private let starts = Mutex<[(key: String, index: Int, attempt: Int)]>([])
    private let checkpoints = Mutex<[String: String]>([:])

    private let gate: Gate?
    private let calibration: Calibration?
    private let examplesPerSecond: [Int: Double]
    private let measurements = Mutex<[Int]>([])
    private let reliability: [Int: Double]

    /// - Parameters:
    ///   - gate: what uploads wait for before they are read
    ///   - calibration: what a calibration says
    ///   - examplesPerSecond: of a worker, by its threads
    ///   - reliability: that of `issue_score` by the number of members
    ///   - behaviour: what a worker does
    init(
        gate: Gate? = nil,
        calibration: Calibration? = nil,
        examplesPerSecond: [Int: Double] = [:],
        reliability: [Int: Double] = [:],
        _ behaviour: @escaping @Sendable (_ index: Int, _ attempt: Int) -> Behaviour = { _, _ in .succeed }
    ) {
        self.gate = gate
        self.calibration = calibration
        self.examplesPerSecond = examplesPerSecond
        self.reliability = reliability
        self.behaviour = behaviour
    }

    /// The checkpoint that a start was given: `index.attempt` of the start that left it, by the same of the one that got it.
    var checkpointsGiven: [String: String] { checkpoints.withLock { $0 } }

    /// The threads of each worker that was measured.
    var measured: [Int] { measurements.withLock { $0 } }

    /// Every start of a worker, in order.
    var workerStarts: [(key: String, index: Int, attempt: Int)] { starts.withLock { $0 } }

    func run(
        _ task: ChildTask,
        started: @escaping @Sendable (Int32) async -> Void,
        received: @escaping @Sendable (ChildMessage) async -> Void
    ) async -> ChildExit {
        do {
            switch task.arguments[0] {
            case "ingest":
                await gate?.wait()
                return Task.isCancelled ? .signalled(SIGTERM) : try ingest(task)
            case "worker":
                return try await work(task.arguments[2], checkpoint: task.arguments[4], received: received)
            case "calibrate": return try await calibrate(received)
            case "throughput": return try await measure(threads: task.arguments[2], received)
            default: return try score(task.arguments[2])
            }
        } catch {
            return .notStarted("\(error)")
        }
    }

    private func ingest(_ task: ChildTask) throws -> ChildExit {
        let reader = try Files.live.openForReading(task.arguments[2])
        return .exited(
            IngestChild.run(
                upload: reader.descriptor,
                output: task.arguments[4],
                options: IngestOptions(),
                line: { _ in }
            )
        )
    }

    private func work(
        _ folder: String,
        checkpoint: String,
        received: @escaping @Sendable (ChildMessage) async -> Void
    ) async throws -> ChildExit {
        let spec = try JSONDecoder().decode(MemberSpec.self, from: Data(try Files.live.read("\(folder)/spec.json")))
        let attempt = Int(folder.split(separator: ".").last ?? "") ?? 0
        starts.withLock { $0.append((spec.key, spec.member, attempt)) }
        var behaviour = behaviour(spec.member, attempt)
        let place = "\(spec.member).\(attempt)"
        if let given = try? Files.live.read(checkpoint) {
            checkpoints.withLock { $0[place] = String(decoding: given, as: UTF8.self) }
        }
        if case .checkpoint(let next) = behaviour {
            try Files.live.write(Array(place.utf8), to: "\(folder)/checkpoint")
            behaviour = next
        }
        switch behaviour {
        case .interrupted:
            let line = "{\"t\":\"failed\",\"code\":\"INTERRUPTED\",\"detail\":\"asked to stop\"}"
            await received(try JSONDecoder().decode(ChildMessage.self, from: Data(line.utf8)))
            return .exited(75)
        case .diskFull:
            let line = #"{"t":"failed","code":"DISK_FULL","detail":"no space left"}"#
            await received(try JSONDecoder().decode(ChildMessage.self, from: Data(line.utf8)))
            return .exited(75)
        case .killed: return .signalled(SIGKILL)
        case .exit(let code, let why):
            let line = "{\"t\":\"failed\",\"code\":\"BAD\",\"detail\":\"\(why)\"}"
            await received(try JSONDecoder().decode(ChildMessage.self, from: Data(line.utf8)))
            return .exited(code)
        case .hang:
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
            return .signalled(SIGTERM)
        case .succeed, .notLearn, .checkpoint:
            let learned = if case .succeed = behaviour { true } else { false }
            let digest = try NPY.write(
                NDArray(shape: [1], values: [UInt16(spec.member)]),
                to: "\(folder)/pred.npy",
                files: .live
            )
            let manifest = """
                {"evidence_version":1,"key":"\(spec.key)","files":{"pred.npy":{"sha256":"\(digest.sha256)","bytes":\
                \(digest.bytes)}},"result":{"learned":\(learned),"reason":null,"fit":1,"seconds":{"train":0.5}}}
                """
            try Files.live.write(Array(manifest.utf8), to: "\(folder)/manifest.json")
            return .exited(0)
        }
    }

    private func calibrate(_ received: @Sendable (ChildMessage) async -> Void) async throws -> ChildExit {
        guard let calibration else {
            let line = #"{"t":"failed","code":"BAD","detail":"no calibration in this test"}"#
            await received(try JSONDecoder().decode(ChildMessage.self, from: Data(line.utf8)))
            return .exited(65)
        }
        let line = String(decoding: try JSONEncoder().encode(calibration), as: UTF8.self)
        let message = #"{"t":"calibration","calibration":\#(line)}"#
        await received(try JSONDecoder().decode(ChildMessage.self, from: Data(message.utf8)))
        return .exited(0)
    }

    private func measure(
        threads: String,
        _ received: @Sendable (ChildMessage) async -> Void
    ) async throws -> ChildExit {
        guard let threads = Int(threads), let rate = examplesPerSecond[threads] else { return .exited(70) }
        measurements.withLock { $0.append(threads) }
        let line = #"{"t":"throughput","examples_per_second":\#(rate)}"#
        await received(try JSONDecoder().decode(ChildMessage.self, from: Data(line.utf8)))
        return .exited(0)
    }

    private func score(_ path: String) throws -> ChildExit {
        let spec = try JSONDecoder().decode(ScoreSpec.self, from: Data(try Files.live.read(path)))
        try Files.live.write(Array("[]".utf8), to: "\(spec.outputDirectory)/columns.json")
        let members = spec.members.map { "\($0.index)" }.joined(separator: ",")
        let measured = reliability[spec.members.count].map { #""issue_score":{"spearman_brown":\#($0)}"# } ?? ""
        let summary = #"{"members":[\#(members)],"reliability":{\#(measured)}}"#
        try Files.live.write(Array(summary.utf8), to: "\(spec.outputDirectory)/summary.json")
        return .exited(0)
    }
}
