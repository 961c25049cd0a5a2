import HTTPServer
import HTTPTypes
import TestSupport
import Testing

extension SocketTests {
    @Suite("Bodies of requests")
    struct Bodies {
        static func router(limit: Int = 1 << 20) -> Router {
            var router = Router()
            router.on(.put, "/count", body: .upload(limit: limit)) { request in
                var total = 0
                for try await bytes in request.body { total += bytes.count }
                return .text("\(total)")
            }
            router.on(.post, "/echo", body: .upload(limit: limit)) { request in
                Response(body: .bytes(try await request.body.collect(upTo: limit)))
            }
            router.on(.put, "/refuse", body: .upload(limit: limit)) { _ in throw Problem(.conflict, detail: "No.") }
            router.on(.put, "/raised", body: .upload(limit: limit, raisedBy: "mostBytes")) { _ in Response(status: .ok)
            }
            router.on(.post, "/form", body: .upload(limit: limit)) { request in
                let reader = try MultipartReader(request)
                var parts: [String] = []
                while let part = try await reader.nextPart() {
                    if part.name == "skipped" { continue }
                    let bytes = try await part.collect(upTo: limit)
                    parts.append("\(part.name)=\(part.fileName ?? "-"):\(bytes.count)")
                }
                return .text(parts.joined(separator: " "))
            }
            return router
        }

        func put(_ path: String, _ fields: String) -> String {
            "PUT \(path) HTTP/1.1\nHost: localhost\n\(fields)\n"
        }

        @Test("100 Continue is sent when the handler reads, and not when it refuses")
        func expectContinue() async throws {
            try await withServer(router: Self.router()) { port, _ async throws in
                try await blocking {
                    let client = try Client(port: port)
                    try client.send(put("/count", "Content-Length: 5\nExpect: 100-continue\n"))
                    #expect(try client.readAnswer().status == 100)
                    try client.send("hello")
                    #expect(try client.readAnswer().text == "5")
                    try client.send(put("/refuse", "Content-Length: 5\nExpect: 100-continue\n"))
                    let refusal = try client.readAnswer()
                    #expect(refusal.status == 409)
                    #expect(refusal.fields["connection"] == "close")
                }
            }
        }

        @Test("A declared length over the limit: 413 before the body, and the client can read it")
        func earlyRefusal() async throws {
            try await withServer(router: Self.router(limit: 1000)) { port, _ async throws in
                try await blocking {
                    // The client sends all of its body before it looks at the answer, as simple clients do.
                    let client = try Client(port: port)
                    try client.send(put("/count", "Content-Length: 20000000\n"))
                    try client.send(bytes: [UInt8](repeating: 1, count: 20_000_000))
                    let answer = try client.readAnswer()
                    #expect(answer.status == 413)
                    #expect(answer.text.contains("1000 bytes"))
                    #expect(try client.readToEnd().isEmpty)
                }
            }
        }

        @Test("Limits hold for chunks and for what gzip becomes")
        func limits() async throws {
            try await withServer(router: Self.router(limit: 1000)) { port, _ async throws in
                let chunk = "3e9\n\(String(repeating: "x", count: 1001))\n0\n\n"
                #expect(try await exchange(port, put("/count", "Transfer-Encoding: chunked\n") + chunk).status == 413)
                let bomb = Deflate.gzip([UInt8](repeating: 0, count: 100_000))
                let answer = try await blocking {
                    let client = try Client(port: port)
                    try client.send(put("/count", "Content-Encoding: gzip\nContent-Length: \(bomb.count)\n"))
                    try client.send(bytes: bomb)
                    return try client.readAnswer()
                }
                #expect(answer.status == 413)
            }
        }

        @Test("A limit that comes from a setting is refused with its name")
        func settingIsNamed() async throws {
            try await withServer(router: Self.router(limit: 1000)) { port, _ async throws in
                let answer = try await exchange(port, put("/raised", "Content-Length: 1001\n"))
                #expect(answer.status == 413 && answer.text.contains("its setting mostBytes"), "\(answer.text)")
            }
        }

        @Test("No length and no chunks: 411")
        func lengthRequired() async throws {
            try await withServer(router: Self.router()) { port, _ async throws in
                #expect(try await exchange(port, put("/count", "")).status == 411)
                #expect(try await exchange(port, put("/count", "Content-Length: 0\n")).text == "0")
            }
        }

        @Test("gzip: members in a row, in any pieces", arguments: [1, 7, 100_000])
        func gzipped(size: Int) async throws {
            let text = (0..<5000).map { "\($0 * 7919 % 1000)" }.joined(separator: ",")
            let compressed = Deflate.gzip(Array(text.utf8)) + Deflate.gzip([]) + Deflate.gzip(Array("!".utf8))
            try await withServer(router: Self.router()) { port, _ async throws in
                let answer = try await blocking {
                    let client = try Client(port: port)
                    try client.send(
                        "POST /echo HTTP/1.1\nHost: localhost\nContent-Encoding: gzip\nTransfer-Encoding: chunked\n\n"
                    )
                    for start in stride(from: 0, to: compressed.count, by: size) {
                        let piece = compressed[start..<min(start + size, compressed.count)]
                        try client.send(bytes: wire("\(String(piece.count, radix: 16))\n") + piece + wire("\n"))
                    }
                    try client.send("0\n\n")
                    return try client.readAnswer()
                }
                #expect(answer.text == text + "!")
            }
        }

