import Foundation
import HTTPServer
import HTTPTypes
import TestSupport
import Testing

extension SocketTests {
    @Suite("Bodies of answers")
    struct Answers {
        struct Broken: Error {}

        static let text = String(repeating: "{\"name\":\"value\"},", count: 200)

        static var router: Router {
            var router = Router()
            router.on(.get, "/json") { _ in
                var response = Response.json(bytes: Array(text.utf8))
                response.fields[.eTag] = "\"v1\""
                return response
            }
            router.on(.get, "/stream") { request in
                let length = request.query.first("length").flatMap { Int($0) }
                return Response(
                    fields: [.contentType: request.query.first("type") ?? "application/octet-stream"],
                    body: .stream(length: length) { writer in
                        for number in 0..<100 { try await writer.write(Array("line \(number)\n".utf8)) }
                    }
                )
            }
            router.on(.get, "/fails-early") { _ in Response(body: .stream(length: nil) { _ in throw Broken() }) }
            router.on(.get, "/fails-late") { _ in
                Response(
                    body: .stream(length: nil) { writer in
                        try await writer.write(Array("some".utf8))
                        throw Broken()
                    }
                )
            }
            router.on(.get, "/missing-file") { _ in
                .file(path: "/nonexistent/file", length: 5, contentType: "text/plain")
            }
            return router
        }

        static let lines = (0..<100).map { "line \($0)\n" }.joined()

        func get(_ path: String, _ fields: String = "") -> String {
            "GET \(path) HTTP/1.1\nHost: localhost\n\(fields)\n"
        }

