import HTTPServer
import HTTPTypes
import Testing

extension SocketTests {
    @Suite("Requests and answers")
    struct Exchanges {
        static var router: Router {
            var router = Router()
            router.on(.get, "/hello") { _ in .text("hello") }
            router.on(.get, "/echo/{word}") { request in
                .text("\(request.parameters["word"] ?? "") \(request.query.first("q") ?? "-")")
            }
            router.on(.post, "/json", body: .json) { request in
                .text(String(decoding: try await request.body.collect(upTo: 100), as: UTF8.self))
            }
            router.on(.get, "/broken") { _ in throw Broken() }
            router.on(.get, "/problem") { _ in
                throw Problem(.conflict, detail: "Not now.", errorCode: "BUSY", fields: [.retryAfter: "3"])
            }
            return router
        }

        struct Broken: Error {}

        @Test("Keep-alive: many requests on one connection")
        func keepAlive() async throws {
            try await withServer(router: Self.router) { port, server async throws in
                try await blocking {
                    let client = try Client(port: port)
                    for round in 0..<50 {
                        try client.send("GET /echo/\(round)?q=a+b%21 HTTP/1.1\nHost: localhost:\(port)\n\n")
                        let answer = try client.readAnswer()
                        #expect(answer.status == 200)
                        #expect(answer.text == "\(round) a b!")
                        #expect(answer.fields["connection"] == nil)
                        #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
                        #expect(answer.fields["x-content-type-options"] == "nosniff")
                        #expect(answer.fields["x-request-id"]?.count == 16)
                    }
                }
                #expect(server.connectionCount <= 1)
            }
        }

        @Test("Pipelined requests are answered in order, also when the client has sent FIN")
        func pipelining() async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                try await blocking {
                    let client = try Client(port: port)
                    let requests = (0..<200).map { "GET /echo/\($0) HTTP/1.1\nHost: localhost\n\n" }
                    try client.send(requests.joined())
                    client.finishSending()
                    for round in 0..<200 { #expect(try client.readAnswer().text == "\(round) -") }
                    #expect(try client.readToEnd().isEmpty)
                }
            }
        }

