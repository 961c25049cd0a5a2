/// How much there is of everything, for monitoring.
public struct Counts: Sendable {
    /// Datasets by state.
    public var datasets: [String: Int]
    /// Jobs by state.
    public var jobs: [String: Int]
    /// Members by state.
    public var members: [String: Int]
    /// Free space on the disk of the data folder, in bytes.
    public var freeBytes: UInt64
}

extension Experiments {
    /// How much there is of everything.
    public func counts() async throws -> Counts {
        let tables = try await queue.counts()
        return Counts(
            datasets: tables["dataset"] ?? [:],
            jobs: tables["job"] ?? [:],
            members: tables["member"] ?? [:],
            freeBytes: try room.free()
        )
    }
}
