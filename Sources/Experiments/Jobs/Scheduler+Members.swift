import Files
import Foundation
import Logging
import Tasks

/// One member, from its preparation to the bookkeeping after its end.
extension Scheduler {
    func run(_ member: MemberRecord) async {
        let task = members.task(member)
        do {
            if try await !members.accept(member) {
                let needs = try await members.prepare(member)
                let preview = try await previewEpoch(for: member).map { ["--preview-epoch", "\($0)"] }
                // It may have become unwanted while it was prepared. From here on nothing may be awaited before it is a child
                // that can be stopped.
                guard !isStopping, runs[member.key]?.isUnwanted != true else {
                    try await end(member, Child.Outcome(exit: .signalled(SIGTERM)))
                    return await close(member)
                }
                let child = Child(
                    ChildTask(
                        arguments: [
                            "worker", "--task", task, "--checkpoint", folder.checkpoint(member.key),
                            "--checkpoint-seconds", "\(checkpointSeconds)",
                        ] + (preview ?? []),
                        standardError: TaskFolder(task).log,
                        environment: ChildTask.workerEnvironment(threads: needs.threads)
                    ),
                    by: launcher,
                    started: { id in await self.started(member, id) },
                    received: { message in await self.received(message, from: member.key) }
                )
                runs[member.key]?.child = child
                try await end(member, await child.outcome)
            }
        } catch {
            logger.error("a member could not be run", metadata: ["member": "\(member.key)", "error": "\(error)"])
            do {
                if let error = error as? FilesError, error.isDiskFull, try pauseForRoom() {
                    try await queue.requeue(member)
                } else {
                    _ = try await queue.fail(member, reason: "the member could not be run: \(error)", mayRetry: true)
                }
            } catch {
                logger.error("the store refuses a write", metadata: ["error": "\(error)"])
            }
        }
        await close(member)
    }

    /// Gives the slot back and looks at what follows from the member's end.
    private func close(_ member: MemberRecord) async {
        let isPaused = runs[member.key]?.place != nil
        runs[member.key] = nil
        board.change {
            if isPaused { $0.paused[member.key] = $0.progress[member.key]?.fraction }
            $0.progress[member.key] = nil
        }
        do {
            if try await queue.isOrphan(member.key) {
                for key in try await queue.removeOrphans(sparing: Set(runs.keys)) { try members.discard(key) }
            }
            shelf.sweep(keeping: try await queue.awaited())
            for job in try await queue.liveJobs(with: member.key) { await settle(job) }
        } catch {
            logger.error("a job could not be brought up to date", metadata: ["error": "\(error)"])
        }
        fill()
    }

    private func started(_ member: MemberRecord, _ id: Int32) async {
        guard let process = RunningProcess(id) else { return }
        do {
            try await queue.note(process, for: member)
        } catch {
            logger.warning("a process id could not be stored", metadata: ["error": "\(error)"])
        }
    }

    private func received(_ message: ChildLine, from key: String) async {
        if message.t == .preview { await takePreview(of: key) }
        if message.t == .note {
            logger.notice("a member \(message.detail ?? "")", metadata: ["member": "\(key)"])
        }
        board.change { $0.progress[key]?.take(message) }
        tell()
    }

    private func end(_ member: MemberRecord, _ outcome: Child.Outcome) async throws {
        let run = runs[member.key]
        if try await members.accept(member) { return }
        let task = members.task(member)
        shelf.keep(member.key, from: task)
        // Looked at before its folder goes, which makes room.
        let lackedRoom = outcome.failure?.code == "DISK_FULL" ? try pauseForRoom() : false
        if isStopping || run?.isUnwanted == true || run?.place != nil || outcome.wasStopped || lackedRoom {
            try await queue.requeue(member, place: run?.place)
            try folder.files.removeTree(task)
            return
        }
        let reason = members.reason(outcome, in: task)
        let givenUp = try await queue.fail(member, reason: reason, mayRetry: outcome.exit.mayRetry)
        logger.warning(
            givenUp ? "a member was given up" : "a member is tried again",
            metadata: ["member": "\(member.key)", "attempt": "\(member.attempt)", "reason": "\(reason)"]
        )
        try folder.files.removeTree(task)
    }
}
