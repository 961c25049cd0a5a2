import CLinux
import Foundation

/// Durable files: what a call returns from is on the disk, with its name.
///
/// A file is written under a temporary name, fsynced, renamed and its folder fsynced, so that after a crash either the
/// whole file stands under its name or nothing does (the order that LWN 457667 and `rename(2)` ask for). All of the
/// program's durable writes pass here, which makes it the one seam where tests inject faults.
public struct Files: Sendable {
    /// Without injected faults.
    public static let live = Files()

    let faults: FaultInjector?

    /// - Parameter faults: asked before each system call; nil lets all of them pass
    public init(faults: FaultInjector? = nil) { self.faults = faults }

    func check(_ operation: String, _ path: String) throws(FilesError) { try faults?.check(operation, path) }

    // MARK: Writing

    /// Writes a whole file so that it stands under its name completely or not at all.
    @discardableResult
    public func write(_ bytes: some Collection<UInt8>, to path: String) throws(FilesError) -> FileDigest {
        let writer = try openForWriting(path)
        let contiguous = ContiguousArray(bytes)
        let outcome: Result<Void, FilesError> = contiguous.withUnsafeBytes { buffer in
            do throws(FilesError) { return .success(try writer.write(buffer)) } catch { return .failure(error) }
        }
        try outcome.get()
        return try writer.finish()
    }

    /// Opens a file that appears under its name only when `FileWriter.finish()` returns.
    public func openForWriting(_ path: String) throws(FilesError) -> FileWriter {
        try FileWriter(files: self, path: path)
    }

    /// Renames and makes the new name durable. The old folder is fsynced as well when it is another one.
    public func rename(_ old: String, to new: String) throws(FilesError) {
        try check("rename", new)
        guard Glibc.rename(old, new) == 0 else { throw FilesError(operation: "rename", path: new, code: errno) }
        try syncFolder(of: new)
        if Self.folder(of: old) != Self.folder(of: new) { try syncFolder(of: old) }
    }

    /// Creates a folder (mode 0700) with its parents and makes each new name durable.
    public func createDirectory(_ path: String) throws(FilesError) {
        if isDirectory(path) { return }
        let parent = Self.folder(of: path)
        if parent != path, !isDirectory(parent) { try createDirectory(parent) }
        try check("mkdir", path)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw FilesError(operation: "mkdir", path: path, code: errno)
        }
        try syncFolder(of: path)
    }

    /// fsyncs the folder that holds `path`, which makes names in it durable.
    public func syncFolder(of path: String) throws(FilesError) { try sync(Self.folder(of: path)) }

    /// fsyncs a file or folder by its path.
    public func sync(_ path: String) throws(FilesError) {
        try check("fsync", path)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FilesError(operation: "open", path: path, code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FilesError(operation: "fsync", path: path, code: errno) }
    }

    // MARK: Removing

    /// Removes a file; one that does not exist is no error.
    public func remove(_ path: String) throws(FilesError) {
        try check("unlink", path)
        guard unlink(path) == 0 || errno == ENOENT else {
            throw FilesError(operation: "unlink", path: path, code: errno)
        }
    }

    /// Removes a folder and all that is in it; one that does not exist is no error. Links are removed, not followed.
    public func removeTree(_ path: String) throws(FilesError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw FilesError(operation: "stat", path: path, code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try remove(path) }
        for name in try list(path) { try removeTree("\(path)/\(name)") }
        try check("rmdir", path)
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw FilesError(operation: "rmdir", path: path, code: errno)
        }
    }

    // MARK: Reading

    /// Whether something stands under this name.
    public func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether a folder stands under this name.
    public func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The whole content of a file.
    public func read(_ path: String) throws(FilesError) -> [UInt8] {
        let reader = try FileReader(files: self, path: path)
        return try reader.read(at: 0, count: reader.size)
    }

    /// Opens a file for reads at any offset.
    public func openForReading(_ path: String) throws(FilesError) -> FileReader {
        try FileReader(files: self, path: path)
    }

    /// The names in a folder, sorted.
    public func list(_ path: String) throws(FilesError) -> [String] {
        try check("readdir", path)
        guard let stream = opendir(path) else { throw FilesError(operation: "opendir", path: path, code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The size of a file in bytes.
    public func size(_ path: String) throws(FilesError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FilesError(operation: "stat", path: path, code: errno) }
        return Int(status.st_size)
    }

    /// The bytes that an unprivileged process may still write to the file system of `path`.
    public func freeSpace(_ path: String) throws(FilesError) -> UInt64 {
        try check("statvfs", path)
        if let told = faults?.freeSpace() { return told }
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw FilesError(operation: "statvfs", path: path, code: errno) }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    /// The folder part of a path.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
