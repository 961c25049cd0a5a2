import Experiments
import Files
import Foundation
import Synchronization

/// `access.json` in the data folder: the hashes of tokens and sessions.
///
/// A file and not a table, because `plumbline token` has to work beside a running service, and only one process opens
/// the database (architecture rule 4). It is replaced as a whole by a rename, so that a reader sees the old or the new
/// one; writers take turns by a lock file. The service looks at the file's identity with each request, one `stat`,
/// and reads it again when it is another one: what is revoked is out at once.
public final class AccessFile: Sendable {
    private struct Identity: Equatable {
        var inode: UInt
        var seconds: Int
        var nanoseconds: Int
        var size: Int
    }

    private struct Known {
        var identity: Identity?
        var records = AccessRecords()
    }

    private let path: String
    private let lock: String
    private let files: Files
    private let known = Mutex(Known())

    /// - Parameters:
    ///   - folder: the data folder; made where it is not there
    ///   - files: how it is written
    /// - Throws: `FilesError`
    public init(in folder: String, files: Files) throws {
        try files.createDirectory(folder)
        path = "\(folder)/access.json"
        lock = "\(folder)/access.lock"
        self.files = files
    }

    /// All tokens, oldest first.
    ///
    /// - Throws: `AccessFileError`
    public func tokens() throws -> [AccessToken] { try records().tokens }

    /// Makes a token.
    ///
    /// - Returns: its record, and the token itself, which cannot be had again
    public func createToken(named name: String) throws -> (token: AccessToken, secret: String) {
        let secret = Secret(prefix: "plumb_")
        return try change { records in
            guard !records.tokens.contains(where: { $0.name == name }) else { throw AccessFileError.nameTaken(name) }
            let token = AccessToken(
                id: Identifier.make("tok"),
                name: name,
                createdAt: Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded()),
                sha256: secret.hash
            )
            records.tokens.append(token)
            return (token, secret.text)
        }
    }

    /// Makes a token where there is none yet; nil where there is one.
    public func createFirstToken() throws -> String? {
        guard try tokens().isEmpty else { return nil }
        return try createToken(named: "first").secret
    }

    /// Ends a token and the sessions of browsers that signed in with it.
    ///
    /// - Throws: `AccessFileError.noToken` where there is none of that id or name
    public func revoke(_ idOrName: String) throws -> [AccessToken] {
        try change { records in
            let revoked = records.revoke(idOrName)
            guard !revoked.isEmpty else { throw AccessFileError.noToken(idOrName) }
            return revoked
        }
    }

    // MARK: Inside

    /// What the file holds now.
    func records() throws -> AccessRecords {
        let identity = try identity()
        return try known.withLock { known in
            guard known.identity != identity else { return known.records }
            // Read after the look at its identity: a file that is replaced in between is read again the next time.
            known = Known(identity: identity, records: identity == nil ? AccessRecords() : try read())
            return known.records
        }
    }

    /// Changes the file; what is returned from is durable. Blocks on the disk.
    func change<T>(_ body: (inout AccessRecords) throws -> T) throws -> T {
        let turn = try takeTurn()
        defer { withExtendedLifetime(turn) {} }
        var records = try identity() == nil ? AccessRecords() : try read()
        let before = records
        let result = try body(&records)
        if records != before {
            let encoder = JSONEncoder()
            encoder.dateEncodingStrategy = .iso8601
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try files.write([UInt8](try encoder.encode(records)), to: path)
        }
        return result
    }

    private func takeTurn() throws -> LockFile {
        var tries = 0
        while true {
            do {
                return try LockFile(lock)
            } catch {
                tries += 1
                // Another writer needs milliseconds; one that hangs is not waited for.
                guard error.code == EWOULDBLOCK, tries < 200 else { throw error }
                usleep(10_000)
            }
        }
    }

    private func identity() throws -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw AccessFileError.unreadable(path, "\(String(cString: strerror(errno)))") }
            return nil
        }
        return Identity(
            inode: status.st_ino,
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec,
            size: status.st_size
        )
    }

    private func read() throws -> AccessRecords {
        do {
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            return try decoder.decode(AccessRecords.self, from: Data(try files.read(path)))
        } catch {
            throw AccessFileError.unreadable(path, "\(error)")
        }
    }
}

/// Why tokens cannot be read or changed.
public enum AccessFileError: Error, Sendable, CustomStringConvertible {
    /// The file is damaged or may not be read. Nobody is let in by it.
    case unreadable(String, String)
    /// There is a token of that name.
    case nameTaken(String)
    /// There is no token of that id or name.
    case noToken(String)

    /// One sentence for people.
    public var description: String {
        switch self {
        case .unreadable(let path, let why):
            "the tokens in \(path) cannot be read (\(why)); without that file all tokens are gone and new ones can be made"
        case .nameTaken(let name): "there is a token named \"\(name)\" already; revoke it first or choose another name"
        case .noToken(let text): "there is no token of the name or id \"\(text)\"; plumbline token list shows all"
        }
    }
}
