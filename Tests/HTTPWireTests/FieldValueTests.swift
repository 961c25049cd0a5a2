import HTTPWire
import TestSupport
import Testing

@Suite("Values of fields that decide something")
struct FieldValueTests {
    @Test("Accept-Encoding", arguments: acceptEncodings)
    func acceptEncoding(value: String?, expected: Bool) {
        #expect(AcceptEncoding.prefersGzip(value) == expected, "\(value ?? "absent")")
    }

    static let acceptEncodings: [(String?, Bool)] = [
        (nil, false), ("", false), ("gzip", true), ("GZIP, deflate, br", true), ("gzip;q=0", false),
        ("gzip; q=0.5", true), ("*", true), ("*;q=0", false), ("*;q=0, gzip", true), ("identity", false),
        ("gzip;q=0.2, identity", false), ("gzip;q=0.8, identity;q=0.2", true), ("gzip;q=x", false), ("br", false),
        ("x-gzip", true), ("gzip;q=0.000", false), ("deflate, *;q=0.1", true),
    ]

    @Test("Range", arguments: ranges)
    func range(value: String, length: Int, expected: ByteRange) {
        #expect(ByteRange(value, length: length) == expected, "\(value) of \(length)")
    }

    static let ranges: [(String, Int, ByteRange)] = [
        ("bytes=0-0", 10, .satisfiable(0..<1)), ("bytes=0-", 10, .satisfiable(0..<10)),
        ("Bytes=2-4", 10, .satisfiable(2..<5)), ("bytes=5-99", 10, .satisfiable(5..<10)),
        ("bytes=-3", 10, .satisfiable(7..<10)), ("bytes=-99", 10, .satisfiable(0..<10)),
        ("bytes=10-", 10, .unsatisfiable), ("bytes=-0", 10, .unsatisfiable), ("bytes=0-", 0, .unsatisfiable),
        ("bytes=4-2", 10, .ignored), ("bytes=0-1,3-4", 10, .ignored), ("bytes=a-b", 10, .ignored),
        ("bytes=-", 10, .ignored), ("items=0-1", 10, .ignored), ("bytes=1", 10, .ignored),
        ("bytes=0-99999999999999999999", 10, .satisfiable(0..<10)),
        ("bytes=99999999999999999999-", 10, .unsatisfiable), ("bytes=+1-2", 10, .ignored),
    ]

    @Test("Entity tags: weak and strong comparison")
    func entityTags() {
        #expect(EntityTag.weaklyMatches("\"a\"", list: "\"b\", W/\"a\""))
        #expect(EntityTag.weaklyMatches("\"a\"", list: " * "))
        #expect(!EntityTag.weaklyMatches("\"a\"", list: "\"a-gzip\""))
        #expect(EntityTag.weaklyMatches("\"a,b\"", list: "\"x\",\"a,b\""))
        #expect(EntityTag.stronglyMatches("\"a\"", list: "\"a\""))
        #expect(!EntityTag.stronglyMatches("\"a\"", list: "W/\"a\""))
        #expect(!EntityTag.stronglyMatches("W/\"a\"", list: "W/\"a\""))
        #expect(EntityTag.gzipVariant(of: "\"a\"") == "\"a-gzip\"")
    }

    @Test("Dates, there and back")
    func dates() {
        #expect(HTTPDate.format(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.format(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.format(1_709_164_800) == "Thu, 29 Feb 2024 00:00:00 GMT")
        var random = SeededGenerator(seed: 9)
        for _ in 0..<1000 {
            let seconds = Int.random(in: 0..<4_102_444_800, using: &random)
            #expect(HTTPDate.parse(HTTPDate.format(seconds)) == seconds)
        }
        for text in [
            "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 40 Nov 1994 08:49:37 GMT",
        ] {
            #expect(HTTPDate.parse(text) == nil, "\(text)")
        }
    }

    @Test("Authorities", arguments: authorities)
    func authority(text: String, host: String?, port: Int?) {
        let authority = Authority(text)
        #expect(authority?.host == host, "\(text)")
        #expect(authority?.port == port, "\(text)")
    }

    static let authorities: [(String, String?, Int?)] = [
        ("LocalHost:8080", "localhost", 8080), ("127.0.0.1", "127.0.0.1", nil), ("[::1]:80", "[::1]", 80),
        ("[::FFFF:127.0.0.1]", "[::ffff:127.0.0.1]", nil), ("a:", "a", nil), ("", nil, nil), (":80", nil, nil),
        ("a:65536", nil, nil), ("a:1:2", nil, nil), ("[::1", nil, nil), ("[]", nil, nil), ("[::1]x", nil, nil),
        ("a b", nil, nil), ("u@a", nil, nil), ("a:-1", nil, nil),
    ]

    @Test("Paths are decoded once, and refused where that changes their meaning")
    func paths() throws {
        func segments(_ path: String) throws -> [String] { try PercentCoding.segments(ofPath: Substring(path).utf8) }
        #expect(try segments("/") == [""])
        #expect(try segments("/a//b/") == ["a", "", "b", ""])
        #expect(try segments("/gr%C3%B6%C3%9Fe%20x+y") == ["größe x+y"])
        #expect(try segments("/%2541") == ["%41"])
        for path in ["/..", "/a/%2e%2E/b", "/."] {
            #expect(throws: HTTPFault.dotSegment) { try segments(path) }
        }
        for path in ["/a%2Fb", "/a%00", "/%", "/%4", "/%zz", "/%FF"] {
            #expect(throws: HTTPFault.invalidPercentEncoding) { try segments(path) }
        }
    }
}
