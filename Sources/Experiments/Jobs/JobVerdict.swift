import Foundation

/// What follows from where the members of a live job stand. A pure function of rows, so that it can be judged without
/// running anything.
enum JobVerdict {
    /// Members have yet to end.
    case wait
    /// It cannot be finished.
    case fail(Failure)
    /// There is evidence to be reduced.
    case reduce(Evidence)

    /// What the columns of a job are to rest on.
    struct Evidence {
        /// Members that learned, in order.
        var members: [(index: Int, key: String)]
        /// Members that did not.
        var excluded: Int
        /// Whether nothing will come after it.
        var isFinal: Bool
        /// Whether its kind decides by what the revision will say whether the job goes on.
        var decides: Bool
        /// Whether it is previews of the members of the first round, which are not done.
        var isPreview = false
        /// Whether the tasks are among it that together say something of every example.
        var hasRound: Bool
        /// Why it is final before the plan is done.
        var stopReason: String?
    }

    /// - Parameters:
    ///   - job: a live job that has its settings
    ///   - kind: the job's
    ///   - members: its members in order
    ///   - hasPreview: whether a member has left a preview
    ///   - isEnding: whether a member's run was stopped and has not ended yet
    init(
        _ job: JobRecord,
        of kind: any JobKind,
        _ members: [(link: JobMemberRecord, member: MemberRecord)],
        hasPreview: (String) -> Bool = { _ in false },
        isEnding: (String) -> Bool
    ) throws {
        if let given = members.first(where: { $0.member.state == .failed }) {
            let why = given.member.reason ?? "no reason known"
            self = .fail(
                Failure(code: "MEMBER_FAILED", detail: "member \(given.link.index) failed for good: \(why)")
            )
            return
        }
        let plan = try kind.plan(job.settingsBytes)
        let finished = members.filter { $0.member.state == .succeeded }
        let learned = finished.filter { !$0.member.excluded }
        let excluded = finished.count - learned.count
        let isComplete = finished.count == members.count
        // What was stopped for the budget's sake may have finished at the last moment: it is waited for.
        let isStopped = job.stopReason == JobBudget.stopReason && !members.contains { isEnding($0.member.key) }
        let isOpen = plan.isOpen && job.stopReason == nil
        let isFinal = (isComplete && !isOpen) || isStopped
        let decides = isComplete && isOpen
        if excluded * 10 > members.count || ((isComplete || isStopped) && excluded > 0 && learned.isEmpty) {
            self = .fail(kind.failure(excluded: excluded, of: members.count, settings: job.settingsBytes))
        } else if isFinal, learned.isEmpty {
            self = .fail(
                Failure(
                    code: "BUDGET_SPENT",
                    detail: """
                        the budget of \(job.budget?.description ?? "this job") was spent before one of the \
                        \(members.count) members was done, so there is nothing to score; resume goes on without it
                        """
                )
            )
        } else if !isFinal, let previews = Self.previews(job, plan, members, hasPreview) {
            self = .reduce(
                Evidence(
                    members: previews.map { ($0.link.index, $0.member.key) },
                    excluded: 0,
                    isFinal: false,
                    decides: false,
                    isPreview: true,
                    hasRound: false
                )
            )
        } else if learned.isEmpty {
            self = .wait
        } else {
            let isWhole = isComplete && members.count == plan.tasks
            self = .reduce(
                Evidence(
                    members: learned.map { ($0.link.index, $0.member.key) },
                    excluded: excluded,
                    isFinal: isFinal,
                    decides: decides,
                    hasRound: plan.round.map { round in
                        let done = Set(finished.map(\.link.index))
                        return (0..<round).allSatisfy(done.contains)
                    } ?? false,
                    stopReason: isFinal ? Self.stopReason(job, plan, isWhole: isWhole) : nil
                )
            )
        }
    }

    /// The members of the first round, where there is nothing to be seen of the job yet, they have left previews, and one of
    /// them is not done.
    private static func previews(
        _ job: JobRecord,
        _ plan: JobPlan,
        _ members: [(link: JobMemberRecord, member: MemberRecord)],
        _ hasPreview: (String) -> Bool
    ) -> ArraySlice<(link: JobMemberRecord, member: MemberRecord)>? {
        guard job.revision == 0, plan.previewEpoch != nil, let round = plan.round, members.count >= round else {
            return nil
        }
        let first = members.prefix(round)
        guard first.contains(where: { $0.member.state != .succeeded }) else { return nil }
        return first.allSatisfy { hasPreview($0.member.key) } ? first : nil
    }

    /// Why a job ends before its plan is done, or, where that has no end of its own, at all.
    private static func stopReason(_ job: JobRecord, _ plan: JobPlan, isWhole: Bool) -> String? {
        if plan.isOpen { return job.stopReason ?? JobBudget.stopReason }
        return isWhole ? nil : JobBudget.stopReason
    }
}
