import Datasets
import TestSupport
import Testing

/// The parsers of text alone: every way to cut the bytes into pieces gives the same records.
@Suite struct CSVParserTests {
    private func records(
        _ text: [UInt8],
        pieces: Int,
        _ dialect: CSVParser.Dialect = .init(separator: 0x2c)
    ) throws -> [[String]] {
        var parser = CSVParser(dialect, name: "t.csv", limits: IngestLimits())
        var records: [[String]] = []
        func take(_ record: inout TableRecord) throws(IngestError) -> Bool {
            records.append(["\(record.line)"] + record.texts)
            return true
        }
        for start in stride(from: 0, to: text.count, by: pieces) {
            _ = try Array(text[start..<min(text.count, start + pieces)]).withUnsafeBufferPointer {
                try parser.push($0, take)
            }
        }
        try parser.finish(take)
        return records
    }

    @Test func rfc4180() throws {
        let text = Array("a,\"b\"\"c\"\r\n\"d\ne\",\r\n\r\n  f ,\" g \"\r\"\",h".utf8)
        for pieces in [1, 2, 3, 100] {
            #expect(
                try records(text, pieces: pieces)
                    == [["1", "a", "b\"c"], ["2", "d\ne", ""], ["5", "f", " g "], ["6", "", "h"]]
            )
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("CSV round trip: seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let alphabet = ["a", "ß", ",", ";", "\"", "\n", "\r", " ", "1", ".", "\u{1f600}", "\t"]
        for _ in 0..<300 {
            let columns = Int.random(in: 1...5, using: &generator)
            let table = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                (0..<columns).map { _ in
                    (0..<Int.random(in: 0...6, using: &generator)).map { _ in alphabet.randomElement(using: &generator)!
                    }
                    .joined()
                }
            }
            let end = ["\n", "\r\n", "\r"].randomElement(using: &generator)!
            let text = table.map { row in
                row.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",")
            }.joined(separator: end)
            let pieces = Int.random(in: 1...9, using: &generator)
            let read = try records(Array(text.utf8), pieces: pieces).map { Array($0.dropFirst()) }
            #expect(read == table, "seed \(seed): \(text)")
        }
    }

    @Test func numbersAreThoseOfTheStandardLibrary() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            #expect(CellNumber.value(of: "\(value)") == value, "seed \(seed)")
            let short = Double(Int.random(in: -99999...99999, using: &generator)) / 1000
            #expect(CellNumber.value(of: "\(short)") == short)
        }
        let numbers: [(String, Double?)] = [
            ("1", 1), ("+.5", 0.5), ("5.", 5), ("-0", 0), ("1e3", 1000), ("1E-2", 0.01), ("0001", 1),
            ("inf", .infinity),
            ("-Infinity", -.infinity), ("123456789012345678901234567890", 123456789012345677877719597056),
            ("", nil), (".", nil), ("-", nil), ("1e", nil), ("1e+", nil), ("0x10", nil), ("1 2", nil), ("1,5", nil),
            ("nan", nil), ("1.2.3", nil), ("--1", nil), ("1_000", nil), ("1e99999999999999999999", .infinity),
        ]
        for (text, value) in numbers { #expect(CellNumber.value(of: text) == value, "\(text)") }
        #expect(CellNumber.value(of: "1,5", decimalComma: true) == 1.5)
        #expect(CellNumber.value(of: "1,25000000000000000000001", decimalComma: true) == 1.25)
    }

    @Test func trainingAndTestFilesBelongTogether() {
        func splits(_ paths: String...) -> [String]? {
            TableFiles.splits(of: paths)?.map { ($0.isTest ? "test:" : "") + $0.path }
        }
        #expect(splits("a.csv") == ["a.csv"])
        #expect(splits("d/x_test.csv", "d/x_train.csv") == ["d/x_train.csv", "test:d/x_test.csv"])
        #expect(
            splits("test/x.csv", "train/x.csv", "val/x.csv") == ["train/x.csv", "test:test/x.csv", "test:val/x.csv"]
        )
        #expect(splits("a.csv", "b.csv") == nil)
        #expect(splits("a_train.csv", "b_test.csv") == nil)
        #expect(splits("a_train.csv", "a_train.csv") == nil)
    }

    @Test func headers() {
        func header(_ text: String, known: [String] = []) -> [String]? {
            CSVSample(Array(text.utf8), isWhole: true, known: known)?.header
        }
        #expect(header("a,b\n1,2\n3,4\n") == ["a", "b"])
        #expect(header("1,2\n3,4\n") == nil)
        #expect(
            header("text,category\nhow are you,greeting\nbye now,parting\nhello,greeting\n") == ["text", "category"]
        )
        #expect(header("how are you,greeting\nbye now,parting\nhello,greeting\n") == nil)
        #expect(header("label,0,1\n1,5,6\n0,7,8\n") == ["label", "0", "1"])
        #expect(header("x,s,n\nb,y,n\nx,y,s\n") == nil)
        #expect(header("\"a\" \"b\"\n") == nil)
        // R writes one name less.
        #expect(header("a,b\nr1,1,2\nr2,3,4\n") == ["", "a", "b"])
        #expect(header("kind,x\nu,v\nu,w\n", known: ["kind"]) == ["kind", "x"])
    }
}
