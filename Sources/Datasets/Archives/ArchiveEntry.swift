/// An ordinary file in an archive. `path` is data: it names the example, never a place on disk.
package struct ArchiveEntry: Hashable {
    /// More than any file system gives a path of pictures; an attacker's name must not fill memory.
    static let longestName = 1024

    /// Components joined by "/", without "." and empty ones.
    package let path: String
    /// The size that the archive states; nil where it does not.
    package let size: Int?

    /// Checks a raw name.
    init(name: String, size: Int?) throws(IngestError) {
        guard name.utf8.count <= Self.longestName else { throw .unsafeName(String(name.prefix(80)) + "...") }
        let components = name.split(separator: "/").filter { $0 != "." }
        guard !name.hasPrefix("/"), !components.isEmpty, !components.contains("..") else { throw .unsafeName(name) }
        path = components.joined(separator: "/")
        self.size = size
    }

    /// What operating systems leave in archives beside the files that people mean: dot files, resource forks, caches.
    package var isClutter: Bool {
        let components = path.split(separator: "/")
        if components.contains(where: { $0.hasPrefix(".") || $0 == "__MACOSX" }) { return true }
        return ["thumbs.db", "desktop.ini"].contains(components.last?.lowercased() ?? "")
    }

    /// The last component.
    package var fileName: Substring { path.split(separator: "/").last ?? "" }
}
