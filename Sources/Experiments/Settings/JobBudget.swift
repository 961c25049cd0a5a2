import Foundation

/// What a job may cost: it ends with what there is when either limit is reached.
public struct JobBudget: Codable, Hashable, Sendable, CustomStringConvertible {
    /// The job's `stop_reason` where it ended before its plan was done.
    public static let stopReason = "budget"

    /// Seconds from the start of its first member, a pause of the service among them, after which no member starts and
    /// those that run are stopped.
    public var maxSeconds: Double?
    /// Members that it may have, reused ones among them: the first of its plan.
    public var maxMembers: Int?

    /// Nil where there is no limit.
    ///
    /// - Parameters:
    ///   - maxSeconds: seconds from the start of its first member
    ///   - maxMembers: members that it may have
    public init?(maxSeconds: Double?, maxMembers: Int?) {
        guard maxSeconds != nil || maxMembers != nil else { return nil }
        self.maxSeconds = maxSeconds
        self.maxMembers = maxMembers
    }

    /// The limits, for people.
    public var description: String {
        let parts = [
            maxSeconds.map { "\($0.formatted(.number.grouping(.never))) seconds" }, maxMembers.map { "\($0) members" },
        ]
        return parts.compactMap { $0 }.joined(separator: " and ")
    }
}