        @Test("Byte by byte")
        func bytewise() async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                try await blocking {
                    let client = try Client(port: port)
                    var on: Int32 = 1
                    setNoDelay(client.descriptor, &on)
                    let body = "{\"a\": 1}"
                    let head = "POST /json HTTP/1.1\nHost: localhost\nContent-Type: application/json\n"
                    for byte in wire(head + "Content-Length: \(body.utf8.count)\n\n\(body)") {
                        try client.send(bytes: [byte])
                    }
                    #expect(try client.readAnswer().text == body)
                    for byte in wire(head + "Transfer-Encoding: chunked\n\n3\n{\"a\n5;x=y\n\": 1}\n0\nT: 1\n\n") {
                        try client.send(bytes: [byte])
                    }
                    #expect(try client.readAnswer().text == body)
                }
            }
        }

        @Test("HTTP/1.0 closes by default and stays when asked")
        func oldVersion() async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                try await blocking {
                    let client = try Client(port: port)
                    try client.send("GET /hello HTTP/1.0\nConnection: keep-alive\n\n")
                    let kept = try client.readAnswer()
                    #expect(kept.fields["connection"] == "keep-alive")
                    try client.send("GET /hello HTTP/1.0\n\n")
                    let last = try client.readAnswer()
                    #expect(last.fields["connection"] == "close")
                    #expect(try client.readToEnd().isEmpty)
                }
            }
        }

        @Test("HEAD has the fields of GET and no body")
        func head() async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                try await blocking {
                    let client = try Client(port: port)
                    try client.send("HEAD /hello HTTP/1.1\nHost: localhost\n\nGET /hello HTTP/1.1\nHost: localhost\n\n")
                    let head = try client.readAnswer(toHead: true)
                    #expect(head.status == 200)
                    #expect(head.fields["content-length"] == "5")
                    #expect(try client.readAnswer().text == "hello")
                }
            }
        }

        @Test("Refusals, and the field that helps", arguments: refusals)
        func refused(request: String, status: Int, field: String?, value: String?) async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                let answer = try await exchange(port, request)
                #expect(answer.status == status, "\(request)")
                #expect(answer.fields["content-type"] == "application/problem+json")
                #expect(answer.text.contains("\"status\":\(status)"))
                #expect(answer.text.contains("\"request_id\":\"\(answer.fields["x-request-id"] ?? "?")\""))
                if let field { #expect(answer.fields[field] == value) }
            }
        }

        static let refusals: [(String, Int, String?, String?)] = [
            ("GET /nothing HTTP/1.1\nHost: localhost\n\n", 404, nil, nil),
            ("PUT /hello HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n", 405, "allow", "GET, HEAD, OPTIONS"),
            ("GET /json HTTP/1.1\nHost: localhost\n\n", 405, "allow", "OPTIONS, POST"),
            ("BREW /hello HTTP/1.1\nHost: localhost\n\n", 501, nil, nil),
            ("GET /hello HTTP/2.0\nHost: localhost\n\n", 505, "connection", "close"),
            ("GET /hello HTTP/1.1\nHost : localhost\n\n", 400, "connection", "close"),
            ("GET /hello HTTP/1.1\n\n", 400, "connection", "close"),
            ("GET /a/../b HTTP/1.1\nHost: localhost\n\n", 400, nil, nil),
            ("GET /%2e%2e/b HTTP/1.1\nHost: localhost\n\n", 400, nil, nil),
            ("GET /a%2Fb HTTP/1.1\nHost: localhost\n\n", 400, nil, nil),
            ("GET /hello?q=%zz HTTP/1.1\nHost: localhost\n\n", 400, nil, nil),
            ("GET /\(String(repeating: "x", count: 9000)) HTTP/1.1\nHost: localhost\n\n", 414, "connection", "close"),
            (
                "GET / HTTP/1.1\nHost: localhost\nX: \(String(repeating: "x", count: 33000))\n\n", 431, "connection",
                "close"
            ),
            ("GET / HTTP/1.1\nHost: localhost\n\(String(repeating: "A: b\n", count: 100))\n", 431, nil, nil),
            ("POST /json HTTP/1.1\nHost: localhost\nExpect: more\nContent-Length: 2\n\n{}", 417, nil, nil),
            (
                "POST /json HTTP/1.1\nHost: localhost\nContent-Type: text/plain\nContent-Length: 2\n\n{}", 415,
                "accept", "application/json"
            ),
            (
                "POST /json HTTP/1.1\nHost: localhost\nContent-Encoding: br\nContent-Length: 2\n\n{}", 415,
                "accept-encoding", "gzip, identity"
            ),
            ("POST /json HTTP/1.1\nHost: localhost\nContent-Length: 1048577\n\n", 413, "connection", "close"),
            ("GET /problem HTTP/1.1\nHost: localhost\n\n", 409, "retry-after", "3"),
        ]

        @Test("An unexpected error is a 500 with a request id that is in the log, and says nothing else")
        func internalError() async throws {
            let log = LogCollector()
            try await withServer(router: Self.router, logger: log.logger) { port, _ async throws in
                let answer = try await exchange(port, "GET /broken HTTP/1.1\nHost: localhost\n\n")
                #expect(answer.status == 500)
                #expect(!answer.text.contains("Broken"))
                let id = try #require(answer.fields["x-request-id"])
                #expect(log.lines.value.contains { $0.hasPrefix("error") && $0.contains(id) && $0.contains("Broken") })
            }
            // The access log line, written after the answer, is there once the server has stopped.
            #expect(log.lines.value.contains { $0.contains("method=GET") && $0.contains("status=500") })
        }

        @Test("OPTIONS, of a path and of the server")
        func options() async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                let path = try await exchange(port, "OPTIONS /json HTTP/1.1\nHost: localhost\n\n")
                #expect(path.status == 204)
                #expect(path.fields["allow"] == "OPTIONS, POST")
                let server = try await exchange(port, "OPTIONS * HTTP/1.1\nHost: localhost\n\n")
                #expect(server.status == 204)
                #expect(server.fields["allow"]?.contains("PATCH") == true)
            }
        }

        @Test("Names this server answers to", arguments: hosts)
        func host(host: String, status: Int) async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                #expect(try await exchange(port, "GET /hello HTTP/1.1\nHost: \(host)\n\n").status == status)
            }
        }

        static let hosts: [(String, Int)] = [
            ("localhost", 200), ("LOCALHOST:1", 200), ("127.0.0.1:8080", 200), ("[::1]:8080", 200),
            ("evil.example", 421), ("localhost.evil.example", 421), ("127.0.0.2", 421), ("localhost.", 421),
        ]

        @Test("The authority of an absolute target counts, not Host")
        func absoluteHost() async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                let foreign = "GET http://evil.example/hello HTTP/1.1\nHost: localhost\n\n"
                #expect(try await exchange(port, foreign).status == 421)
                let own = "GET http://localhost/hello HTTP/1.1\nHost: evil.example\n\n"
                #expect(try await exchange(port, own).status == 200)
            }
        }

        @Test("State-changing requests from other sites are refused", arguments: origins)
        func origin(fields: String, status: Int) async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                let json = fields.contains("Origin") || fields.contains("Sec") ? "Content-Type: application/json\n" : ""
                let request =
                    "POST /json HTTP/1.1\nHost: localhost:\(port)\n\(json)\(fields)Content-Length: 2\n\n{}"
                let text = request.replacing("PORT", with: "\(port)")
                #expect(try await exchange(port, text).status == status, "\(text)")
            }
        }

        static let origins: [(String, Int)] = [
            ("", 200),
            ("Content-Type: application/x-www-form-urlencoded\n", 200),
            ("Origin: http://localhost:PORT\n", 200),
            ("Origin: http://localhost:PORT\nSec-Fetch-Site: same-origin\n", 200),
            ("Sec-Fetch-Site: none\n", 200),
            ("Origin: http://evil.example\n", 403),
            ("Origin: http://localhost:1\n", 403),
            ("Origin: http://localhost\n", 403),
            ("Origin: null\n", 403),
            ("Origin: http://evil.example, http://localhost:PORT\n", 403),
            ("Sec-Fetch-Site: cross-site\n", 403),
            ("Sec-Fetch-Site: same-site\n", 403),
            ("Origin: http://localhost:PORT\nSec-Fetch-Site: cross-site\n", 403),
        ]

        @Test("A page may read from elsewhere what its browser lets it, and a form of a browser is no JSON")
        func reading() async throws {
            try await withServer(router: Self.router) { port, _ async throws in
                let get = "GET /hello HTTP/1.1\nHost: localhost\nOrigin: http://evil.example\n\n"
                let answer = try await exchange(port, get)
                #expect(answer.status == 200)
                #expect(answer.fields["access-control-allow-origin"] == nil)
                #expect(answer.fields["cross-origin-resource-policy"] == "same-origin")
                let form =
                    "POST /json HTTP/1.1\nHost: localhost\nOrigin: http://localhost\nContent-Length: 2\n"
                    + "Content-Type: application/x-www-form-urlencoded\n\n{}"
                #expect(try await exchange(port, form).status == 415)
            }
        }
    }
}
