import Arrays
import Experiments
import Files
import Foundation
import Synchronization
import Tasks
import TestSupport
import Worker

/// What a fake worker does.
package indirect enum Behaviour: Sendable {
    /// Leaves a checkpoint that names its index and attempt, and then does something else.
    case checkpoint(then: Behaviour)
    /// Leaves a preview where one is wanted, and then does something else.
    case preview(then: Behaviour)
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

/// Children as closures: what reads uploads really reads them, `worker` and, unless it is given reductions, `score` leave
/// the files that the scheduler looks for.
package final class FakeLauncher: Launcher {
    private let behaviour: @Sendable (_ index: Int, _ attempt: Int) -> Behaviour
    private let starts = Mutex<[(key: String, index: Int, attempt: Int)]>([])
    private let waiting = Mutex<[(count: Int, gate: Gate)]>([])
    private let reduced = Mutex<[(members: [Int], isPreview: Bool)]>([])
    private let checkpoints = Mutex<[String: String]>([:])

    /// Opens when the first upload is about to be read, or waits for its gate.
    package let reading = Gate()

    private let gate: Gate?
    private let calibration: Calibration?
    private let examplesPerSecond: [Int: Double]
    private let measurements = Mutex<[Int]>([])
    private let reliability: [Int: Double]
    private let reductions: [any ReductionWork]

    /// - Parameters:
    ///   - gate: what uploads wait for before they are read
    ///   - calibration: what a calibration says
    ///   - examplesPerSecond: of a worker, by its threads
    ///   - reliability: that of `issue_score` by the number of members
    ///   - reductions: what reduces evidence in earnest; for any other reduction a few columns are made up
    ///   - behaviour: what a worker does
    package init(
        gate: Gate? = nil,
        calibration: Calibration? = nil,
        examplesPerSecond: [Int: Double] = [:],
        reliability: [Int: Double] = [:],
        reductions: [any ReductionWork] = [],
        _ behaviour: @escaping @Sendable (_ index: Int, _ attempt: Int) -> Behaviour = { _, _ in .succeed }
    ) {
        self.gate = gate
        self.calibration = calibration
        self.examplesPerSecond = examplesPerSecond
        self.reliability = reliability
        self.reductions = reductions
        self.behaviour = behaviour
    }

    /// The checkpoint that a start was given: `index.attempt` of the start that left it, by the same of the one that got it.
    package var checkpointsGiven: [String: String] { checkpoints.withLock { $0 } }

    /// Every revision that was made up, in order: its members, and whether it was of previews.
    package var revisions: [(members: [Int], isPreview: Bool)] { reduced.withLock { $0 } }

    /// The threads of each worker that was measured.
    package var measured: [Int] { measurements.withLock { $0 } }

    /// Returns once so many workers have been started in all, or the task is cancelled.
    package func started(_ count: Int) async {
        let gate = Gate()
        waiting.withLock { $0.append((count, gate)) }
        if workerStarts.count >= count { gate.open() }
        await gate.wait()
    }

    /// Every start of a worker, in order.
    package var workerStarts: [(key: String, index: Int, attempt: Int)] { starts.withLock { $0 } }

    package func run(
        _ task: ChildTask,
        started: @escaping @Sendable (Int32) async -> Void,
        received: @escaping @Sendable (ChildLine) async -> Void
    ) async -> ChildExit {
        do {
            switch task.arguments[0] {
            case "ingest", "revise", "import":
                reading.open()
                await gate?.wait()
                return Task.isCancelled ? .signalled(SIGTERM) : try await ParsingChild.run(task, received: received)
            case "worker":
                return try await work(task, received: received)
            case "calibrate": return try await calibrate(received)
            case "throughput": return try await measure(threads: task.arguments[2], received)
            default: return try await score(task.arguments[2], received)
            }
        } catch {
            return .notStarted("\(error)")
        }
    }

    private func work(
        _ task: ChildTask,
        received: @escaping @Sendable (ChildLine) async -> Void
    ) async throws -> ChildExit {
        let (folder, checkpoint) = (task.arguments[2], task.arguments[4])
        let spec = try JSONDecoder().decode(MemberSpec.self, from: Data(try Files.live.read("\(folder)/spec.json")))
        let attempt = Int(folder.split(separator: ".").last ?? "") ?? 0
        let count = starts.withLock { starts in
            starts.append((spec.key, spec.member, attempt))
            return starts.count
        }
        for waiter in waiting.withLock({ $0 }) where waiter.count <= count { waiter.gate.open() }
        var behaviour = behaviour(spec.member, attempt)
        let place = "\(spec.member).\(attempt)"
        if let given = try? Files.live.read(checkpoint) {
            checkpoints.withLock { $0[place] = String(decoding: given, as: UTF8.self) }
        }
        if case .checkpoint(let next) = behaviour {
            try Files.live.write(Array(place.utf8), to: "\(folder)/checkpoint")
            behaviour = next
        }
        if case .preview(let next) = behaviour {
            if task.arguments.contains("--preview-epoch") {
                let preview = TaskFolder(folder).preview
                try Files.live.createDirectory(preview)
                try EvidenceFolder(preview, files: .live).finish(
                    MemberManifest(
                        key: spec.key,
                        files: [:],
                        probeNames: nil,
                        k: 0,
                        result: MemberResult(learned: true)
                    )
                )
                await received(ChildLine(.preview))
            }
            behaviour = next
        }
        switch behaviour {
        case .interrupted:
            let line = ChildLine(.failed, code: "INTERRUPTED", detail: "asked to stop")
            await received(line)
            return .exited(75)
        case .diskFull:
            let line = ChildLine(.failed, code: "DISK_FULL", detail: "no space left")
            await received(line)
            return .exited(75)
        case .killed: return .signalled(SIGKILL)
        case .exit(let code, let why):
            let line = ChildLine(.failed, code: "BAD", detail: why)
            await received(line)
            return .exited(code)
        case .hang:
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
            return .signalled(SIGTERM)
        case .succeed, .notLearn, .checkpoint, .preview:
            let learned = if case .succeed = behaviour { true } else { false }
            let digest = try NPY.write(
                NDArray(shape: [1], values: [UInt16(spec.member)]),
                to: "\(folder)/pred.npy",
                files: .live
            )
            var result = MemberResult(learned: learned)
            (result.fit, result.seconds) = (1, ["train": 0.5])
            try EvidenceFolder(folder, files: .live).finish(
                MemberManifest(key: spec.key, files: ["pred.npy": digest], probeNames: nil, k: nil, result: result)
            )
            return .exited(0)
        }
    }

    private func calibrate(_ received: @Sendable (ChildLine) async -> Void) async throws -> ChildExit {
        guard let calibration else {
            let line = ChildLine(.failed, code: "BAD", detail: "no calibration in this test")
            await received(line)
            return .exited(65)
        }
        await received(ChildLine(.result, values: try JSON(encoding: calibration)))
        return .exited(0)
    }

    private func measure(
        threads: String,
        _ received: @Sendable (ChildLine) async -> Void
    ) async throws -> ChildExit {
        guard let threads = Int(threads), let rate = examplesPerSecond[threads] else { return .exited(70) }
        measurements.withLock { $0.append(threads) }
        await received(ChildLine(.result, values: try JSON(encoding: Throughput(examplesPerSecond: rate))))
        return .exited(0)
    }

    private func score(
        _ path: String,
        _ received: @Sendable (ChildLine) async -> Void
    ) async throws -> ChildExit {
        let specification = try Files.live.read(path)
        let header: ReductionHeader = try JSON.raw(specification).decode()
        guard let reduction = reductions.first(where: { $0.name == header.reduction }) else {
            return try pretendToScore(specification, header.outputDirectory)
        }
        do {
            try await withTaskExecutorPreference(ThreadExecutor.shared) { try reduction.reduce(specification) }
            return .exited(0)
        } catch {
            await received(ChildLine(.failed, code: "REDUCTION_FAILED", detail: "\(error)"))
            return .exited(65)
        }
    }

    private func pretendToScore(_ specification: [UInt8], _ output: String) throws -> ChildExit {
        struct Spec: Decodable {
            struct Member: Decodable { var index: Int }
            struct Preview: Decodable { var epochs: Int }
            var members: [Member]
            var labels: String?
            var preview: Preview?
        }
        let spec = try JSONDecoder().decode(Spec.self, from: Data(specification))
        reduced.withLock { $0.append((spec.members.map(\.index), spec.preview != nil)) }
        var columns = "[]"
        if let labels = spec.labels {
            let scores = (0..<(try MappedArray<Int32>(path: labels)).count).map { Float($0) }
            let column = NDArray(shape: [scores.count], values: scores)
            _ = try NPY.write(column, to: "\(output)/issue_score.npy", files: .live)
            columns = #"[{"name":"issue_score","dtype":"float32","score":"issue_score","companion":"value"}]"#
        }
        try Files.live.write(Array(columns.utf8), to: "\(output)/columns.json")
        let members = spec.members.map { "\($0.index)" }.joined(separator: ",")
        let measured = reliability[spec.members.count].map { #""issue_score":{"spearman_brown":\#($0)}"# } ?? ""
        let summary = #"{"members":[\#(members)],"reliability":{\#(measured)}}"#
        try Files.live.write(Array(summary.utf8), to: "\(output)/summary.json")
        return .exited(0)
    }
}
