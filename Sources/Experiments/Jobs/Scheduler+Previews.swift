import Files
import Foundation
import Logging
import Tasks

/// The first look at a job: the members of its first round say what they have learned so far, and where there are more of
/// them than run at once they make way for each other, so that every example is judged soon and not after whole members.
extension Scheduler {
    /// The epoch after which a member is to leave a preview: one of the first round of the job that it runs for, of which
    /// there is nothing to be seen yet.
    func previewEpoch(for member: MemberRecord) async throws -> Int? {
        guard let id = member.claimedFor, let (job, plan, first) = try await firstRound(of: id),
            job.revision == 0, !previewsSeen.contains(id), first.count > 1,
            first.contains(where: { $0.key == member.key }), !hasPreview(member.key, of: id),
            // One that is done already leaves none.
            first.allSatisfy({ $0.state != .succeeded || hasPreview($0.key, of: id) })
        else { return nil }
        return plan.previewEpoch
    }

    /// Whether a member has left a preview that is not reduced yet.
    func hasPreview(_ key: String, of job: String) -> Bool {
        folder.files.exists("\(folder.previews(job))/\(key)/\(TaskFolder.manifestName)")
    }

    /// Takes what a member has just left, and has it make way where another one of its round waits.
    func takePreview(of key: String) async {
        guard let member = runs[key]?.member, let id = member.claimedFor else { return }
        let home = "\(folder.previews(id))/\(key)"
        do {
            guard let (job, _, first) = try await firstRound(of: id), job.state.isLive, job.revision == 0 else {
                return
            }
            try folder.files.createDirectory(folder.previews(id))
            try folder.files.removeTree(home)
            try folder.files.rename(TaskFolder(members.task(member)).preview, to: home)
            let missing = first.filter { !hasPreview($0.key, of: id) }
            if missing.isEmpty { return await settle(id) }
            // Those that are making way already do so for the first of the others.
            let stopping = first.count { runs[$0.key]?.place != nil }
            guard missing.count(where: { $0.state == .queued }) > stopping, runs[key]?.child != nil else { return }
            let place = place(after: first)
            runs[key]?.place = place
            runs[key]?.child?.stop()
        } catch {
            logger.warning("a preview is not used", metadata: ["member": "\(key)", "error": "\(error)"])
        }
    }

    /// Where a member that makes way is taken up again: before the second round. Of many only as many as run at once, and the
    /// others after one whole member, so that halves and wholes are done at about the same time in the end.
    private func place(after first: [MemberRecord]) -> Double {
        let made = first.count { $0.place != nil || runs[$0.key]?.place != nil }
        return Double(first.count) + (slots > 1 && made >= slots ? 0.5 : -0.5)
    }

    /// Removes the previews of a job that has a revision.
    func dropPreviews(of id: String) {
        do {
            try folder.files.removeTree(folder.previews(id))
        } catch {
            logger.warning("previews could not be removed", metadata: ["job": "\(id)", "error": "\(error)"])
        }
    }

    private func firstRound(of id: String) async throws -> (JobRecord, JobPlan, [MemberRecord])? {
        guard let job = try await queue.job(id), !job.settings.isEmpty,
            let plan = try kinds[job.kind]?.plan(job.settingsBytes),
            plan.previewEpoch != nil, let round = plan.round
        else { return nil }
        let members = try await queue.members(of: id).prefix(round).map(\.member)
        return members.count == round ? (job, plan, members) : nil
    }
}
