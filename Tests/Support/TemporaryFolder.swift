import Foundation

/// A folder of a test's own, which goes with the object. Where only `path` is used, something has to hold the object:
/// a property of the suite, or `with`.
package final class TemporaryFolder: Sendable {
    package let path: String

    /// - Parameter inMemory: where the machine has a folder in memory, for tests that sync very many files
    package init(inMemory: Bool = false) {
        var isFolder: ObjCBool = false
        let hasMemory = FileManager.default.fileExists(atPath: "/dev/shm", isDirectory: &isFolder) && isFolder.boolValue
        let parent = inMemory && hasMemory ? "/dev/shm/" : NSTemporaryDirectory()
        path = parent + "plumbline-test-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            // No test can do anything here.
            preconditionFailure("\(path) cannot be made: \(error)")
        }
    }

    deinit {
        // A removal ends early where something in the folder goes by itself meanwhile, as the journal of a database does
        // that is being closed.
        for _ in 0..<3 where FileManager.default.fileExists(atPath: path) {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// What stands in it, sorted.
    package var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

    /// Runs `body` with the path of a folder that goes when it returns.
    package static func with<Result>(inMemory: Bool = false, _ body: (String) throws -> Result) rethrows -> Result {
        let folder = TemporaryFolder(inMemory: inMemory)
        defer { withExtendedLifetime(folder) {} }
        return try body(folder.path)
    }
}
