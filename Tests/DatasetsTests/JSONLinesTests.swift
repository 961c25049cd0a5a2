import Datasets
import TestSupport
import Testing

@Suite struct JSONLinesTests {
    let workshop: Workshop

    init() { workshop = Workshop() }

    private func ingest(_ text: String, _ options: IngestOptions = IngestOptions()) throws -> Dataset {
        try workshop.ingest(Array(text.utf8), options)
    }

    private func failure(_ text: String) throws -> String? {
        try workshop.failure(Array(text.utf8))?.description
    }

    private static let rows = (0..<6).map {
        "{\"size\": \($0 * $0), \"colour\": \"\($0 % 2 == 0 ? "red" : "blue")\", \"label\": \"\($0 % 3)\"}"
    }

    @Test func objectsAreRowsAndKeysAreColumns() throws {
        let dataset = try ingest(Self.rows.joined(separator: "\n"), IngestOptions(fileName: "f.jsonl.gz"))
        #expect(dataset.manifest.format == "jsonl" && dataset.manifest.shape == [3])
        #expect(dataset.features(2) == [4, 0, 1] && dataset.features(3) == [9, 1, 0])
        #expect(dataset.manifest.classes == ["0", "1", "2"])
        #expect(try dataset.source(4) == "f.jsonl:5")
        let packed = try workshop.ingest(
            Deflate.gzip(Array(Self.rows.joined(separator: "\r\n").utf8)),
            IngestOptions(fileName: "f.jsonl")
        )
        #expect(packed.manifest.digest == dataset.manifest.digest)
        let array = try ingest("[\n" + Self.rows.joined(separator: ",\n") + "\n]\n")
        #expect(array.features(3) == [9, 1, 0])
        #expect(try array.source(0) == "data.jsonl:2")
        let zipped = try workshop.ingest(
            ZipFixture.bytes([("a/rows.json", Array(Self.rows.joined(separator: "\n").utf8)), ("b.txt", [0x41])])
        )
        #expect(zipped.count == 6)
    }

    @Test func arraysOfNumbersAreColumns() throws {
        let text = (0..<6).map { "{\"y\":\($0 % 2 == 0),\"v\":[\($0 * 2), 0.5 ,-1e\($0)],\"id\":\"n\($0)\"}\n" }
            .joined()
        let dataset = try ingest(text)
        #expect(dataset.manifest.classes == ["false", "true"] && dataset.features(2) == [4, 0.5, -100])
        #expect(try dataset.id(2) == "n2")
    }

    @Test func keysMayBeMissingAndComeLate() throws {
        let text = """
            {"a":1,"class":"x"}
            {"a":null,"class":"y","b":2}
            {"class":"x","b":4,"a":3}
            {"class":"y","a":NaN}
            {"a":8,"class":"x"}
            {"a":8}
            """
        let dataset = try ingest(text)
        #expect(dataset.features(0) == [1, 3] && dataset.features(1) == [5, 2] && dataset.features(2) == [3, 4])
        #expect(dataset.warning(.missingValues)?.count == 6)
        #expect(dataset.warning(.missingLabels)?.places == ["data.jsonl:6"])
    }

    @Test func escapes() throws {
        let labels = [#"\u00e4"#, #"\ud83d\ude00"#, #"a\"b\\\/\n\t"#, #"\ud800x"#, "\u{e4}"]
        let text = labels.enumerated().map { "{\"x\":\($0.offset * 3 % 7),\"y\":\"\($0.element)\"}\n" }.joined()
        let dataset = try ingest(text)
        #expect(Set(dataset.manifest.classes) == ["\u{e4}", "\u{1f600}", "a\"b\\/\n\t", "\u{fffd}x"])
    }

    @Test func whatIsWrongIsSaid() throws {
        let good = Self.rows.joined(separator: "\n") + "\n"
        for (line, message) in [
            ("{\"a\":1", "data.jsonl:7: expected an object that ends, got the end of the file."),
            ("{\"a\":1,}", "data.jsonl:7: expected a key in quotes, got '}'."),
            ("{\"a\":{\"b\":]}", "data.jsonl:7: expected a value that ends as it began, got ']}'."),
            ("{\"a\":[1,\"b\"]}", "data.jsonl:7: expected numbers in the array \"a\", got text."),
            ("{\"a\":1,\"a\":2}", "data.jsonl:7: expected each key once, got \"a\" twice."),
            ("{\"a\":tru}", "data.jsonl:7: expected a value of \"a\", got tru."),
            ("{\"a\":\"\\x\"}", "data.jsonl:7: expected an escape that JSON has, got \\x."),
            (
                "[1,2]",
                "data.jsonl:7: expected a JSON object on each line, like {\"text\": \"...\", \"label\": \"...\"}, got [."
            ),
        ] {
            #expect(try failure(good + line) == message)
        }
    }
}
