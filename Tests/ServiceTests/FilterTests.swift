import Service
import Testing

/// The `where` grammar: what it means, and where it says that a text is wrong.
@Suite struct FilterTests {
    private static let numbers: [Float] = [0, 0.25, 0.5, .nan, 1]
    private static let codes: [Int32] = [0, 1, 0, 1, -1]
    private static let sources = ["train/cat/1.png", "train/dog/2.png", "test/cat_3.png", "a'b", "100%"]

    private func rows(_ text: String) throws -> [Int32] {
        try FilterEvaluation(count: 5) { name in
            switch name.text {
            case "score", "two words": .numbers { Self.numbers[$0] }
            case "label": .codes({ Self.codes[$0] }, ["cat", "dog"])
            case "source": .texts { Self.sources[$0] }
            default: throw FilterError(position: name.position, detail: "no column")
            }
        }.rows(try FilterExpression.parse(text))
    }

    @Test(arguments: [
        ("score < 0.5", [0, 1] as [Int32]), ("score<=.5", [0, 1, 2]), ("score > -1e0", [0, 1, 2, 4]),
        ("\"score\" = 0.25", [1]), ("\"two words\" <> 0.25", [0, 2, 4]), ("score == 1", [4]),
        ("label = 'cat'", [0, 2]), ("label != 'cat'", [1, 3]), ("LABEL_ = 'x' OR score = 1", []),
        ("score IS NULL", [3]), ("score is not null AND label IS NULL", [4]),
        ("NOT score < 0.5", [2, 4]), ("NOT (score < 0.5 OR label = 'dog')", [2]),
        ("score < 0.5 OR score = 1 AND label = 'cat'", [0, 1]),
        ("(score < 0.5 OR score = 1) AND label = 'cat'", [0]),
        ("label IN ('dog', 'bird')", [1, 3]), ("score NOT IN (0, 1)", [1, 2]),
        ("source LIKE 'train/%'", [0, 1]), ("source LIKE '%cat___png'", [0, 2]), ("source NOT LIKE '%/%'", [3, 4]),
        ("source = 'a''b'", [3]), ("score BETWEEN 0.25 AND 0.5", [1, 2]), ("score NOT BETWEEN 0.2 AND 2", [0]),
        ("label > 'cat'", [1, 3]), ("score = 0.25 OR NOT label = 'dog'", [0, 1, 2]),
    ])
    func selects(text: String, expected: [Int32]) throws {
        guard !text.hasPrefix("LABEL_") else {
            #expect(throws: FilterError(position: 0, detail: "no column")) { try rows(text) }
            return
        }
        #expect(try rows(text) == expected)
    }

    /// A filter's 0.1 is a cell's 0.1, though one was written in decimal and the other is float32.
    @Test func comparesAsFloat32() throws {
        let found = try FilterEvaluation(count: 1) { _ in .numbers { _ in Float(0.1) } }
            .rows(try FilterExpression.parse("x = 0.1"))
        #expect(found == [0])
    }

    @Test(arguments: [
        ("", 0), ("score <", 7), ("score < 'a", 8), ("score < 1 label", 10), ("score ~ 1", 6), ("< 1", 0),
        ("score < 1 AND", 13), ("(score < 1", 10), ("score IN 1", 9), ("score IN (1 2)", 12), ("score LIKE 1", 11),
        ("score IS 1", 9), ("score = NULL", 8), ("score = cat", 8), ("score = 1.2.3", 8), ("\"score < 1", 0),
        ("score BETWEEN 1", 15), ("label < 1", 0), ("score = 'cat'", 0), ("score LIKE 'x'", 0), ("NOT", 3),
    ])
    func saysWhereATextIsWrong(text: String, position: Int) {
        do {
            let found = try rows(text)
            Issue.record("\(text) selects \(found)")
        } catch let error as FilterError {
            #expect(error.position == position, "\(text): \(error)")
        } catch {
            Issue.record(error)
        }
    }

    @Test func boundsItsDepth() {
        let text = String(repeating: "(", count: 50_000) + "score = 1" + String(repeating: ")", count: 50_000)
        #expect(throws: FilterError.self) { try rows(text) }
        #expect(throws: FilterError.self) { try rows(String(repeating: "NOT ", count: 50_000) + "score = 1") }
    }
}
