import Datasets
import Files
import Foundation

/// Has calibrations run by children, one job's at a time: several would measure one another.
actor Calibrator {
    private let folder: DataFolder
    private let members: MemberFolders
    private let launcher: any Launcher
    private var launches: [String: Launch] = [:]
    private var isBusy = false
    private var queue: [CheckedContinuation<Void, Never>] = []
    private var isStopping = false

    init(folder: DataFolder, members: MemberFolders, launcher: any Launcher) {
        self.folder = folder
        self.members = members
        self.launcher = launcher
    }

    /// Calibrates a member, in as many children as would train at once: they share caches and memory as workers do.
    ///
    /// - Returns: what they measured, on average
    /// - Throws: `ExperimentError.calibrationFailed`
    func measure(_ plan: MemberPlan, on data: DatasetManifest, lanes: Int) async throws -> Calibration {
        await enter()
        defer { leave() }
        let id = Identifier.make("calibration")
        let found = try await withThrowingTaskGroup(of: Calibration.self) { group in
            for lane in 0..<lanes { group.addTask { try await self.run(plan, on: data, as: "\(id)-\(lane)") } }
            var found: [Calibration] = []
            for try await calibration in group { found.append(calibration) }
            return found
        }
        return Self.mean(found, threads: plan.threads)
    }

    /// One child, whose task folder goes when it ends; what a crash leaves goes at the next start.
    private func run(_ plan: MemberPlan, on data: DatasetManifest, as id: String) async throws -> Calibration {
        let task = "\(folder.root)/tasks/\(id)"
        guard !isStopping else { throw ExperimentError.calibrationFailed("the service is being stopped") }
        let outcome: Result<Calibration, any Error>
        do {
            try members.prepare(plan, on: data, in: task)
            let told = Told()
            let launch = Launch(
                ChildTask(
                    arguments: ["calibrate", "--task", task],
                    standardError: "\(task)/stderr.log",
                    environment: ChildTask.workerEnvironment(threads: plan.threads)
                ),
                by: launcher,
                received: { message in await told.take(message) }
            )
            launches[id] = launch
            let exit = await launch.exit
            launches[id] = nil
            guard let calibration = await told.calibration else {
                throw ExperimentError.calibrationFailed(members.reason(await told.failure, exit, in: task))
            }
            outcome = .success(calibration)
        } catch {
            outcome = .failure(error)
        }
        try folder.files.removeTree(task)
        return try outcome.get()
    }

    private func enter() async {
        if isBusy {
            await withCheckedContinuation { queue.append($0) }
        } else {
            isBusy = true
        }
    }

    private func leave() {
        if queue.isEmpty { isBusy = false } else { queue.removeFirst().resume() }
    }

    /// Stops all children; who waits for them is told that it failed.
    func stop() {
        isStopping = true
        for launch in launches.values { launch.stop() }
    }

    /// Times are processor time. A network's threads share its products; what else there is, the first of them does.
    private static func mean(_ all: [Calibration], threads: Int) -> Calibration {
        func mean(_ value: (Calibration) -> Double) -> Double { all.reduce(0) { $0 + value($1) } / Double(all.count) }
        var result = all[0]
        result.startSeconds = mean(\.startSeconds)
        result.trainSeconds = mean(\.trainSeconds) / Double(threads)
        result.evaluateSeconds = mean(\.evaluateSeconds) / Double(threads)
        result.fileSeconds = mean(\.fileSeconds)
        result.probes.embedSeconds = mean(\.probes.embedSeconds) / Double(threads)
        result.probes.searchSeconds = mean(\.probes.searchSeconds)
        return result
    }
}

/// What a child said before it ended.
private actor Told {
    private(set) var calibration: Calibration?
    private(set) var failure: ChildMessage?

    func take(_ message: ChildMessage) {
        if message.t == "failed" { failure = message }
        calibration = message.calibration ?? calibration
    }
}
