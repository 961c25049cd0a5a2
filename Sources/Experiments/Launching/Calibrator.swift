import Files
import Foundation
public import Tasks

/// Has tasks measured by children, one job's at a time: several would measure one another.
public actor Calibrator {
    /// A queue of its own: task folders are written and removed here.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let executor = QueueExecutor(label: "experiments.calibrator")
    private let folder: DataFolder
    private let members: TaskFolders
    private let launcher: any Launcher
    private var children: [String: Child] = [:]
    private var isBusy = false
    private var queue: [CheckedContinuation<Void, Never>] = []
    private var isStopping = false

    init(folder: DataFolder, members: TaskFolders, launcher: any Launcher) {
        self.folder = folder
        self.members = members
        self.launcher = launcher
    }

    /// Has a task measured, in as many children as would run at once: they share caches and memory as workers do.
    ///
    /// - Returns: what each of them said
    /// - Throws: `ExperimentError.calibrationFailed`
    public func measure(_ task: DraftTask, of kind: any JobKind, on data: JobData, lanes: Int) async throws -> [JSON] {
        await enter()
        defer { leave() }
        let id = Identifier.make("calibration")
        return try await withThrowingTaskGroup(of: JSON.self) { group in
            for lane in 0..<lanes {
                group.addTask { try await self.run(task, of: kind, on: data, as: "\(id)-\(lane)") }
            }
            var told: [JSON] = []
            for try await values in group { told.append(values) }
            return told
        }
    }

    /// One child, whose task folder goes when it ends; what a crash leaves goes at the next start.
    private func run(_ task: DraftTask, of kind: any JobKind, on data: JobData, as id: String) async throws -> JSON {
        let path = "\(folder.root)/tasks/\(id)"
        guard !isStopping else { throw ExperimentError.calibrationFailed("the service is being stopped") }
        let outcome: Result<JSON, any Error>
        do {
            let needs = try members.prepare(task, of: kind, on: data, in: path)
            let child = Child(
                ChildTask(
                    arguments: ["calibrate", "--task", path],
                    standardError: TaskFolder(path).log,
                    environment: ChildTask.workerEnvironment(threads: needs.threads)
                ),
                by: launcher
            )
            children[id] = child
            let came = await child.outcome
            children[id] = nil
            guard let values = came.result else {
                throw ExperimentError.calibrationFailed(members.reason(came, in: path))
            }
            outcome = .success(values)
        } catch {
            outcome = .failure(error)
        }
        try folder.files.removeTree(path)
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
        for child in children.values { child.stop() }
    }
}
