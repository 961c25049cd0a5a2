import Files
import Foundation
import Logging
import Tasks

/// One job: what follows from where its members stand.
extension Scheduler {
    /// Looks at a live job's members and does what follows: nothing, a partial reduction, the last one, or its failure.
    func settle(_ id: String) async {
        do {
            guard !isStopping, let job = try await queue.job(id), job.state.isLive, job.request == nil else { return }
            let rows = try await queue.members(of: id)
            guard let kind = kinds[job.kind] else { return try await fail(job, Self.unknown(job.kind)) }
            let verdict = try JobVerdict(
                job,
                of: kind,
                rows,
                hasPreview: { hasPreview($0, of: id) },
                isEnding: { runs[$0]?.isUnwanted == true }
            )
            switch verdict {
            case .wait: return
            case .fail(let failure): try await fail(job, failure)
            case .reduce(let evidence):
                // The first revision that says something of every example is not made to wait.
                let isFirstRound = evidence.hasRound && !roundsSeen.contains(id)
                let isAwaited = evidence.isFinal || evidence.decides || isFirstRound || evidence.isPreview
                guard reductions[id] == nil, isAwaited || evidence.members.count > job.revisionMembers else { return }
                if evidence.isPreview, !previewsSeen.insert(id).inserted { return }
                if !isAwaited, let next = nextReduction[id], next > Date() { return }
                if evidence.hasRound { roundsSeen.insert(id) }
                reductions[id] = Task { await self.reduce(job, evidence) }
            }
        } catch {
            logger.error("a job could not be brought up to date", metadata: ["job": "\(id)", "error": "\(error)"])
        }
    }

    private static func unknown(_ kind: String) -> Failure {
        Failure(code: "UNKNOWN_KIND", detail: "\(UnknownKindError(name: kind)): a program that does can resume it")
    }

    private func fail(_ job: JobRecord, _ failure: Failure) async throws {
        if try await queue.finish(
            job.id,
            state: .failed,
            failure: try CanonicalJSON.text(failure),
            stopReason: job.stopReason
        ) {
            logger.warning("job failed", metadata: ["job": "\(job.id)", "reason": "\(failure.detail)"])
        }
        try await dropUnwanted()
    }

    /// A job's time is up: its members stop, and it ends with what there is.
    func spend(_ job: JobRecord) async throws {
        guard try await queue.spend(job.id) else { return }
        logger.info("a budget is spent", metadata: ["job": "\(job.id)", "seconds": "\(job.maxSeconds ?? 0)"])
        try await dropUnwanted()
        await settle(job.id)
    }

    /// Stops running members that no live job waits for.
    func dropUnwanted() async throws {
        for key in Array(runs.keys) where try await queue.liveJobs(waitingFor: key).isEmpty {
            runs[key]?.isUnwanted = true
            runs[key]?.child?.stop()
        }
        shelf.sweep(keeping: try await queue.awaited())
        fill()
    }

    private func reduce(_ job: JobRecord, _ evidence: JobVerdict.Evidence) async {
        let started = Date()
        var isDecided = false
        do {
            try await reducer.reduce(
                job.id,
                evidence,
                running: { child in await self.note(child, reducing: job.id) },
                isStopping: { await self.isStopping }
            )
            if evidence.decides { isDecided = try await decide(job.id, after: job.revision) }
        } catch {
            logger.error("columns could not be made", metadata: ["job": "\(job.id)", "error": "\(error)"])
            if evidence.isFinal || evidence.decides, !isStopping {
                do {
                    // The evidence stays: the columns are made when there is room.
                    if try pauseForRoom() {
                        reductions[job.id] = nil
                        return
                    }
                    try await fail(
                        job,
                        Failure(code: "REDUCTION_FAILED", detail: "the scores could not be computed: \(error)")
                    )
                } catch {
                    logger.error("the store refuses a write", metadata: ["error": "\(error)"])
                }
            }
        }
        reductions[job.id] = nil
        if evidence.isFinal {
            roundsSeen.remove(job.id)
            previewsSeen.remove(job.id)
        }
        dropPreviews(of: job.id)
        nextReduction[job.id] = evidence.isFinal ? nil : Date() + 30 * Date().timeIntervalSince(started)
        if evidence.decides ? isDecided : !evidence.isFinal { await settle(job.id) }
    }

    private func note(_ child: Child?, reducing id: String) { reducing[id] = child }

    /// Removes the folders of members, the job itself and checkpoints once their rows are gone.
    func removeFiles(ofJob id: String, orphans: [String]) async throws {
        // Before anything is awaited: a new job may ask for the same members in the meantime.
        for key in orphans where runs[key] == nil {
            if try await queue.member(key) == nil { try members.discard(key) }
        }
        if let reduction = reductions[id] {
            reducing[id]?.stop()
            await reduction.value
        }
        try folder.files.removeTree(folder.job(id))
        // One that ended with its budget kept the checkpoints of what was in flight.
        shelf.sweep(keeping: try await queue.awaited())
    }
}
