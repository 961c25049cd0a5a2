import GRDB

/// How many members of a job are in which state: one row a state, whatever the number of members.
struct MemberTally: Sendable {
    /// Members by state.
    private(set) var counts: [MemberRecord.State: Int] = [:]
    /// Finished before the job was submitted.
    private(set) var reused = 0
    /// Done and left out of every result.
    private(set) var excluded = 0
    /// Seconds of those whose time is known.
    private(set) var seconds = 0.0
    /// How many those are.
    private(set) var timed = 0
    /// Keys of those that run.
    private(set) var running: [String] = []
    /// Keys of those that made way for others.
    private(set) var paused: [String] = []

    /// All of them.
    var total: Int { counts.values.reduce(0, +) }

    subscript(_ state: MemberRecord.State) -> Int { counts[state] ?? 0 }

    mutating func add(_ row: Row) {
        guard let state = MemberRecord.State(rawValue: row["state"]) else { return }
        counts[state, default: 0] += row["n"]
        reused += row["reused"]
        excluded += row["excluded"]
        seconds += row["seconds"]
        timed += row["timed"]
        func keys(_ column: String) -> [String] {
            let keys: String? = row[column]
            return keys?.split(separator: ",").map(String.init) ?? []
        }
        running += keys("running")
        paused += keys("paused")
    }
}
