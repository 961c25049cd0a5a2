import HTTPWire
import TestSupport
import Testing

@Suite("multipart/form-data, RFC 7578")
struct MultipartParserTests {
    static let form = wire(
        """
        preamble
        --XX
        Content-Disposition: form-data; name="file"; filename="a \\"b\\".zip"
        Content-Type: application/zip
        X-Other: 1

        line one
        --X not a delimiter
        -
        --XX \t
        content-disposition: form-data; name=note

        --XX
        Content-Disposition: form-data; name="empty"


        --XX--
        epilogue
        """
    )

    func parse(_ bytes: [UInt8], piece size: Int, boundary: String = "XX") throws -> [MultipartParser.Event] {
        var parser = try MultipartParser(boundary: boundary)
        var events: [MultipartParser.Event] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            for event in parser.feed(bytes[start..<min(start + size, bytes.count)]) {
                if case .content(let bytes) = event, case .content(let before)? = events.last {
                    events[events.count - 1] = .content(before + bytes)
                } else {
                    events.append(event)
                }
            }
        }
        if let fault = parser.finish() { events.append(.failed(fault)) }
        return events
    }

    @Test("Parts, file names, empty content, in any pieces", arguments: [1, 2, 5, 13, 10_000])
    func parts(size: Int) throws {
        let events = try parse(Self.form, piece: size)
        guard case .part(let first)? = events.first else { Issue.record("no part: \(events)"); return }
        #expect(first.name == "file")
        #expect(first.fileName == "a \"b\".zip")
        #expect(first.contentType == "application/zip")
        #expect(events[1] == .content(wire("line one\n--X not a delimiter\n-")))
        #expect(events[2] == .partEnd)
        guard case .part(let second) = events[3] else { Issue.record("no second part: \(events)"); return }
        #expect(second.name == "note")
        #expect(second.fileName == nil)
        #expect(events.count { $0 == .partEnd } == 3)
        #expect(events.last == .end)
    }

    @Test("A body that starts with its delimiter, and binary content with half delimiters")
    func binary() throws {
        var random = SeededGenerator(seed: 5)
        var content: [UInt8] = []
        for _ in 0..<300 {
            content += [[13, 10, 45, 45, 88], [13], [0, 255], [13, 10, 45]].randomElement(using: &random)!
        }
        let bytes =
            wire("--XX\nContent-Disposition: form-data; name=\"f\"\n\n") + content + wire("\n--XX--\n")
        for size in [1, 3, 100, 5000] {
            let events = try parse(bytes, piece: size)
            #expect(events.dropFirst().first == .content(content))
            #expect(events.last == .end)
        }
    }

    @Test("Faults", arguments: faults)
    func refused(text: String, expected: MultipartFault) throws {
        for size in [1, 1000] { #expect(try parse(wire(text), piece: size).last == .failed(expected), "\(text)") }
    }

    static let faults: [(String, MultipartFault)] = [
        ("--XX\nContent-Disposition: form-data; name=a\n\nno end", .truncated),
        ("nothing here", .truncated),
        ("--XXY\n\n", .malformedDelimiter),
        ("--XX\nContent-Type: a/b\n\n", .malformedPartHead),
        ("--XX\nContent-Disposition: form-data; filename=a\n\n", .missingName),
        ("--XX\nContent-Disposition: attachment; name=a\n\n", .malformedPartHead),
        ("--XX\nContent-Disposition: form-data; name=\"a\n\n", .malformedPartHead),
        ("--XX\nContent Disposition: form-data; name=a\n\n", .malformedPartHead),
        ("--XX\nContent-Disposition: form-data; name=a; name=b\n\n", .malformedPartHead),
    ]

    @Test("Caps on parts and part heads, and boundaries that are none")
    func caps() throws {
        var parser = try MultipartParser(boundary: "B", limits: .init(parts: 1, partHeadBytes: 60))
        let part = "--B\nContent-Disposition: form-data; name=a\n\n\n"
        #expect(parser.feed(wire(part + part)).last == .failed(.tooManyParts(limit: 1)))
        var second = try MultipartParser(boundary: "B", limits: .init(parts: 1, partHeadBytes: 60))
        let long = "--B\nX: \(String(repeating: "x", count: 60))"
        #expect(second.feed(wire(long)).last == .failed(.partHeadTooLarge(limit: 60)))
        for boundary in ["", String(repeating: "b", count: 71), "a ", "a\u{1}"] {
            #expect(throws: MultipartFault.invalidBoundary) { try MultipartParser(boundary: boundary) }
        }
    }
}
