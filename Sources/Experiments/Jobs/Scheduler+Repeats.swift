import Files
import Foundation
import GRDB
import Logging

/// Jobs that add repeats until a score is reliable.
extension Scheduler {
    /// Adds a repeat to a job all of whose members are reduced, or notes why it ends.
    ///
    /// - Parameter before: the revision of its columns that stood before this reduction
    /// - Returns: false where the reduction came to nothing
    func decide(_ id: String, after before: Int) async throws -> Bool {
        guard let job = try await queue.job(id), job.state.isLive, job.revision > before else { return false }
        let settings = try JSONDecoder().decode(JobSettings.self, from: Data(job.settings.utf8))
        guard let target = settings.ensemble.until else { return false }
        let measured = try reliability(of: target.score, in: folder.revision(id, job.revision))
        let decision = target.decide(
            after: settings.ensemble.repeats,
            measured: measured,
            folds: settings.ensemble.folds,
            maxMembers: job.maxMembers
        )
        switch decision {
        case .stop(let reason): try await queue.stop(id, reason: reason)
        case .add:
            try await queue.addRepeat(to: id) { [folder] key in
                folder.files.exists("\(folder.member(key))/manifest.json")
            }
            fill()
        }
        logger.info(
            "reliability",
            metadata: [
                "job": "\(id)", "score": "\(target.score)", "repeats": "\(settings.ensemble.repeats)",
                "reliability": "\(measured.map { "\($0)" } ?? "none")", "decision": "\(decision)",
            ]
        )
        return true
    }

    private func reliability(of score: String, in revision: String) throws -> Double? {
        struct Excerpt: Decodable {
            struct Score: Decodable {
                var spearmanBrown: Double?
                enum CodingKeys: String, CodingKey { case spearmanBrown = "spearman_brown" }
            }
            var reliability: [String: Score]
        }
        let summary = try folder.files.read("\(revision)/summary.json")
        return try JSONDecoder().decode(Excerpt.self, from: Data(summary)).reliability[score]?.spearmanBrown
    }
}

extension JobQueue {
    /// Notes why a live job ends, where nothing else has ended it.
    func stop(_ id: String, reason: String) async throws {
        try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE job SET stopReason = ? WHERE id = ? AND state IN ('queued', 'running') AND stopReason IS NULL
                    """,
                arguments: [reason, id]
            )
        }
    }

    /// Gives a live job the members of one more repeat, made from what its first member is made from.
    func addRepeat(to id: String, isWhole: @escaping @Sendable (String) -> Bool) async throws {
        try await store.pool.write { database in
            guard let job = try JobRecord.fetchOne(database, key: id), job.state.isLive, job.stopReason == nil,
                let text = try String.fetchOne(
                    database,
                    sql: """
                        SELECT m.plan FROM member m JOIN job_member jm ON jm.key = m.key
                        WHERE jm.jobId = ? ORDER BY jm."index" LIMIT 1
                        """,
                    arguments: [id]
                )
            else { return }
            var settings = try JSONDecoder().decode(JobSettings.self, from: Data(job.settings.utf8))
            let before = settings.ensemble.memberCount
            settings.ensemble.repeats += 1
            var plan = try JSONDecoder().decode(MemberPlan.self, from: Data(text.utf8))
            let plans = try (0..<settings.ensemble.memberCount).map { index in
                plan.index = index
                return PlannedMember(
                    key: try plan.probeKey(),
                    plan: String(decoding: try CanonicalJSON.encode(plan), as: UTF8.self)
                )
            }
            try database.execute(
                sql: "UPDATE job SET settings = ? WHERE id = ?",
                arguments: [String(decoding: try CanonicalJSON.encode(settings), as: UTF8.self), id]
            )
            try Self.insert(plans.dropFirst(before), of: job, isWhole: isWhole, in: database)
        }
    }
}
