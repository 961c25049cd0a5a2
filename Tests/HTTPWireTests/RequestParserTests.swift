import HTTPTypes
import HTTPWire
import TestSupport
import Testing

@Suite("Request heads and bodies, RFC 9112")
struct RequestParserTests {
    @Test("A request with a body, and the next one behind it")
    func pipelined() throws {
        let bytes = wire(
            """
            POST /v1/jobs?dry_run=true HTTP/1.1
            Host: localhost:8080
            Content-Length: 5
            X-Note: \t two words \t

            helloGET / HTTP/1.1
            Host: localhost


            """
        )
        let events = events(of: bytes)
        let first = try #require(events.first?.head)
        #expect(first.request.method == .post)
        #expect(first.request.path == "/v1/jobs?dry_run=true")
        #expect(first.request.authority == "localhost:8080")
        #expect(first.request.headerFields[HTTPField.Name("x-note")!] == "two words")
        #expect(first.framing == .length(5))
        #expect(first.keepAlive)
        #expect(Array(events[1...2]) == [.body(Array("hello".utf8)), .end])
        #expect(events[3].head?.request.method == .get)
        #expect(events[4...] == [.end])
    }

    @Test("Chunks, extensions and trailer fields")
    func chunked() throws {
        let bytes = wire(
            """
            PUT / HTTP/1.1
            Host: a
            Transfer-Encoding: Chunked

            5;name=value;quoted="a;\\"b";flag
            hello
            00006
             world
            0
            X-Checksum: 1
            Content-Length: 5


            """
        )
        let events = events(of: bytes)
        #expect(events.first?.head?.framing == .chunked)
        #expect(events.dropFirst() == [.body(Array("hello world".utf8)), .end])
        #expect(events.first?.head?.request.headerFields.contains(HTTPField.Name("X-Checksum")!) == false)
    }

    @Test("Any cut gives the same events", arguments: [1, 2, 3, 7, 64])
    func pieces(size: Int) {
        for text in Self.texts {
            let bytes = wire(text)
            #expect(events(of: bytes, piece: size) == events(of: bytes), "\(text) in pieces of \(size)")
        }
    }

