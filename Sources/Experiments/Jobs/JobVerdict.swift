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
        /// Whether the job adds a repeat or ends by what its columns will say.
        var decides: Bool
        /// Why it is final before the plan is done.
        var stopReason: String?
    }

    /// - Parameters:
    ///   - job: a live job that has its settings
    ///   - members: its members in order
    ///   - isEnding: whether a member's run was stopped and has not ended yet
    init(
        _ job: JobRecord,
        _ members: [(link: JobMemberRecord, member: MemberRecord)],
        isEnding: (String) -> Bool
    ) throws {
        if let given = members.first(where: { $0.member.state == .failed }) {
            let why = given.member.reason ?? "no reason known"
            self = .fail(
                Failure(code: "MEMBER_FAILED", detail: "member \(given.link.index) failed for good: \(why)")
            )
            return
        }
        let settings = try JSONDecoder().decode(JobSettings.self, from: Data(job.settings.utf8))
        let finished = members.filter { $0.member.state == .succeeded }
        let learned = try finished.filter { try $0.member.outcome?.learned != false }
        let excluded = finished.count - learned.count
        let isComplete = finished.count == members.count
        // What was stopped for the budget's sake may have finished at the last moment: it is waited for.
        let isStopped = job.stopReason == JobBudget.stopReason && !members.contains { isEnding($0.member.key) }
        let isOpen = settings.ensemble.until != nil && job.stopReason == nil
        let isFinal = (isComplete && !isOpen) || isStopped
        let decides = isComplete && isOpen
        if excluded * 10 > members.count || ((isComplete || isStopped) && excluded > 0 && learned.isEmpty) {
            self = .fail(Self.diverged(excluded, of: members.count, settings))
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
        } else if learned.isEmpty {
            self = .wait
        } else {
            let isWhole = isComplete && members.count == settings.ensemble.memberCount
            self = .reduce(
                Evidence(
                    members: learned.map { ($0.link.index, $0.member.key) },
                    excluded: excluded,
                    isFinal: isFinal,
                    decides: decides,
                    stopReason: isFinal ? Self.stopReason(job, settings, isWhole: isWhole) : nil
                )
            )
        }
    }

    /// Why a job ends before its plan is done, or, where that has no end of its own, at all.
    private static func stopReason(_ job: JobRecord, _ settings: JobSettings, isWhole: Bool) -> String? {
        if settings.ensemble.until != nil { return job.stopReason ?? JobBudget.stopReason }
        return isWhole ? nil : JobBudget.stopReason
    }

    private static func diverged(_ count: Int, of total: Int, _ settings: JobSettings) -> Failure {
        Failure(
            code: "DID_NOT_LEARN",
            detail: """
                \(count) of \(total) members did not learn (their loss was not finite, or they were no better than \
                always naming the commonest class); try a quarter of the learning rate: {"training":{"learning_rate":\
                \(settings.training.learningRate / 4)}}
                """
        )
    }
}

extension MemberRecord {
    /// What came out of the training run.
    var outcome: MemberManifest.Result? {
        get throws {
            try result.map { try JSONDecoder().decode(MemberManifest.Result.self, from: Data($0.utf8)) }
        }
    }
}
