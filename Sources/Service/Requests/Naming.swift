import Foundation

/// Names that users give to datasets and jobs.
package enum Naming {
    /// Bytes of the longest name.
    private static let mostBytes = 200

    /// What is wrong with a name, or nil. A name stands in paths and may not be taken for an id.
    package static func issue(with name: String) -> String? {
        if name.isEmpty || name.utf8.count > mostBytes { return "a name has 1 to \(mostBytes) bytes" }
        if name.hasPrefix("ds_") || name.hasPrefix("job_") { return "a name may not start with ds_ or job_, as ids do" }
        if name.unicodeScalars.contains(where: { $0.value < 32 || $0 == "/" || $0 == "\\" || $0.value == 127 }) {
            return "a name may hold no slash and no control character"
        }
        return nil
    }

    /// A name with an ending, shortened where it would be too long.
    package static func derived(from name: String, ending: String) -> String {
        var stem = Substring(name)
        while stem.utf8.count + ending.utf8.count > mostBytes { stem.removeLast() }
        return stem + ending
    }

    /// The endings that say what a file is, not what it is about.
    private static let endings = [
        ".gz", ".zip", ".tar", ".tgz", ".npz", ".npy", ".idx", ".csv", ".tsv", ".tab", ".data", ".jsonl", ".ndjson",
        ".json",
        ".bin",
    ]

    /// The name of a file without its folder.
    package static func lastComponent(of path: String) -> String {
        path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? path
    }

    /// The stem of a file's name: without its folder and without endings such as `.tar.gz`.
    package static func stem(of file: String) -> String {
        var name = lastComponent(of: file)
        for ending in endings where name.lowercased().hasSuffix(ending) && name.count > ending.count {
            name.removeLast(ending.count)
            if ending != ".gz" { break }
        }
        return name
    }
}
