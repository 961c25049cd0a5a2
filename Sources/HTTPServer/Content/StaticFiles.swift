import Glibc
import HTTPTypes
import HTTPWire

/// The files below one folder, served as they are: never outside it, never through a symbolic link, never a name that
/// starts with a dot.
public struct StaticFiles: Sendable {
    /// Scripts, styles and pictures of this server only, nothing inline, no frames.
    public static let contentSecurityPolicy =
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
        + "form-action 'self'; frame-ancestors 'none'"

    /// Files up to this size are read at once, and compressed where the client likes that.
    private static let smallBytes = 1 << 20

    private let root: String
    private let cacheControl: String
    private let pages: [(pattern: RoutePattern, file: [String])]

    /// - Parameters:
    ///   - root: The folder.
    ///   - pages: Addresses that are pages of the browser application, as route patterns, and the file that each shows:
    ///     `["/jobs/{id}": "index.html"]`.
    ///   - cacheControl: `no-cache` lets browsers keep files but makes them ask whether they are still current.
    public init(root: String, pages: [String: String] = [:], cacheControl: String = "no-cache") {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
        self.cacheControl = cacheControl
        self.pages = pages.map { pattern, file in
            (RoutePattern(pattern), file.split(separator: "/").map(String.init))
        }
    }

    /// The file of a decoded path; `index.html` for a folder. Blocks on the disk.
    ///
    /// - Throws: `Problem` 404 where there is no such file.
    func response(for path: [String]) throws -> Response {
        let page = pages.first { $0.pattern.matches(path) }
        var names = page?.file ?? path
        if names.last == "" { names[names.count - 1] = "index.html" }
        guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty && $0.first != "." }) else { throw Self.notFound }
        let file = try OpenFile(root: root, names: names)
        var fields: HTTPFields = [
            .contentType: MediaType.ofFile(named: names[names.count - 1]),
            .eTag: file.tag,
            .lastModified: HTTPDate.format(file.modified),
            .cacheControl: cacheControl,
            .acceptRanges: "bytes",
            .contentSecurityPolicy: Self.contentSecurityPolicy,
        ]
        fields[.crossOriginOpenerPolicy] = "same-origin"
        if file.size > Self.smallBytes {
            let path = ([root] + names).joined(separator: "/")
            return Response(fields: fields, body: .file(path: path, offset: 0, length: file.size))
        }
        return Response(fields: fields, body: .bytes(try file.read()))
    }

    fileprivate static var notFound: Problem { .notFound("There is nothing at this address.") }
}

extension HTTPField.Name {
    fileprivate static let crossOriginOpenerPolicy = Self("Cross-Origin-Opener-Policy")!
}

/// A regular file that was reached from the root folder name by name, so that no link can lead outside.
private struct OpenFile: ~Copyable {
    private let descriptor: Int32
    private let status: stat

    init(root: String, names: [String]) throws {
        var current = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for (index, name) in names.enumerated() where current >= 0 {
            // O_NONBLOCK: opening a named pipe must not wait for its writer.
            let kind = index == names.count - 1 ? O_NONBLOCK : O_DIRECTORY
            let next = openat(current, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind)
            _ = close(current)
            current = next
        }
        if current < 0 { throw StaticFiles.notFound }
        var status = stat()
        guard fstat(current, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            _ = close(current)
            throw StaticFiles.notFound
        }
        descriptor = current
        self.status = status
    }

    deinit {
        _ = close(descriptor)
    }

    var size: Int { status.st_size }
    var modified: Int { status.st_mtim.tv_sec }

    /// Changes whenever the file is written or replaced.
    var tag: String {
        let nanoseconds = status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
        return "\"\(String(nanoseconds, radix: 36))-\(String(size, radix: 36))-\(String(status.st_ino, radix: 36))\""
    }

    func read() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < size {
            let piece = try [UInt8](unsafeUninitializedCapacity: size - bytes.count) { buffer, count in
                let read = pread(descriptor, buffer.baseAddress, buffer.count, bytes.count)
                if read < 0 { throw ServerError.system(call: "pread", code: errno) }
                count = read
            }
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }
}
