import Foundation
import Tasks

/// Jobs as users see them: whatever the number of jobs and members, a fixed number of questions to the store, and one more for each that waits, whose place in
/// the queue depends on the others.
extension Experiments {
    func summary(of record: JobRecord) async throws -> JobSummary {
        guard let summary = try await summaries(of: [record]).first else {
            throw ExperimentError.noDataset("of the job \(record.id)")
        }
        return summary
    }

    func summaries(of records: [JobRecord]) async throws -> [JobSummary] {
        let ids = records.map(\.id)
        let datasetsByJob = try await queue.datasets(of: ids)
        let tallies = try await queue.tallies(of: ids)
        let live = scheduler.board.current
        var known: [String: DatasetSummary] = [:]
        var summaries: [JobSummary] = []
        for record in records {
            var datasets: [(role: DatasetRole, dataset: DatasetSummary)] = []
            let byRole = datasetsByJob[record.id] ?? [:]
            // Of a kind that this program does not know, by name.
            let roles = kinds[record.kind]?.roles ?? byRole.keys.sorted { $0.rawValue < $1.rawValue }
            for role in roles {
                guard let id = byRole[role] else { continue }
                if known[id] == nil { known[id] = try await library.dataset(id) }
                guard let dataset = known[id] else { throw ExperimentError.noDataset(id) }
                datasets.append((role, dataset))
            }
            var summary = try summary(of: record, tallies[record.id] ?? MemberTally(), live, datasets)
            if record.state == .queued { summary.queuePosition = try await queue.position(of: record) }
            if record.state.isLive { summary.shortage = live.shortage }
            summaries.append(summary)
        }
        return summaries
    }

    private func summary(
        of record: JobRecord,
        _ tally: MemberTally,
        _ live: Scheduler.Facts,
        _ datasets: [(role: DatasetRole, dataset: DatasetSummary)]
    ) throws -> JobSummary {
        var counts = JobSummary.MemberCounts()
        counts.total = tally.total
        counts.succeeded = tally[.succeeded]
        counts.running = record.state.isLive ? tally[.running] : 0
        counts.failed = tally[.failed]
        counts.queued = record.state.isLive ? tally[.queued] : 0
        counts.reused = tally.reused
        counts.excluded = tally.excluded
        var done = Double(counts.succeeded)
        var (seconds, timed) = (tally.seconds, tally.timed)
        for key in record.state.isLive ? tally.paused : [] { done += live.paused[key] ?? 0 }
        for key in record.state.isLive ? tally.running : [] {
            guard let progress = live.progress[key] else { continue }
            done += progress.fraction
            // What a checkpoint spared this attempt would make it look faster than it is.
            if progress.fraction > 0.02, !progress.isResumed {
                seconds += Date().timeIntervalSince(progress.startedAt) / progress.fraction
                timed += 1
            }
        }
        var eta: Double?
        if record.state.isLive, timed > 0 {
            let lanes = Double(min(scheduler.slotCount, max(1, counts.running + counts.queued)))
            eta = (Double(counts.total) - done) * seconds / Double(timed) / lanes
            if let limit = record.maxSeconds, let since = record.budgetSince {
                eta = min(eta ?? 0, max(0, since + limit - Date().timeIntervalSince1970))
            }
        }
        let isReducing = record.state.isLive && (counts.succeeded == counts.total || record.stopReason != nil)
        let isWaiting = record.settings.isEmpty
        return JobSummary(
            id: record.id,
            kind: record.kind,
            name: record.name,
            state: record.state,
            stopReason: record.stopReason,
            failure: try record.failure.map {
                try JSONDecoder().decode(Failure.self, from: Data($0.utf8))
            },
            datasets: datasets,
            settings: isWaiting ? nil : record.settingsBytes,
            members: counts,
            phase: isWaiting
                ? "dataset" : record.state == .succeeded ? "done" : isReducing ? "scores" : "members",
            fraction: record.state == .succeeded ? 1 : min(0.999, done / Double(max(1, counts.total))),
            etaSeconds: eta,
            revision: record.revision,
            revisionMembers: record.revisionMembers,
            createdAt: Date(timeIntervalSince1970: record.createdAt),
            startedAt: record.startedAt.map(Date.init(timeIntervalSince1970:)),
            finishedAt: record.finishedAt.map(Date.init(timeIntervalSince1970:)),
            extends: record.extends,
            priority: record.priority,
            budget: record.budget
        )
    }
}