        @Test("Damaged gzip: 400")
        func damagedGzip() async throws {
            let whole = Deflate.gzip(Array("some text that is long enough".utf8))
            var wrongSum = whole
            wrongSum[whole.count - 6] ^= 1
            try await withServer(router: Self.router()) { port, _ async throws in
                for bytes in [Array(whole.dropLast(3)), wrongSum, whole + [0], Array("plain text".utf8)] {
                    let answer = try await blocking {
                        let client = try Client(port: port)
                        try client.send(put("/count", "Content-Encoding: gzip\nContent-Length: \(bytes.count)\n"))
                        try client.send(bytes: bytes)
                        return try client.readAnswer()
                    }
                    #expect(answer.status == 400)
                    #expect(answer.text.contains("BAD_GZIP"))
                }
            }
        }

        @Test("A client that goes away in the middle of its body ends the handler")
        func interrupted() async throws {
            let ended = Gate()
            var router = Router()
            router.on(.put, "/wait", body: .upload(limit: 1 << 20)) { request in
                defer { ended.open() }
                for try await _ in request.body {}
                return .text("complete")
            }
            try await withServer(router: router) { port, _ async throws in
                try await blocking {
                    let client = try Client(port: port)
                    try client.send(put("/wait", "Content-Length: 100\n") + "some")
                    client.finishSending()
                    let answer = try client.readAnswer()
                    #expect(answer.status == 400)
                    #expect(answer.text.contains("complete"))
                }
                await ended.wait()
            }
        }

        @Test("A reset ends the handler even while it is doing something else")
        func resetWhileBusy() async throws {
            let started = Gate()
            let cancelled = Gate()
            var router = Router()
            router.on(.get, "/wait") { _ in
                started.open()
                try await withTaskCancellationHandler {
                    try await Task.sleep(for: .seconds(60))
                } onCancel: {
                    cancelled.open()
                }
                return .text("never")
            }
            try await withServer(router: router) { port, _ async throws in
                try await blocking {
                    let client = try Client(port: port)
                    try client.send("GET /wait HTTP/1.1\nHost: localhost\n\n")
                    #expect(started.waitBlocking())
                    client.reset()
                }
                await cancelled.wait()
            }
        }

        @Test("A handler that does not read makes the sender wait, and loses nothing")
        func backPressure() async throws {
            let total = 256 << 20
            let mayRead = Gate()
            var router = Router()
            router.on(.put, "/later", body: .upload(limit: total)) { request in
                await mayRead.wait()
                var count = 0
                for try await bytes in request.body { count += bytes.count }
                return .text("\(count)")
            }
            try await withServer(router: router) { port, _ async throws in
                try await blocking {
                    let client = try Client(port: port)
                    try client.send(put("/later", "Content-Length: \(total)\n"))
                    let piece = [UInt8](repeating: 7, count: 1 << 20)
                    client.setTimeout(seconds: 0.3)
                    var sent = 0
                    while sent < total {
                        let count = try client.sendSome(piece)
                        sent += count
                        if count < piece.count { break }
                    }
                    // What the two socket buffers hold; and it was not mere slowness, for nothing moves any more.
                    #expect(sent < total / 8)
                    let more = try client.sendSome(piece)
                    #expect(more == 0)
                    sent += more
                    mayRead.open()
                    client.setTimeout(seconds: 10)
                    while sent < total {
                        let next = Array(piece[..<min(piece.count, total - sent)])
                        try client.send(bytes: next)
                        sent += next.count
                    }
                    #expect(try client.readAnswer().text == "\(total)")
                }
            }
        }

        @Test("Forms are streamed part by part")
        func multipart() async throws {
            let file = String(repeating: "0123456789\n", count: 20_000)
            let form = """
                --b
                Content-Disposition: form-data; name="note"

                hi
                --b
                Content-Disposition: form-data; name="skipped"; filename="s"

                \(file)
                --b
                Content-Disposition: form-data; name="file"; filename="../../etc/passwd"

                \(file)
                --b--

                """
            try await withServer(router: Self.router()) { port, _ async throws in
                func post(_ type: String, _ body: [UInt8]) async throws -> Client.Answer {
                    try await blocking {
                        let client = try Client(port: port)
                        let fields = "Host: localhost\nContent-Type: \(type)\nContent-Length: \(body.count)\n"
                        try client.send("POST /form HTTP/1.1\n\(fields)\n")
                        try client.send(bytes: body)
                        return try client.readAnswer()
                    }
                }
                let answer = try await post("multipart/form-data; boundary=\"b\"", wire(form))
                #expect(answer.text == "note=-:2 file=../../etc/passwd:\(wire(file).count)")
                #expect(try await post("multipart/form-data; boundary=b", wire("--b\n\n")).status == 400)
                #expect(try await post("multipart/form-data", []).status == 400)
                #expect(try await post("text/plain", []).status == 415)
            }
        }
    }
}
