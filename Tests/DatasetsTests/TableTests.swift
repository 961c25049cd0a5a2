import Datasets
import TestSupport
import Testing

/// CSV and TSV as they really come.
@Suite struct TableTests {
    let workshop: Workshop

    init() { workshop = Workshop() }

    private func ingest(_ text: String, _ options: IngestOptions = IngestOptions()) throws -> Dataset {
        try workshop.ingest(Array(text.utf8), options)
    }

    private func failure(_ text: String, _ options: IngestOptions = IngestOptions()) throws -> IngestError? {
        try workshop.failure(Array(text.utf8), options)
    }

    /// Rows `x,y,label` of two classes.
    private static let flowers =
        "width,height,kind\n" + (0..<8).map { "\($0 * $0).5,\(7 * $0 % 5),\($0 % 2 == 0 ? "a" : "b")\n" }.joined()

    @Test func numbersAndLabels() throws {
        let dataset = try ingest(Self.flowers, IngestOptions(fileName: "flowers.csv"))
        #expect(dataset.manifest.format == "csv" && dataset.manifest.kind == .features && dataset.manifest.shape == [2])
        #expect(dataset.manifest.classes == ["a", "b"] && dataset.manifest.classCounts.train == [4, 4])
        #expect(dataset.features(3) == [9.5, 1])
        #expect(try dataset.source(3) == "flowers.csv:5")
        #expect(try ingest(Self.flowers).source(0) == "data.csv:2")
        #expect(dataset.manifest.warnings == [])
    }

    /// Texts are kept as they came, rows of the test split behind the others; other columns than text are said.
    @Test func textsAreKept() throws {
        let rows = (0..<8).map { "\"What is \"\"this\"\" number \($0), and\nwhy?\",\($0 * $0 % 7),\($0 % 2)\n" }
            .joined()
        let dataset = try ingest("question,length,label\n" + rows)
        #expect(try dataset.text(3) == "What is \"this\" number 3, and\nwhy?")
        #expect(try dataset.text(3, limit: 4) == "What")
        let texts = try #require(dataset.manifest.texts)
        #expect(texts.columns == ["question"] && !texts.areAll)
        #expect(abs(texts.english - 5.0 / 7) < 0.001, "what is this and why are common, number and the digit are not")
        let both = (0..<8).map { "a title of item \($0),a body of many words \($0)é,\($0 % 2)\n" }.joined()
        let two = try ingest("title,body,label\n" + both)
        #expect(try two.text(1) == "a title of item 1\na body of many words 1é" && two.manifest.texts?.areAll == true)
        // A character that a limit cuts is left out.
        let whole = try #require(try two.text(1))
        #expect(try two.text(1, limit: whole.utf8.count - 1) == String(whole.dropLast()))
        #expect(try ingest(Self.flowers).manifest.texts == nil && ingest(Self.flowers).text(0) == nil)
        // What is written otherwise is another dataset, though its words are the same.
        let shouted = try ingest("title,body,label\n" + both.replacing("body", with: "BODY"))
        #expect(shouted.features(1) == two.features(1) && shouted.manifest.digest != two.manifest.digest)
    }

    /// Running text of neighbouring languages is told from English.
    @Test(arguments: [
        ("wenn die Karte nicht ankommt was soll ich dann tun und wann bekomme ich mein Geld zurück", false),
        ("que dois-je faire si ma carte est perdue et quand est-ce que je serai remboursé", false),
        ("wat moet ik doen als mijn kaart niet is aangekomen en wanneer krijg ik mijn geld terug", false),
        ("qué debo hacer si mi tarjeta no ha llegado y cuándo me van a devolver el dinero", false),
        ("what should I do if my card has not arrived and when will I get my money back", true),
    ]) func languages(_ text: String, _ isEnglish: Bool) throws {
        let dataset = try ingest("text,label\n" + (0..<8).map { "\(text) \($0),\($0 % 2)\n" }.joined())
        #expect((try #require(dataset.manifest.texts).english >= 0.1) == isEnglish)
    }

    @Test(arguments: [",", ";", "\t", "|"]) func everySeparator(_ separator: String) throws {
        let text = Self.flowers.replacing(",", with: separator)
        #expect(try ingest(text).features(3) == [9.5, 1])
        #expect(try ingest(text.replacing("\n", with: "\r\n")).features(3) == [9.5, 1])
        #expect(try ingest(text.replacing("\n", with: "\r")).features(3) == [9.5, 1])
        #expect(try ingest(String(text.dropLast())).count == 8)
        #expect(try ingest(text.replacing("\n", with: "\(separator)\n")).features(3) == [9.5, 1])
    }

