import Datasets
import Tasks
import TestSupport
import Testing

/// What columns, labels and folders are taken for, and that it is said.
@Suite struct ReadingTests {
    private let workshop = Workshop()

    private func ingest(_ text: String, _ options: IngestOptions = IngestOptions()) throws -> Dataset {
        try workshop.ingest(Array(text.utf8), options)
    }

    private func failure(_ text: String, _ options: IngestOptions = IngestOptions()) throws -> IngestError? {
        try workshop.failure(Array(text.utf8), options)
    }

    /// A table of `rows` records; each column is a name and what row i has.
    private func table(_ columns: [(String, (Int) -> String)], rows: Int = 60) -> String {
        columns.map(\.0).joined(separator: ",") + "\n"
            + (0..<rows).map { row in columns.map { $0.1(row) }.joined(separator: ",") + "\n" }.joined()
    }

    /// Numbers that no label is a function of.
    private static func noise(_ row: Int, _ seed: Int) -> String {
        let mixed = UInt64(row &* 7919 &+ seed &* 104_729) &* 0x9e37_79b9_7f4a_7c15
        return String(Double(mixed >> 40) / 1_000)
    }

    private static func word(_ row: Int) -> String {
        ["ant", "bee", "cow"][Int((UInt64(row) &* 0x9e37_79b9_7f4a_7c15) >> 33) % 3]
    }

    private func roles(_ dataset: Dataset) throws -> [String: String] {
        let columns = try #require(dataset.manifest.reading?.columns)
        return Dictionary(
            uniqueKeysWithValues: columns.map {
                ($0.name, $0.role == .ignored ? $0.reason?.rawValue ?? "" : $0.role.rawValue)
            }
        )
    }

    // MARK: Labels

    @Test(arguments: [
        ("label", "usual_name"), ("Species", "usual_name"), ("gold_label", "usual_name"), ("Survived", "usual_name"),
        ("whatever", "last_column"),
    ])
    func labelsAreFoundAndSaid(name: String, chosen: String) throws {
        let dataset = try ingest(
            table([("f1", { Self.noise($0, 1) }), ("f2", { Self.noise($0, 2) }), (name, Self.word)])
        )
        let label = try #require(dataset.manifest.reading?.label)
        #expect(label.column == name && label.chosen.rawValue == chosen && label.candidates == [name])
        #expect(dataset.manifest.classes == ["ant", "bee", "cow"])
        #expect(dataset.manifest.reading?.classes?.map(\.count).reduce(0, +) == 60)
    }

    @Test func aFirstColumnOfWordsIsTheLabel() throws {
        let dataset = try ingest(
            table([("kind", Self.word), ("f1", { Self.noise($0, 1) }), ("f2", { Self.noise($0, 2) })])
        )
        #expect(dataset.manifest.reading?.label?.chosen == .firstColumn && dataset.manifest.shape == [2])
    }

    /// Abalone: sex first, lengths, rings last. Nobody can tell which of the two is meant.
    @Test func wordsFirstAndACountLastAreAQuestion() throws {
        let rows = (0..<200).map { row in
            "\(["M", "F", "I"][row * 7 % 3]),\(Self.noise(row, 1)),\(Self.noise(row, 2)),\(row * 31 % 29 + 1)\n"
        }
        for text in [rows.joined(), "sex,length,height,rings\n" + rows.joined()] {
            let error = try #require(try failure(text))
            #expect(error.code == .badLabels && error.description.contains("Which column has the labels?"), "\(error)")
        }
        // Where all columns count, as in a table of letters, the words are the label.
        let letters = (0..<200).map { row in
            "\(["A", "B", "C"][row * 7 % 3]),\(row * 11 % 16),\(row * 5 % 13),\(row * 3 % 11),\(row * 31 % 29 + 1)\n"
        }
        #expect(try ingest(letters.joined()).manifest.reading?.label?.chosen == .firstColumn)
    }

    /// Hashes are whole numbers too, as far apart as 64 bits allow.
    @Test func numbersAsFarApartAsTheyCanBe() throws {
        let text = table([
            ("hash", { $0 % 3 == 0 ? "-9223372036854775808" : $0 % 3 == 1 ? "9223372036854774784" : "5" }),
            ("f1", { Self.noise($0, 1) }), ("kind", Self.word),
        ])
        #expect(try ingest(text).manifest.reading?.label?.column == "kind")
    }