    @Test("Random cuts and random damage give the same events", arguments: [UInt64(1), 2026, 77])
    func randomDamage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<400 {
            var bytes = wire(Self.texts.randomElement(using: &random)!)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let limits = WireLimits(headBytes: 120, fields: 4, targetBytes: 40, chunkExtensionBytes: 30)
            let whole = events(of: bytes, limits: limits)
            let size = Int.random(in: 1...9, using: &random)
            #expect(events(of: bytes, piece: 1, limits: limits) == whole, "seed \(seed) round \(round)")
            #expect(events(of: bytes, piece: size, limits: limits) == whole, "seed \(seed) round \(round)")
        }
    }

    static let texts = [
        "GET / HTTP/1.1\nHost: a\n\n",
        "\nGET /a?b=c HTTP/1.1\nHost: a\nConnection: close\n\nGET / HTTP/1.1\n\n",
        "POST /x HTTP/1.1\nHost: a\nContent-Length: 11\n\nhello\nworldPUT / HTTP/1.1\nHost: b\n\n",
        "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3;a=\"b\"\nabc\nA;x\n0123456789\n0\nT: 1\n\nGET / HTTP/1.0\n\n",
        "GET / HTTP/1.1\nHost : a\n\n",
        "GET / HTTP/1.1\nHost: a\n folded\n\n",
        "GET /\(String(repeating: "x", count: 60)) HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\nHost: a\nA: 1\nB: 2\nC: 3\nD: 4\n\n",
        "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n1;\(String(repeating: "e", count: 40))\na\n0\n\n",
    ]

    @Test("What is refused, and with which status", arguments: refusals)
    func refused(text: String, expected: HTTPFault, status: Int) {
        #expect(fault(of: wire(text)) == expected, "\(text)")
        #expect(expected.status.code == status)
        #expect(!expected.detail.isEmpty)
    }

    static let refusals: [(String, HTTPFault, Int)] = [
        ("GET  / HTTP/1.1\n", .invalidRequestLine, 400),
        (" GET / HTTP/1.1\n", .invalidRequestLine, 400),
        ("GET / HTTP/1.1 \n", .invalidRequestLine, 400),
        ("GET /\n", .invalidRequestLine, 400),
        ("GET / http/1.1\n", .invalidRequestLine, 400),
        ("G@T / HTTP/1.1\n", .invalidRequestLine, 400),
        ("GET / HTTP/2.0\n", .unsupportedVersion, 505),
        ("GET / HTTP/1.9\n", .unsupportedVersion, 505),
        ("GET / HTTP/0.9\n", .unsupportedVersion, 505),
        ("GET / HTTP/1.11\n", .invalidRequestLine, 400),
        ("GET a HTTP/1.1\n", .invalidTarget, 400),
        ("GET * HTTP/1.1\n", .invalidTarget, 400),
        ("GET /#part HTTP/1.1\n", .invalidTarget, 400),
        ("GET /\u{E4} HTTP/1.1\n", .invalidTarget, 400),
        ("GET http://user@host/ HTTP/1.1\n", .invalidTarget, 400),
        ("GET http:///x HTTP/1.1\n", .invalidTarget, 400),
        ("GET ftp://host/ HTTP/1.1\n", .invalidTarget, 400),
        ("CONNECT host:443 HTTP/1.1\n", .unsupportedMethod, 501),
        ("\(String(repeating: "M", count: 33)) / HTTP/1.1\n", .unsupportedMethod, 501),
        ("GET / HTTP/1.1\nHost : a\n\n", .invalidFieldName, 400),
        ("GET / HTTP/1.1\nHo st: a\n\n", .invalidFieldName, 400),
        ("GET / HTTP/1.1\n: a\n\n", .invalidFieldName, 400),
        ("GET / HTTP/1.1\n Host: a\n\n", .foldedField, 400),
        ("GET / HTTP/1.1\nHost: a\nX: 1\n\t2\n\n", .foldedField, 400),
        ("GET / HTTP/1.1\nHost: a\nX: \u{0}\n\n", .invalidFieldValue, 400),
        ("GET / HTTP/1.1\nHost: a\nX: \u{7F}\n\n", .invalidFieldValue, 400),
        ("GET / HTTP/1.1\n\n", .hostCount(0), 400),
        ("GET / HTTP/1.1\nHost: a\nHost: a\n\n", .hostCount(2), 400),
        ("GET / HTTP/1.1\nHost: a b\n\n", .invalidHost, 400),
        ("GET / HTTP/1.1\nHost:\n\n", .invalidHost, 400),
        ("GET / HTTP/1.1\nHost: a:x\n\n", .invalidHost, 400),
        ("GET / HTTP/1.1\nHost: a/b\n\n", .invalidHost, 400),
        ("POST / HTTP/1.1\nHost: a\nContent-Length: +5\n\n", .invalidContentLength, 400),
        ("POST / HTTP/1.1\nHost: a\nContent-Length: 0x5\n\n", .invalidContentLength, 400),
        ("POST / HTTP/1.1\nHost: a\nContent-Length: 5, 5\n\n", .invalidContentLength, 400),
        ("POST / HTTP/1.1\nHost: a\nContent-Length:\n\n", .invalidContentLength, 400),
        ("POST / HTTP/1.1\nHost: a\nContent-Length: 9223372036854775808\n\n", .invalidContentLength, 400),
        ("POST / HTTP/1.1\nHost: a\nContent-Length: 5\nContent-Length: 5\n\n", .repeatedContentLength, 400),
        ("POST / HTTP/1.1\nHost: a\nContent-Length: 5\nTransfer-Encoding: chunked\n\n", .conflictingLength, 400),
        ("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nContent-Length: 5\n\n", .conflictingLength, 400),
        ("POST / HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n\n", .invalidTransferEncoding, 400),
        ("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked, chunked\n\n", .invalidTransferEncoding, 400),
        ("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked, gzip\n\n", .invalidTransferEncoding, 400),
        ("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: ,chunked\n\n", .unsupportedTransferEncoding, 501),
        ("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: gzip, chunked\n\n", .unsupportedTransferEncoding, 501),
        ("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: xchunked\n\n", .invalidTransferEncoding, 400),
    ]

    @Test("Lone CR and lone LF are no line ends")
    func bareLineBreaks() {
        for text in [
            "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET / HTTP/1.1\rHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", "\nGET / HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\rX", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            #expect(fault(of: Array(text.utf8)) == .bareLineBreak, "\(text.debugDescription)")
        }
    }

    @Test("Chunk sizes without signs, prefixes, blanks or overflow", arguments: chunkRefusals)
    func refusedChunks(text: String, expected: HTTPFault) {
        let head = "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n"
        #expect(fault(of: wire(head + text)) == expected, "\(text)")
    }

    static let chunkRefusals: [(String, HTTPFault)] = [
        ("+5\nhello\n", .invalidChunkSize),
        ("0x5\nhello\n", .invalidChunkSize),
        ("5 \nhello\n", .invalidChunkSize),
        (" 5\nhello\n", .invalidChunkSize),
        ("\nhello\n", .invalidChunkSize),
        ("-1\n", .invalidChunkSize),
        ("8000000000000000\n", .invalidChunkSize),
        ("00000000000000001\n", .invalidChunkSize),
        ("5\nhelloX", .invalidChunkEnd),
        ("5\nhello\rX", .invalidChunkEnd),
        ("5;\nhello\n", .invalidChunkExtension),
        ("5;a=\nhello\n", .invalidChunkExtension),
        ("5;a=\"b\nhello\n", .invalidChunkExtension),
        ("5;a b\nhello\n", .invalidChunkExtension),
        ("0\nBad Name: x\n\n", .invalidFieldName),
        ("0\n Folded: x\n\n", .foldedField),
    ]

    @Test("Limits of heads, targets, fields, extensions and trailers")
    func limits() {
        let limits = WireLimits(headBytes: 200, fields: 3, targetBytes: 20, chunkExtensionBytes: 10)
        func refusal(_ text: String) -> HTTPFault? { fault(of: wire(text), limits: limits) }
        let long = String(repeating: "x", count: 200)
        #expect(refusal("GET /\(String(repeating: "x", count: 20)) HTTP/1.1\n") == .targetTooLong(limit: 20))
        #expect(refusal("GET /\(String(repeating: "x", count: 19)) HTTP/1.1\nHost: a\n\n") == nil)
        #expect(refusal("GET / HTTP/1.1\nHost: a\nX: \(long)\n\n") == .headTooLarge(limit: 200))
        #expect(refusal("GET / HTTP/1.1\nHost: a\nA: 1\nB: 2\nC: 3\n\n") == .tooManyFields(limit: 3))
        let chunked = "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n"
        #expect(refusal(chunked + "1;abcdef\nx\n1;abcdef\nx\n") == .chunkExtensionsTooLarge(limit: 10))
        #expect(refusal(chunked + "0\nA: 1\nB: 2\nC: 3\nD: 4\n\n") == .tooManyFields(limit: 3))
        #expect(refusal(chunked + "0\nA: \(long)\n\n") == .headTooLarge(limit: 200))
        #expect(HTTPFault.headTooLarge(limit: 1).status.code == 431)
        #expect(HTTPFault.tooManyFields(limit: 1).status.code == 431)
        #expect(HTTPFault.targetTooLong(limit: 1).status.code == 414)
    }

    @Test("The authority of an absolute target replaces Host")
    func absoluteTarget() throws {
        let head = try #require(events(of: wire("GET http://b:81/x?y HTTP/1.1\nHost: a\n\n")).first?.head)
        #expect(head.request.authority == "b:81")
        #expect(head.request.path == "/x?y")
        let bare = try #require(events(of: wire("GET HTTP://b?q HTTP/1.1\nHost: a\n\n")).first?.head)
        #expect(bare.request.path == "/?q")
        let options = try #require(events(of: wire("OPTIONS * HTTP/1.1\nHost: a\n\n")).first?.head)
        #expect(options.request.path == "*")
    }

    @Test("Which requests leave the connection open", arguments: persistence)
    func keepAlive(text: String, expected: Bool) throws {
        #expect(try #require(events(of: wire(text + "\n\n")).first?.head).keepAlive == expected)
    }

    static let persistence: [(String, Bool)] = [
        ("GET / HTTP/1.1\nHost: a", true),
        ("GET / HTTP/1.1\nHost: a\nConnection: close", false),
        ("GET / HTTP/1.1\nHost: a\nConnection: keep-alive, Close", false),
        ("GET / HTTP/1.1\nHost: a\nConnection: x\nConnection: close", false),
        ("GET / HTTP/1.0", false),
        ("GET / HTTP/1.0\nConnection: Keep-Alive", true),
        ("GET / HTTP/1.0\nConnection: keep-alive, close", false),
    ]

    @Test("Expectations: only from HTTP/1.1")
    func expectations() throws {
        func expectation(_ text: String) throws -> RequestHead.Expectation {
            try #require(events(of: wire(text)).first?.head).expectation
        }
        #expect(try expectation("PUT / HTTP/1.1\nHost: a\nExpect: 100-Continue\n\n") == .continue)
        #expect(try expectation("PUT / HTTP/1.0\nExpect: 100-continue\n\n") == .none)
        #expect(try expectation("PUT / HTTP/1.1\nHost: a\nExpect: a miracle\n\n") == .unknown)
    }

    @Test("After Connection: close whatever comes is dropped")
    func afterClose() {
        let bytes = wire("GET / HTTP/1.1\nHost: a\nConnection: close\n\nGET / HTTP/1.1\nHost: a\n\n\u{1}")
        #expect(events(of: bytes).count == 2)
    }

    @Test("Bytes beyond ASCII in values stay as they are")
    func obsoleteText() throws {
        let bytes = wire("GET / HTTP/1.1\nHost: a\nX: D") + [0xFC] + wire("r\n\n")
        let head = try #require(events(of: bytes).first?.head)
        let field = try #require(head.request.headerFields[fields: HTTPField.Name("X")!].first)
        #expect(field.withUnsafeBytesOfValue { Array($0) } == [0x44, 0xFC, 0x72])
    }
}