    @Test func decimalCommas() throws {
        let text = Self.flowers.replacing(",", with: ";").replacing(".", with: ",")
        let dataset = try ingest(text)
        #expect(dataset.manifest.shape == [2] && dataset.features(3) == [9.5, 1])
        let headless = text.split(separator: "\n").dropFirst().joined(separator: "\n")
        #expect(try ingest(headless).features(3) == [9.5, 1])
    }

    @Test func withoutHeader() throws {
        let text = Self.flowers.split(separator: "\n").dropFirst().joined(separator: "\n")
        let dataset = try ingest(text)
        #expect(dataset.count == 8 && dataset.features(3) == [9.5, 1])
        #expect(try dataset.source(3) == "data.csv:4")
        // Columns of a file without names are called by their number.
        #expect(try ingest(text, IngestOptions(label: "2")).manifest.classes == ["0", "1", "2", "3", "4"])
    }

    @Test func quotesHoldAnything() throws {
        let text = #"""
            "name, long","note",label
            "a, b","say ""hi""",x
            "two
            lines","",y
             "c" ,plain "quoted" text,x
            d,"e" f,y
            e,f,x

            f,g,y
            """#
        let dataset = try ingest(text)
        #expect(dataset.count == 6 && dataset.manifest.classes == ["x", "y"])
        #expect(try dataset.sources(0..<6) == [2, 3, 5, 6, 7, 9].map { "data.csv:\($0)" })
    }

    @Test(arguments: [("label", "last"), ("TARGET", "x"), ("Class", "x"), ("y", "x")])
    func labelColumnsByName(_ name: String, _ other: String) throws {
        let rows = (0..<6).map { "\($0 % 2),\(Double($0) * 1.5)\n" }.joined()
        let dataset = try ingest("\(name),\(other)\n" + rows)
        #expect(dataset.manifest.classes == ["0", "1"] && dataset.features(2) == [3])
    }

    @Test func labelAndIdByOption() throws {
        let rows = (0..<6).map { "n\($0),\($0 % 3),\($0 % 2),\(Double($0) * 1.5)\n" }.joined()
        let text = "code,group,side,size\n" + rows
        let dataset = try ingest(text, IngestOptions(label: "side", id: "CODE"))
        #expect(dataset.manifest.classes == ["0", "1"] && dataset.features(4) == [1, 6])
        #expect(try dataset.id(4) == "n4")
        #expect(
            try failure(text, IngestOptions(label: "sides"))
                == .badOption(name: "label", value: "sides", expected: "one of the columns code, group, side, size")
        )
        #expect(try failure(text, IngestOptions(label: "side", id: "side"))?.code == .unknownFormat)
        // A column named id is one; so is a running number nobody asked for, which is no input.
        let named = try ingest("id,size,class\n" + (0..<6).map { "k\($0),\(Double($0) / 2),\($0 % 2)\n" }.joined())
        #expect(try named.id(2) == "k2" && named.features(2) == [1])
        let pandas = try ingest(",size,class\n" + (0..<6).map { "\($0),\(Double($0) / 2),\($0 % 2)\n" }.joined())
        #expect(pandas.features(2) == [1])
        #expect(pandas.warning(.ignoredColumns)?.places == ["column '': it numbers the rows"])
    }

    @Test func missingValues() throws {
        let text = "size,colour,label\n1,red,a\n,blue,b\nNA,red,a\n3,?,b\nnan,blue,a\n5,red,b\n6,blue,?\n"
        let dataset = try ingest(text)
        #expect(dataset.manifest.shape == [4])
        #expect(dataset.features(1) == [3.75, 1, 0, 0] && dataset.features(3) == [3, 0, 0, 1])
        let warning = try #require(dataset.warning(.missingValues))
        #expect(warning.count == 3 && warning.places.first == "data.csv:3, column 'size'")
        #expect(dataset.warning(.missingCategories)?.places == ["data.csv:5, column 'colour'"])
        #expect(dataset.warning(.missingLabels)?.places == ["data.csv:8"])
        #expect(dataset.label(6) == nil && dataset.manifest.missingLabels == 1)
    }

    @Test func categoriesAreOneColumnEach() throws {
        let text =
            "colour,size,label\n" + (0..<12).map { "\(["red", "green"][$0 % 2]),\($0 * $0),\($0 % 3)\n" }.joined()
        let dataset = try ingest(text)
        #expect(dataset.features(1) == [1, 0, 1] && dataset.features(2) == [0, 1, 4])
        #expect(Array(dataset.manifest.normalisation.std[..<2]) == [0.5, 0.5])
    }

    @Test func textIsHashedTheSameEverywhere() throws {
        let words = ["the card has not arrived", "my transfer failed again today", "why was I charged twice here"]
        let text = "text,intent\n" + (0..<9).map { "\(words[$0 % 3]) number \($0),c\($0 % 3)\n" }.joined()
        let dataset = try ingest(text)
        #expect(dataset.manifest.shape == [1024] && dataset.warning(.constantFeatures) == nil)
        let row = try #require(dataset.features(0))
        #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 64) < 1e-3)
        #expect(dataset.manifest.normalisation.std.allSatisfy { $0 == 1 })
        var columns: [Int: Float] = [:]
        var ascii = Array("Card".utf8)
        ascii.withUnsafeMutableBufferPointer { TextHasher(width: 1 << 20).count(.init($0)) { columns[$0] = $1 } }
        // The word, and its four triples with both ends marked, by the same arithmetic in another language.
        #expect(columns == Self.cardColumns)
    }

    /// FNV-1a of the bytes, `h ^= h >> 32; h *= 0xd6e8feb86659fd93; h ^= h >> 32`, modulo 2^20; the sign is bit 63.
    private static let cardColumns: [Int: Float] = [
        382826: -1, 463482: -1, 624590: -1, 896405: 1, 913592: -1,
    ]

    @Test func encodings() throws {
        let text =
            "größe,ort,label\n"
            + (0..<6).map { "\($0 * 3 % 4),\($0 % 2 == 0 ? "Köln" : "Tokyo"),\($0 % 2 == 0 ? "ä" : "b")\n" }.joined()
        let plain = try ingest(text)
        #expect(plain.manifest.classes == ["b", "ä"])
        let utf16 = Array(text.utf16)
        let uploads: [[UInt8]] = [
            [0xef, 0xbb, 0xbf] + Array(text.utf8),
            [0xff, 0xfe] + utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] },
            [0xfe, 0xff] + utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] },
            text.unicodeScalars.map { UInt8($0.value) },
        ]
        for (at, upload) in uploads.enumerated() {
            let dataset = try workshop.ingest(upload)
            #expect(dataset.manifest.digest == plain.manifest.digest, "encoding \(at)")
            #expect(dataset.warning(.notUTF8)?.places == (at == 3 ? ["data.csv:1"] : nil))
        }
        // Windows-1252 has quotes and the euro where Latin-1 has nothing.
        var windows = Array("x,label\n".utf8)
        for row in 0..<6 {
            let label: UInt8 = row % 2 == 0 ? 0x80 : 0x93
            windows += [0x30 + UInt8(row * 3 % 5), 0x2c, label, 0x0a]
        }
        #expect(try workshop.ingest(windows).manifest.classes == ["\u{201c}", "\u{20ac}"])
    }

    @Test func gzipAndArchives() throws {
        let bytes = Array(Self.flowers.utf8)
        let plain = try workshop.ingest(bytes, IngestOptions(fileName: "f.csv"))
        let packed = try [
            workshop.ingest(Deflate.gzip(bytes), IngestOptions(fileName: "f.csv.gz")),
            workshop.ingest(ZipFixture.bytes([("dir/f.csv", bytes), ("README.md", [0x41]), (".DS_Store", [0])])),
            workshop.ingest(TarFixture.bytes([("f.csv.gz", Deflate.gzip(bytes))])),
            workshop.ingest(Deflate.gzip(TarFixture.bytes([("f.csv", bytes)]))),
        ]
        #expect(Set(packed.map(\.manifest.digest)) == [plain.manifest.digest])
        #expect(packed[1].warning(.otherFiles)?.places == ["README.md"])
        let cut = try workshop.failure(Array(Deflate.gzip(bytes).dropLast(9)))
        #expect(cut?.code == .badArchive)
    }

    @Test func trainingAndTestFile() throws {
        let bytes = Array(Self.flowers.utf8)
        let test = Array(Self.flowers.replacing(",a", with: ",a.").utf8)
        let dataset = try workshop.ingest(ZipFixture.bytes([("d/adult-test.csv", test), ("d/adult-train.csv", bytes)]))
        #expect(dataset.manifest.splits == .init(train: 8, test: 8))
        #expect(try dataset.sources(7..<9) == ["adult-train.csv:9", "adult-test.csv:2"])
        #expect(dataset.warning(.joinedClasses)?.places == ["'a.' is taken as 'a'"])
        #expect(dataset.manifest.classes == ["a", "b"])
        let several = try workshop.failure(ZipFixture.bytes([("iris.csv", bytes), ("wine.csv", bytes)]))
        #expect(several == .severalTables(["iris.csv", "wine.csv"]))
        #expect(
            several?.description.contains("unzip -p FILE.zip iris.csv | curl -T - HOST/v1/datasets/iris.csv") == true
        )
        let other = Array("a,b,c,d\n1,2,3,4\n5,6,7,8\n".utf8)
        #expect(try workshop.failure(ZipFixture.bytes([("train.csv", bytes), ("test.csv", other)]))?.code == .badTable)
        // Pictures make an archive one of class folders, whatever lies beside them.
        let pictures = (0..<6).map { ("\($0 % 2)/\($0).png", PictureFixture.png($0)) }
        #expect(try workshop.ingest(ZipFixture.bytes([("a.csv", bytes)] + pictures)).manifest.format == "folders")
    }

    // MARK: What is wrong is said exactly

    @Test func lines() throws {
        #expect(
            try failure(Self.flowers + "1,2\n", IngestOptions(fileName: "f.csv"))
                == .tableRow(place: "f.csv:10", expected: "3 cells as the other lines have", got: "2")
        )
        #expect(
            try failure(Self.flowers + "1,\"2,a\n3,4,b\n")
                == .tableRow(
                    place: "data.csv:10",
                    expected: "a closing quote for the cell that starts here",
                    got: "the end of the file"
                )
        )
        #expect(
            try failure(Self.flowers + "1,1e300,a\n")
                == .tableRow(
                    place: "data.csv:10, column 'height'",
                    expected: "a finite number that a 32-bit float holds",
                    got: "'1e300'"
                )
        )
        // One cell that is no number is a missing one.
        let typo = try ingest(Self.flowers + "1.O,2,a\n")
        #expect(typo.warning(.unreadNumbers)?.places == ["data.csv:10, column 'width': '1.O'"])
        #expect(typo.manifest.shape == [2] && typo.features(8)?[0] == 18)
        #expect(try failure("a,b,label\n") != nil)
        #expect(try failure("label,\n" + String(repeating: "a,\n", count: 6))?.code == .badTable)
    }

    @Test func quantitiesAreNoClasses() throws {
        let text = "rooms,price\n" + (0..<40).map { "\($0 % 7),\(Double($0) * 1.25 + 0.1)\n" }.joined()
        let error = try failure(text)
        guard case .quantityTarget("price", 40, false, let examples) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(examples == ["0.1", "1.35", "2.6"] && error?.description.contains("task=classification") == true)
        #expect(try ingest(text, IngestOptions(task: "classification")).manifest.classes.count == 40)
        #expect(try failure(text, IngestOptions(task: "regression"))?.code == .unknownFormat)
        let few = "x,grade\n" + (0..<40).map { "\($0 * 7 % 11),\(Double($0 % 3) + 0.5)\n" }.joined()
        #expect(try failure(few)?.description.contains("'grade' (3 values: 0.5, 1.5, 2.5)") == true)
        #expect(try ingest(few, IngestOptions(label: "grade")).manifest.classes == ["0.5", "1.5", "2.5"])
    }

    @Test func strayQuotesInTabSeparatedText() throws {
        let text =
            "label\ttext\n"
            + (0..<8).map { "\($0 % 2)\t\($0 == 3 ? "\"oh" : "ok") number \($0) that is said\n" }.joined()
        #expect(try ingest(text).count == 8)
    }

    @Test func labelsHoweverTheyAreWritten() throws {
        func classes(_ labels: [String]) throws -> [String] {
            try ingest("x,label\n" + labels.enumerated().map { "\($0.offset * 5 % 7),\($0.element)\n" }.joined())
                .manifest.classes
        }
        #expect(try classes(["1", "1.0", "2", "02", "-1", "2.00"]) == ["-1", "1", "02", "2"])
        #expect(try classes(["'1'", "'-1'", "'1'", "'-1'", "'1'"]) == ["-1", "1"])
        #expect(try classes(["yes", " no", "yes ", "no", "yes"]) == ["no", "yes"])
    }
}
