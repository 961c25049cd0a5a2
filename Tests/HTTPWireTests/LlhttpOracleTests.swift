import Foundation
import HTTPTypes
import HTTPWire
import Testing

/// Request bytes from the tests of Node's parser and what that parser made of them. Where it is strict, what it refuses
/// we refuse, and what it accepts we accept with the same messages, except for the rules in `Stricter`.
@Suite("Against llhttp")
struct LlhttpOracleTests {
    struct Case: Decodable, CustomStringConvertible, Sendable {
        var file: String
        var title: String
        var type: String
        var request_base64: String
        var outcome: String
        var error: String?
        var messages_completed: Int
        var methods: [String]

        var bytes: [UInt8] { [UInt8](Data(base64Encoded: request_base64)!) }
        var description: String { "\(file): \(title)" }
        var isStrict: Bool { !type.contains("lenient") }
    }

    struct Cases: Decodable { var cases: [Case] }

    static let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/llhttp_request_cases.json").path

    static let cases: [Case] = {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return (try? JSONDecoder().decode(Cases.self, from: data).cases) ?? []
    }()

    /// Where ours is stricter on purpose, and which rule says so.
    enum Stricter: String, CaseIterable {
        case host = "RFC 9112 section 3.2: an HTTP/1.1 request has exactly one Host"
        case version = "RFC 9112 section 3: a request line has a version (no HTTP/0.9), and it is HTTP's"
        case asterisk = "RFC 9112 section 3.2.4: * is a target of OPTIONS only"
        case fragment = "RFC 9110 section 4.1: a fragment is not part of a target"
        case userInformation = "RFC 9110 section 4.2.4: user information in a target is an error"
        case emptyLines = "RFC 9112 section 2.2: one empty line before a request is ignored, not more"
        case codings = "RFC 9112 section 6.1: a transfer coding that is not understood is 501"
    }

    /// llhttp does not ask for `Host`; one is added where that is all that is wrong, so that the rest is compared.
    static func withHost(_ bytes: [UInt8]) -> [UInt8] {
        // Latin-1, so that every byte is one scalar and comes back as it was.
        let text = String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
        let lines = text.components(separatedBy: "\r\n")
        var fixed: [String] = []
        for (index, line) in lines.enumerated() {
            fixed.append(line)
            let head = lines[(index + 1)...].prefix { !$0.isEmpty }
            let isRequestLine = line.hasSuffix(" HTTP/1.1") && line.split(separator: " ").count == 3
            let hasHost = head.contains { $0.lowercased().hasPrefix("host:") }
            // A line that is the last one is incomplete: nothing can follow it.
            if isRequestLine && !hasHost && index + 1 < lines.count { fixed.append("Host: a") }
        }
        return fixed.joined(separator: "\r\n").unicodeScalars.map { UInt8($0.value) }
    }

    @Test("The cases are there")
    func casesAreThere() {
        #expect(Self.cases.count > 150)
        #expect(Self.cases.filter(\.isStrict).count > 130)
    }

    @Test(
        "Strict cases: the same verdict",
        arguments: cases.filter(\.isStrict)
    )
    func strict(_ test: Case) {
        let found = events(of: Self.withHost(test.bytes))
        let fault = if case .failed(let fault)? = found.last { fault } else { HTTPFault?.none }
        if let fault, let rule = Self.rule(fault, test) {
            print("llhttp \"\(test)\": refused with \(fault) by \(rule.rawValue)")
            return
        }
        // A callback of that test told llhttp to skip the body that the head announces.
        if test.title == "Content-Length reset when no body is received" { return #expect(found.count == 2) }
        let completed = found.count { $0 == .end }
        let methods = found.compactMap { $0.head?.request.method.rawValue }
        switch test.error {
        case nil:
            #expect(fault == nil)
            #expect(completed == test.messages_completed)
            // llhttp reports a method before the head is complete.
            #expect(test.methods.starts(with: methods))
        case "Data after `Connection: close`"?:
            // Ours reads no further instead of calling it an error; the connection ends either way.
            #expect(fault == nil)
            #expect(completed == test.messages_completed)
        case "Pause on CONNECT/Upgrade"? where !test.methods.contains("CONNECT"):
            // We never switch protocols: the request is answered as it stands.
            #expect(completed >= 1)
            #expect(methods.first == test.methods.first)
        case "Invalid method for HTTP/x.x request"?, "Expected space after method"?:
            // Well-formed methods that nobody serves are answered with 501 above the parser.
            #expect(fault == nil)
            #expect(!["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"].contains(methods.first))
        case let error?:
            #expect(fault != nil, "llhttp says: \(error)")
        }
    }

    @Test(
        "What llhttp accepts only when told to be lenient is refused",
        arguments: cases.filter { !$0.isStrict }
    )
    func lenient(_ test: Case) {
        let found = events(of: Self.withHost(test.bytes))
        let fault = if case .failed(let fault)? = found.last { fault } else { HTTPFault?.none }
        if test.type == "request-lenient-keep-alive" {
            // Not refused but not read either: the first request closed the connection.
            #expect(fault == nil)
            #expect(found.count { $0 == .end } == 1)
        } else {
            #expect(fault != nil)
        }
    }

    @Test(
        "Every case, byte by byte, is the same as at once",
        arguments: cases
    )
    func bytewise(_ test: Case) {
        for bytes in [test.bytes, Self.withHost(test.bytes)] {
            #expect(events(of: bytes, piece: 1) == events(of: bytes))
        }
    }

    /// The rule by which we refuse what llhttp accepts; `nil` where there is none, or llhttp refuses too.
    static func rule(_ fault: HTTPFault, _ test: Case) -> Stricter? {
        guard test.outcome == "accepted" else { return nil }
        let text = String(decoding: test.bytes, as: UTF8.self)
        return switch fault {
        case .hostCount(0): .host
        case .invalidRequestLine where text.contains("RTSP/") || text.contains("ICE/") || text == "GET /\r\n\r\n":
            .version
        case .invalidTarget where text.contains(" * "): .asterisk
        case .invalidTarget where text.contains("#"): .fragment
        case .invalidTarget where text.contains("@"): .userInformation
        case .bareLineBreak where text.contains("q=42\r\n\r\nGET"): .emptyLines
        case .unsupportedTransferEncoding: .codings
        default: nil
        }
    }
}