    @Test func whereSeveralFitTheQuestionIsAsked() throws {
        let text = table([
            ("kind", Self.word), ("f1", { Self.noise($0, 1) }), ("size", { $0 % 7 < 3 ? "big" : "small" }),
        ])
        let error = try #require(try failure(text))
        #expect(error.code == .badLabels, "\(error)")
        #expect(
            error.description.contains("'kind' (3 values: ") && error.description.contains("label=COLUMN"),
            "\(error)"
        )
        #expect(error.places.map(\.pointer) == ["label=kind", "label=size"])
        let named = try ingest(text, IngestOptions(label: "kind"))
        #expect(named.manifest.reading?.label?.chosen == .named)
    }

    @Test func aColumnOfNearlyAllDifferentValuesIsNoLabel() throws {
        let text = table([("f1", { Self.noise($0, 1) }), ("remark", { "r\($0 * 13 % 60)x" })])
        let error = try #require(try failure(text))
        #expect(
            error.code == .badLabels && error.description.contains("no column looks like labels".capitalizedFirst),
            "\(error)"
        )
        #expect(try failure(text, IngestOptions(label: "remark"))?.description.contains("occurs once") == true)
    }

    @Test func copiesOfAnOutcomeAreAskedBack() throws {
        let text = table([
            ("survived", { String($0 * 7 % 11 % 2) }), ("f1", { Self.noise($0, 1) }),
            ("alive", { $0 * 7 % 11 % 2 == 1 ? "yes" : "no" }),
        ])
        #expect(try failure(text)?.description.contains("'survived' and 'alive'") == true)
        let named = try ingest(text, IngestOptions(label: "survived"))
        #expect(try roles(named) == ["survived": "label", "f1": "input", "alive": "determines_label"])
    }

    /// Spelling is part of a label; what is joined or dropped is said.
    @Test func labelsStayAsWritten() throws {
        func classes(_ values: [String], _ options: IngestOptions = IngestOptions()) throws -> Dataset {
            try ingest(table([("f1", { Self.noise($0, 1) }), ("label", { values[$0 % values.count] })]), options)
        }
        #expect(try classes(["007", "042", "100"]).manifest.classes == ["007", "042", "100"])
        #expect(try classes(["1e3", "1000"]).manifest.classes == ["1000", "1e3"])
        #expect(try classes(["1234567890123456", "1234567890123457"]).manifest.classes.count == 2)
        let joined = try classes(["1", "1.0", "2"])
        #expect(joined.manifest.classes == ["1", "2"])
        #expect(joined.warning(.joinedSpellings)?.places == ["'1.0' is taken as '1'"])
        #expect(joined.manifest.reading?.classes?.first?.spellings == ["1", "1.0"])
        #expect(try classes(["1.0", "2.0"]).manifest.classes == ["1", "2"])
        let spaced = try classes(["\"cat \"", "cat", "Cat", "dog"])
        #expect(spaced.manifest.classes == ["Cat", "cat", "dog"] && spaced.warning(.trimmedLabels)?.count == 15)
        #expect(spaced.warning(.similarClasses)?.places == ["'Cat' and 'cat'"])
        let nothing = try classes(["NA", "EU", "APAC"])
        #expect(nothing.manifest.classes == ["APAC", "EU"] && nothing.manifest.missingLabels == 20)
        #expect(nothing.warning(.missingLabels)?.detail.contains("20 have 'NA'") == true)
        #expect(try classes(["NA", "EU", "APAC"], IngestOptions(keep: "NA")).manifest.classes == ["APAC", "EU", "NA"])
        #expect(try classes(["x", "EU", "APAC"], IngestOptions(missing: "x")).manifest.missingLabels == 20)
    }

    @Test(arguments: [
        (["-1", "0", "1", "2"], ["0", "1", "2"]), (["-1", "1"], ["-1", "1"]), (["-1", "0", "1"], ["0", "1"]),
        (["-1", "5", "9"], ["-1", "5", "9"]),
    ])
    func minusOneIsNoLabelBesideZeroAndOne(values: [String], classes: [String]) throws {
        let text = table([("f1", { Self.noise($0, 1) }), ("label", { values[$0 % values.count] })])
        let dataset = try ingest(text)
        #expect(dataset.manifest.classes == classes)
        #expect(dataset.manifest.missingLabels == (classes.contains("-1") ? 0 : 60 / values.count))
        #expect(try ingest(text, IngestOptions(keep: "-1")).manifest.classes == values)
    }

    @Test func listsOfLabels() throws {
        func rows(_ label: (Int) -> String) -> String {
            (0..<60).map { "{\"f1\":\(Self.noise($0, 1)),\"f2\":\(Self.noise($0, 2)),\"label\":\(label($0))}\n" }
                .joined()
        }
        let oneHot = try ingest(
            rows { row in "[\((0..<3).map { $0 == row * 5 % 3 ? "1" : "0" }.joined(separator: ","))]" }
        )
        #expect(oneHot.manifest.classes == ["0", "1", "2"] && oneHot.manifest.shape == [2])
        #expect(oneHot.labelName(1) == "2")
        #expect(try ingest(rows { "[\($0 % 2)]" }).manifest.classes == ["0", "1"])
        #expect(try ingest(rows { "[\"\(Self.word($0))\"]" }).manifest.classes == ["ant", "bee", "cow"])
        let wrong = try failure(rows { _ in "[1,1,0]" })
        #expect(wrong?.description.contains("one 1 in the one-hot label") == true)
    }

    // MARK: Columns

    @Test func whatKnowsTheLabelIsNoInput() throws {
        let shuffled = { (row: Int) in String((row * 17 + 3) % 60) }
        let text = table([
            ("Unnamed: 0", shuffled), ("f1", { Self.noise($0, 1) }), ("customer_id", { "c\($0 * 31 % 60)" }),
            ("label_text", { Self.word($0).uppercased() }), ("is_ant", { Self.word($0) == "ant" ? "1" : "0" }),
            ("is_bee", { Self.word($0) == "bee" ? "1" : "0" }), ("file", { "img/\($0).png" }),
            ("split", { $0 % 5 == 0 ? "test" : "train" }), ("same", { _ in "x" }), ("nothing", { _ in "" }),
            ("label", Self.word),
        ])
        let dataset = try ingest(text)
        #expect(
            try roles(dataset) == [
                "Unnamed: 0": "row_number", "f1": "input", "customer_id": "id", "label_text": "determines_label",
                "is_ant": "determines_label", "is_bee": "determines_label", "file": "file_name", "split": "split",
                "same": "constant", "nothing": "empty", "label": "label",
            ]
        )
        #expect(dataset.manifest.shape == [1] && dataset.manifest.splits.test == 12)
        #expect(dataset.warning(.leakingColumns)?.count == 3)
        #expect(try dataset.id(0) == "c\(1 * 31 % 60)")
        // Everything can be asked back, and what is asked for is named.
        let asked = try ingest(text, IngestOptions(split: "none", use: "label_text,file,split", ignore: "f1"))
        #expect(
            try roles(asked)["label_text"] == "input" && roles(asked)["f1"] == "asked"
                && roles(asked)["split"] == "input"
        )
        #expect(asked.manifest.reading?.leaks == ["label_text"])
        #expect(asked.warning(.leaksAskedFor)?.places == ["column 'label_text'"] && asked.manifest.splits.test == 0)
    }

    /// A good input is none that knows the label: quantities that separate classes, words that nearly do.
    @Test func goodInputsStay() throws {
        let text = table(
            [
                ("length", { $0 % 2 == 0 ? "1.\($0 % 7)" : "4.\($0 % 9)" }),
                ("legs", { $0 % 2 == 0 ? String($0 % 3) : "4" }),
                ("smell", { $0 % 40 == 7 ? "foul" : $0 % 2 == 0 ? "foul" : "none" }), ("noise", { Self.noise($0, 4) }),
                ("class", { $0 % 2 == 0 ? "p" : "e" }),
            ],
            rows: 200
        )
        #expect(Set(try roles(ingest(text)).values) == ["input", "label"])
    }

    @Test func aTableOfNothingButARuleIsTrainedOn() throws {
        let text = table([("colour", { $0 % 2 == 0 ? "red" : "blue" }), ("label", { $0 % 2 == 0 ? "yes" : "no" })])
        #expect(try roles(ingest(text)) == ["colour": "input", "label": "label"])
    }

    @Test(
        arguments: [
            (["1,324", "12,000", "999"], [1324, 12000, 999]), (["0,5", "1,25", "-3"], [0.5, 1.25, -3]),
            (["$1,000.50", "$12", "-$3"], [1000.5, 12, -3]), (["12 %", "3.5%", "4%"], [12, 3.5, 4]),
            (["1.234,5", "2.000,0", "17"], [1234.5, 2000, 17]), (["1 234", "12 000", "5"], [1234, 12000, 5]),
            (["None", "2.5", "-"], [.nan, 2.5, .nan]),
        ] as [([String], [Double])]
    )
    func numbersAsPeopleWriteThem(cells: [String], numbers: [Double]) throws {
        // More distinct values than words have.
        let text = table([
            (
                "price",
                { row in row < 3 ? "\"\(cells[row])\"" : row % 10 == 9 ? "\"\(cells[row % 3])\"" : "\(row + 20)" }
            ),
            ("label", Self.word),
        ])
        let commas = table([
            ("price", { row in "\"\(cells[row % 3])\"" }), ("f", { Self.noise($0, 1) }), ("label", Self.word),
        ])
        for text in [text, commas] {
            let dataset = try ingest(text)
            #expect(try #require(dataset.manifest.reading?.columns?.first).kind == "number", "\(text.prefix(80))")
            for (row, number) in numbers.enumerated() where !number.isNaN {
                #expect(dataset.features(row)?[0] == Float(number), "row \(row) of \(cells)")
            }
        }
    }

    @Test func whatIsNoNumberAmongNumbersIsMissingAndSaid() throws {
        let text = table([("f1", { $0 == 17 ? "broken" : Self.noise($0, 1) }), ("label", Self.word)])
        let dataset = try ingest(text)
        #expect(dataset.manifest.shape == [1])
        #expect(dataset.warning(.unreadNumbers)?.places == ["data.csv:19, column 'f1': 'broken'"])
        // As a category or text where that is asked for.
        #expect(try ingest(text, IngestOptions(kinds: "f1:text")).manifest.texts?.columns == ["f1"])
        let code = table([("code", { String($0 % 4) }), ("label", Self.word)])
        #expect(try ingest(code, IngestOptions(kinds: "code:category")).manifest.shape == [4])
        #expect(try failure(code, IngestOptions(kinds: "code:money"))?.description.contains("as=") == true)
        #expect(try failure(code, IngestOptions(ignore: "colour"))?.description.contains("ignore=colour") == true)
    }

    // MARK: Files

    @Test func dialects() throws {
        let rows = (0..<30).map { "\(Self.noise($0, 1));\(Self.noise($0, 2));\(Self.word($0))\n" }.joined()
        let sep = try ingest("sep=;\nf1;f2;label\n" + rows)
        #expect(sep.manifest.shape == [2] && sep.count == 30 && sep.manifest.reading?.separator == ";")
        #expect(try sep.source(0) == "data.csv:3")
        let spaced = try ingest(
            (0..<30).map { "  \(Self.noise($0, 1))   \(Self.noise($0, 2)) \(Self.word($0))  \n" }.joined()
        )
        #expect(spaced.manifest.shape == [2] && spaced.manifest.classes == ["ant", "bee", "cow"])
        let quotes = try ingest(
            "text,label\n" + (0..<30).map { "\"he said \\\"number \($0)\\\", twice\",\(Self.word($0))\n" }.joined()
        )
        #expect(try quotes.text(4) == "he said \"number 4\", twice")
        let arff = try ingest(
            "% a comment\n@relation r\n\n@attribute f1 numeric\n@attribute 'f 2' real\n@attribute class {ant,bee,cow}\n@DATA\n"
                + rows.replacing(";", with: ",")
        )
        #expect(arff.manifest.featureNames == ["f1", "f 2"] && arff.count == 30)
        #expect(try arff.source(0) == "data.csv:8")
    }

    @Test func documentsOfJSON() throws {
        func list(_ cell: (Int) -> String) -> String { "[\((0..<30).map(cell).joined(separator: ","))]" }
        let columns = try ingest(
            "{\"text\":\(list { "\"words of row \($0)\"" }),\"label\":\(list { "\"\(Self.word($0))\"" })}"
        )
        #expect(columns.count == 30 && columns.manifest.classes == ["ant", "bee", "cow"])
        let objects = list {
            "{\"text\":\"words of row \($0)\",\"label\":\"\(Self.word($0))\",\"meta\":{\"a\":[1,{}]}}"
        }
        let wrapped = try ingest("{\"version\":1,\"data\":\(objects)}")
        #expect(wrapped.count == 30 && wrapped.manifest.classes == ["ant", "bee", "cow"])
        #expect(try wrapped.text(4) == "words of row 4")
        #expect(try roles(wrapped) == ["text": "input", "label": "label", "meta": "nested"])
        let tasks = list {
            "{\"id\":\($0),\"data\":{\"text\":\"words of row \($0)\"},\"annotations\":[{\"result\":[{\"type\":\"choices\","
                + "\"value\":{\"choices\":[\"\(Self.word($0))\"]}}]}]}"
        }
        let studio = try ingest(tasks)
        #expect(studio.manifest.classes == ["ant", "bee", "cow"] && studio.manifest.texts?.columns == ["text"])
    }

    @Test func filesThatAreNotReadAreNamedWithTheLineThatConvertsThem() throws {
        #expect(try workshop.failure(Array("PAR1\u{15}\u{4}".utf8))?.description.contains("read_parquet") == true)
        #expect(try workshop.failure([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a])?.description.contains("h5py") == true)
        #expect(try workshop.failure(Array("ARROW1\0\0".utf8))?.description.contains("read_feather") == true)
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
