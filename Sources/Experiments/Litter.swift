import Files
import Logging

/// Files that belong to nobody: removes them and says what they were. What cannot be removed now is left for the next
/// start.
struct Litter {
    private let files: Files
    private let logger: Logger
    private var counts: [String: Int] = [:]

    init(files: Files, logger: Logger) {
        self.files = files
        self.logger = logger
    }

    /// Removes what is litter in a folder, which need not exist.
    ///
    /// - Parameters:
    ///   - kind: what it is, in the singular
    ///   - folder: where it is
    ///   - isLitter: told the name of each entry
    mutating func sweep(_ kind: String, in folder: String, where isLitter: (String) -> Bool) {
        guard files.isDirectory(folder) else { return }
        do {
            for entry in try files.list(folder) where isLitter(entry) {
                try files.removeTree("\(folder)/\(entry)")
                logger.debug("litter", metadata: ["kind": "\(kind)", "path": "\(folder)/\(entry)"])
                count(kind, 1)
            }
        } catch {
            logger.warning("what belongs to nobody could not be removed", metadata: ["error": "\(error)"])
        }
    }

    /// Counts what was removed elsewhere.
    mutating func count(_ kind: String, _ count: Int) {
        if count > 0 { counts[kind, default: 0] += count }
    }

    /// Says how much there was, if there was any.
    func report() {
        guard !counts.isEmpty else { return }
        logger.notice(
            "what belonged to nobody was removed",
            metadata: Logger.Metadata(uniqueKeysWithValues: counts.map { ($0.key, "\($0.value)") })
        )
    }
}
