import Foundation

package enum FileSizes {
    /// Sizes of all files in a data folder by their paths; folders have -1. The store's own files are left out: they
    /// keep the room of removed rows for new ones.
    package static func inside(_ folder: String) throws -> [String: Int] {
        var sizes: [String: Int] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init()
        where !path.hasPrefix("plumbline.sqlite") {
            var status = stat()
            guard lstat("\(folder)/\(path)", &status) == 0 else { continue }
            sizes[path] = status.st_mode & S_IFMT == S_IFDIR ? -1 : Int(status.st_size)
        }
        return sizes
    }
}