        @Test("Streams: chunked, with a length, for HTTP/1.0, and for HEAD")
        func streams() async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                let chunked = try await exchange(port, get("/stream"))
                #expect(chunked.fields["transfer-encoding"] == "chunked")
                #expect(chunked.text == Self.lines)
                let measured = try await exchange(port, get("/stream?length=\(Self.lines.utf8.count)"))
                #expect(measured.fields["transfer-encoding"] == nil)
                #expect(measured.text == Self.lines)
                let old = try await exchange(port, "GET /stream HTTP/1.0\n\n")
                #expect(old.fields["transfer-encoding"] == nil)
                #expect(old.fields["connection"] == "close")
                #expect(old.text == Self.lines)
                let head = try await exchange(port, "HEAD /stream HTTP/1.1\nHost: localhost\n\n", toHead: true)
                #expect(head.status == 200)
            }
        }

        @Test("A stream that fails: a problem before its first byte, a cut connection after it")
        func failingStreams() async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                #expect(try await exchange(port, get("/fails-early")).status == 500)
                #expect(try await exchange(port, get("/missing-file")).status == 500)
                await #expect(throws: Client.Failure.self) { try await exchange(port, get("/fails-late")) }
                await #expect(throws: Client.Failure.self) { try await exchange(port, get("/stream?length=5")) }
                await #expect(throws: Client.Failure.self) { try await exchange(port, get("/stream?length=9999")) }
            }
        }

        @Test("gzip where the client likes it, with a tag of its own")
        func compression() async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                let plain = try await exchange(port, get("/json"))
                #expect(plain.text == Self.text)
                #expect(plain.fields["vary"] == "Accept-Encoding")
                #expect(plain.fields["etag"] == "\"v1\"")
                let zipped = try await exchange(port, get("/json", "Accept-Encoding: br, gzip;q=0.5\n"))
                #expect(zipped.fields["content-encoding"] == "gzip")
                #expect(zipped.fields["etag"] == "\"v1-gzip\"")
                #expect(zipped.fields["vary"] == "Accept-Encoding")
                #expect(zipped.body.count < Self.text.utf8.count / 4)
                #expect(try gunzip(zipped.body) == Array(Self.text.utf8))
                let refused = try await exchange(port, get("/json", "Accept-Encoding: gzip;q=0\n"))
                #expect(refused.fields["content-encoding"] == nil)
                let stream = try await exchange(port, get("/stream?type=text/csv", "Accept-Encoding: gzip\n"))
                #expect(try gunzip(stream.body) == Array(Self.lines.utf8))
                let head = try await exchange(
                    port,
                    "HEAD /json HTTP/1.1\nHost: localhost\nAccept-Encoding: gzip\n\n",
                    toHead: true
                )
                #expect(head.fields["content-length"] == "\(zipped.body.count)")
            }
        }

        @Test("Conditions: 304 by either tag, 412, and the fields that go with them")
        func conditions() async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                let match = try await exchange(port, get("/json", "If-None-Match: W/\"v1\"\n"))
                #expect(match.status == 304)
                #expect(match.fields["etag"] == "\"v1\"")
                #expect(match.fields["vary"] == "Accept-Encoding")
                #expect(match.fields["content-length"] == nil)
                let zipped = "Accept-Encoding: gzip\nIf-None-Match: \"x\", \"v1-gzip\"\n"
                #expect(try await exchange(port, get("/json", zipped)).status == 304)
                #expect(try await exchange(port, get("/json", "If-None-Match: \"v1-gzip\"\n")).status == 200)
                #expect(try await exchange(port, get("/json", "If-Match: \"v2\"\n")).status == 412)
                #expect(try await exchange(port, get("/json", "If-Match: \"v1\"\n")).status == 200)
            }
        }

        @Test("A client that does not read holds up the producer; memory does not grow")
        func backPressure() async throws {
            let piece = 64 * 1024
            let pieces = 4096
            let produced = Shared(0)
            var router = Router()
            router.on(.get, "/big") { _ in
                Response(
                    body: .stream(length: piece * pieces) { writer in
                        for _ in 0..<pieces {
                            try await writer.write([UInt8](repeating: 1, count: piece))
                            produced.change { $0 += piece }
                        }
                    }
                )
            }
            try await withServer(router: router) { port, _ async throws in
                let most = try await blocking {
                    let client = try Client(port: port, receiveBuffer: 64 * 1024)
                    try client.send("GET /big HTTP/1.1\nHost: localhost\n\n")
                    var consumed = 0
                    var most = 0
                    while consumed < piece * pieces {
                        let some = try client.receive(atMost: 16 * 1024)
                        if some.isEmpty { break }
                        consumed += some.count
                        most = max(most, produced.value - consumed)
                    }
                    // The head of the answer is part of what was read.
                    #expect(consumed >= piece * pieces)
                    return most
                }
                // The output buffer, and what the kernel takes in for a socket.
                #expect(most < 16 << 20, "the producer was \(most) bytes ahead")
            }
        }
    }

    @Suite("Files below a folder")
    struct Files {
        /// A folder with a few files, and one it must not give away.
        static func folder() throws -> TemporaryFolder {
            let folder = TemporaryFolder()
            let root = folder.path
            let manager = FileManager.default
            try manager.createDirectory(atPath: root + "/public/sub", withIntermediateDirectories: true)
            let files = [
                "public/index.html": Data("<!doctype html><title>x</title>".utf8),
                "public/app.js": Data(String(repeating: "let a = 1;\n", count: 500).utf8),
                "public/sub/data.bin": Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 4) }),
                "public/.hidden": Data("x".utf8),
                "secret.txt": Data("secret".utf8),
            ]
            for (name, data) in files { try data.write(to: URL(filePath: "\(root)/\(name)")) }
            try manager.createSymbolicLink(atPath: root + "/public/link.txt", withDestinationPath: "../secret.txt")
            try manager.createSymbolicLink(atPath: root + "/public/out", withDestinationPath: "..")
            return folder
        }

        func with(_ body: (Int) async throws -> Void) async throws {
            let folder = try Self.folder()
            defer { withExtendedLifetime(folder) {} }
            let files = StaticFiles(root: folder.path + "/public", pages: ["/jobs/{id}": "index.html"])
            try await withServer(router: Exchanges.router, staticFiles: files) { port, _ in try await body(port) }
        }

        func get(_ path: String, _ fields: String = "") -> String {
            "GET \(path) HTTP/1.1\nHost: localhost\n\(fields)\n"
        }

        @Test("Pages, types, and the fields that keep strangers' scripts out")
        func pages() async throws {
            try await with { port async throws in
                for path in ["/", "/index.html", "/jobs/j1"] {
                    let page = try await exchange(port, get(path))
                    #expect(page.status == 200, "\(path)")
                    #expect(page.fields["content-type"] == "text/html; charset=utf-8")
                    #expect(page.fields["content-security-policy"]?.hasPrefix("default-src 'self'") == true)
                    #expect(page.fields["content-security-policy"]?.contains("unsafe") == false)
                    #expect(page.fields["content-security-policy"]?.contains("frame-ancestors 'none'") == true)
                    #expect(page.fields["referrer-policy"] == "no-referrer")
                    #expect(page.fields["cache-control"] == "no-cache")
                }
                let script = try await exchange(port, get("/app.js", "Accept-Encoding: gzip\n"))
                #expect(script.fields["content-encoding"] == "gzip")
                #expect(script.fields["content-type"] == "text/javascript; charset=utf-8")
                #expect(try await exchange(port, get("/hello")).text == "hello")
            }
        }

        @Test("Nothing outside, nothing hidden, nothing behind a link")
        func outside() async throws {
            try await with { port async throws in
                for path in [
                    "/.hidden", "/link.txt", "/out/secret.txt", "/sub", "/sub/", "/nothing", "/index.html/x",
                    "//index.html",
                ] {
                    #expect(try await exchange(port, get(path)).status == 404, "\(path)")
                }
                for path in ["/../secret.txt", "/%2e%2e/secret.txt", "/sub/..%2f..%2fsecret.txt"] {
                    #expect(try await exchange(port, get(path)).status == 400, "\(path)")
                }
                #expect(try await exchange(port, "POST /index.html HTTP/1.1\nHost: localhost\n\n").status == 404)
            }
        }

        @Test("Ranges and conditions of a large file and a small one", arguments: ["/sub/data.bin", "/app.js"])
        func ranges(path: String) async throws {
            try await with { port async throws in
                let whole = try await exchange(port, get(path))
                let size = whole.body.count
                #expect(whole.fields["accept-ranges"] == "bytes")
                let tag = try #require(whole.fields["etag"])
                func part(_ range: String, _ more: String = "") async throws -> Client.Answer {
                    try await exchange(port, get(path, "Range: \(range)\n\(more)"))
                }
                let middle = try await part("bytes=100-199")
                #expect(middle.status == 206)
                #expect(middle.body == Array(whole.body[100..<200]))
                #expect(middle.fields["content-range"] == "bytes 100-199/\(size)")
                #expect(middle.fields["content-length"] == "100")
                #expect(try await part("bytes=-7").body == Array(whole.body.suffix(7)))
                #expect(try await part("bytes=\(size - 3)-").body == Array(whole.body.suffix(3)))
                #expect(try await part("bytes=0-0", "Accept-Encoding: gzip\n").body == [whole.body[0]])
                let beyond = try await part("bytes=\(size)-")
                #expect(beyond.status == 416)
                #expect(beyond.fields["content-range"] == "bytes */\(size)")
                for ignored in ["bytes=5-2", "bytes=0-1,5-6", "lines=1-2"] {
                    #expect(try await part(ignored).status == 200, "\(ignored)")
                }
                #expect(try await part("bytes=0-1", "If-Range: \(tag)\n").status == 206)
                #expect(try await part("bytes=0-1", "If-Range: \"old\"\n").status == 200)
                #expect(try await exchange(port, get(path, "If-None-Match: \(tag)\n")).status == 304)
                let modified = try #require(whole.fields["last-modified"])
                #expect(try await exchange(port, get(path, "If-Modified-Since: \(modified)\n")).status == 304)
                let head = try await exchange(
                    port,
                    "HEAD \(path) HTTP/1.1\nHost: localhost\nRange: bytes=0-1\n\n",
                    toHead: true
                )
                #expect(head.status == 200)
                #expect(head.fields["content-length"] == "\(size)")
            }
        }
    }
}
