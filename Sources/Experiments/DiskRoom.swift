import Files

/// The room on the disk of the data folder, of which a part is kept free: a full disk would stop the store as well, and
/// with it all bookkeeping.
public struct DiskRoom: Sendable {
    /// Too little room, in bytes.
    public struct Shortage: Sendable, Hashable, CustomStringConvertible {
        /// What is free.
        public var free: UInt64
        /// What would have to be.
        public var needed: UInt64
        /// What is kept free.
        public var minimum: UInt64

        /// One sentence for people.
        public var description: String {
            "the disk has \(Self.spoken(free)) free, and \(Self.spoken(needed)) are needed, "
                + "\(Self.spoken(minimum)) of them to be kept free"
        }

        private static func spoken(_ bytes: UInt64) -> String { "\(bytes) bytes (\(bytes >> 20) MiB)" }
    }

    let files: Files
    let path: String
    /// Bytes that are kept free.
    public let minimum: UInt64

    /// The bytes that are free.
    public func free() throws -> UInt64 { try files.freeSpace(path) }

    /// What is lacking to write so many bytes; nil where there is room.
    func shortage(for bytes: Int = 0) throws -> Shortage? {
        let free = try free()
        let (sum, isBeyond) = minimum.addingReportingOverflow(UInt64(max(0, bytes)))
        let needed = isBeyond ? .max : sum
        return free < needed ? Shortage(free: free, needed: needed, minimum: minimum) : nil
    }

    /// Refuses what would leave less free than is to be kept.
    ///
    /// - Parameter bytes: that are to be written
    /// - Throws: `ExperimentError.noRoom`
    public func require(_ bytes: Int) throws {
        if let shortage = try shortage(for: bytes) { throw ExperimentError.noRoom(shortage) }
    }
}
