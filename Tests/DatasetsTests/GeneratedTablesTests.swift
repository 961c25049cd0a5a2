import Datasets
import Foundation
import TestSupport
import Testing

/// Tables drawn by a seeded generator that knows what it means: how many are read as meant, refused with a question, or
/// silently read as something else. The last must stay below 1 %.
@Suite struct GeneratedTablesTests {
    private let workshop = Workshop()

    @Test func hardlyAnyTableIsSilentlyReadWrong() throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["PLUMBLINE_SEED"].flatMap { UInt64($0) } ?? 20_261_201
        var random = SplitMix(state: seed)
        var (asMeant, refused) = (0, 0)
        var wrong: [String] = []
        for number in 0..<300 {
            let table = GeneratedTable(&random)
            // For other readers to be tried on.
            if let folder = environment["PLUMBLINE_TABLES"] { try table.write(to: folder, number) }
            do {
                let dataset = try workshop.ingest(Array(table.text.utf8), table.options)
                let differences = table.differences(dataset)
                if differences.isEmpty {
                    asMeant += 1
                } else {
                    wrong.append("\(number): \(differences) \(table.summary)")
                }
            } catch let error as IngestError {
                refused += 1
                #expect(error.code == .badLabels, "only the label is ever asked for: \(error) \(table.summary)")
            }
        }
        print(
            "generated tables, seed \(seed): \(asMeant) as meant, \(refused) refused with a question, \(wrong.count) silently wrong"
        )
        for line in wrong { print("  \(line)") }
        #expect(wrong.count < 3)
        #expect(asMeant >= 210, "a reader that asks all the time is none")
    }
}

/// Steele, Lea, Flood 2014.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        return bits ^ bits >> 31
    }
}

/// One table with what its owner means.
private struct GeneratedTable {
    /// What a column is meant as.
    private enum Meaning: Equatable {
        case label
        case number([Double?])
        case category
        case text
        /// An id, a row number, a copy of the label, a split, a constant: anything but an input.
        case none
    }

    private struct Column {
        var name: String
        var cells: [String]
        var meaning: Meaning
    }

    private(set) var text = ""
    private(set) var options = IngestOptions(fileName: "table.csv")
    private var columns: [Column] = []
    private var classes: Set<String> = []
    private var labels: [String] = []
    private var isTest: [Bool]?

    /// For messages.
    var summary: String {
        columns.map(\.name).joined(separator: ",") + " | " + (columns.map { $0.cells[0] }).joined(separator: ",")
    }

    init(_ random: inout SplitMix) {
        let rows = Int.random(in: 40...300, using: &random)
        drawLabels(rows, &random)
        for number in 0..<Int.random(in: 1...6, using: &random) { drawInput(number, rows, &random) }
        drawExtras(rows, &random)
        columns.shuffle(using: &random)
        placeLabel(&random)
        write(rows, &random)
    }

    private mutating func drawLabels(_ rows: Int, _ random: inout SplitMix) {
        let sets: [[String]] = [
            ["0", "1"], ["yes", "no"], ["0", "1", "2"], ["cat", "dog", "bird"], ["007", "042", "100"],
            ["A", "B", "C", "D"],
            ["True", "False"], ["1", "2", "3", "4", "5"], ["Iris-setosa", "Iris-versicolor", "Iris-virginica"],
            ["ham", "spam"],
            ["1e3", "2e3"], ["<=50K", ">50K"], ["R&D", "Sales, EU", "Support"],
        ]
        let names = sets.randomElement(using: &random) ?? sets[0]
        labels = (0..<rows).map { row in
            row < names.count ? names[row] : names.randomElement(using: &random) ?? names[0]
        }
        classes = Set(labels)
    }

    private mutating func drawInput(_ number: Int, _ rows: Int, _ random: inout SplitMix) {
        let name =
            ["f\(number)", "feature \(number)", "x\(number)", "Größe\(number)"].randomElement(using: &random) ?? "f"
        switch Int.random(in: 0..<7, using: &random) {
        case 0, 1:
            let values = (0..<rows).map { _ in (Double.random(in: -50...50, using: &random) * 1_000).rounded() / 1_000 }
            let nothing = ["", "NA", "None", "-", "nan", "?"].randomElement(using: &random) ?? ""
            let share = Bool.random(using: &random) ? 0.0 : 0.1
            let isMissing = values.map { _ in Double.random(in: 0..<1, using: &random) < share }
            columns.append(
                Column(
                    name: name,
                    cells: zip(values, isMissing).map { $1 ? nothing : "\($0)" },
                    meaning: .number(zip(values, isMissing).map { $1 ? nil : $0 })
                )
            )
        case 2:
            let values = (0..<rows).map { _ in Int.random(in: 0...4_000_000, using: &random) }
            let isGrouped = Bool.random(using: &random)
            let sign = isGrouped ? ["", "$", "€"].randomElement(using: &random) ?? "" : ""
            columns.append(
                Column(
                    name: name,
                    cells: values.map { sign + (isGrouped ? Self.grouped($0) : "\($0)") },
                    meaning: .number(values.map(Double.init))
                )
            )
        case 3:
            let words = ["red", "green", "blue", "grey", "none"].prefix(Int.random(in: 2...5, using: &random))
            columns.append(
                Column(
                    name: name,
                    cells: (0..<rows).map { _ in words.randomElement(using: &random) ?? "red" },
                    meaning: .category
                )
            )
        case 4:
            columns.append(
                Column(
                    name: name,
                    cells: (0..<rows).map { row in
                        "the \(["old", "new", "red"].randomElement(using: &random) ?? "old") house of number \(row), and \(row * 7 % 13) rooms"
                    },
                    meaning: .text
                )
            )
        case 5:
            let values = (0..<rows).map { _ in Int.random(in: 0...9, using: &random) }
            columns.append(
                Column(name: name, cells: values.map(String.init), meaning: .number(values.map(Double.init)))
            )
        default:
            let values = (0..<rows).map { _ in (Double.random(in: 0...1, using: &random) * 100).rounded() / 100 }
            columns.append(
                Column(name: name, cells: values.map { "\($0 * 100) %" }, meaning: .number(values.map { $0 * 100 }))
            )
        }
        // A name may be drawn twice.
        let last = columns.count - 1
        if columns.dropLast().contains(where: { $0.name == columns[last].name }) { columns[last].name += " b" }
    }

    /// Leaves the table and what it means: the classes, and what each column is.
    func write(to folder: String, _ number: Int) throws {
        let path = "\(folder)/\(number)"
        try Data(text.utf8).write(to: URL(filePath: "\(path).csv"))
        let meant: [String: Any] = [
            "label": columns.first { $0.meaning == .label }?.name ?? "", "stated": options.label ?? "",
            "classes": classes.sorted(), "rows": labels.count, "test": isTest?.count(where: \.self) ?? 0,
            "inputs": columns.filter { $0.meaning != .label && $0.meaning != .none }.map(\.name),
            "numbers": columns.filter { if case .number = $0.meaning { true } else { false } }.map(\.name),
        ]
        try JSONSerialization.data(withJSONObject: meant).write(to: URL(filePath: "\(path).json"))
    }

    private static func grouped(_ value: Int) -> String {
        var digits = String(value)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }

    private mutating func drawExtras(_ rows: Int, _ random: inout SplitMix) {
        func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
        if chance(0.3) {
            columns.append(
                Column(
                    name: ["Unnamed: 0", "index", ""].randomElement(using: &random) ?? "",
                    cells: (0..<rows).shuffled(using: &random).map(String.init),
                    meaning: .none
                )
            )
        }
        if chance(0.3) {
            let numbers = (1_000..<1_000 + 3 * rows).shuffled(using: &random).prefix(rows)
            columns.append(
                Column(
                    name: ["id", "customer_id", "PassengerId", "uuid"].randomElement(using: &random) ?? "id",
                    cells: numbers.map { "\($0)" },
                    meaning: .none
                )
            )
        }
        if chance(0.3) {
            let names = Dictionary(uniqueKeysWithValues: classes.sorted().enumerated().map { ($1, "class no \($0)") })
            columns.append(
                Column(
                    name: ["label_text", "target_name", "alive", "class.1"].randomElement(using: &random) ?? "copy",
                    cells: labels.map { names[$0] ?? "" },
                    meaning: .none
                )
            )
        }
        if chance(0.2) {
            let isTest = (0..<rows).map { row in row > 10 && Double.random(in: 0..<1, using: &random) < 0.2 }
            if isTest.contains(true) {
                self.isTest = isTest
                columns.append(
                    Column(
                        name: ["split", "set", "part"].randomElement(using: &random) ?? "split",
                        cells: isTest.map { $0 ? "test" : "train" },
                        meaning: .none
                    )
                )
            }
        }
        if chance(0.15) { columns.append(Column(name: "version", cells: labels.map { _ in "v2" }, meaning: .none)) }
        if chance(0.15) {
            columns.append(Column(name: "path", cells: (0..<rows).map { "img/\($0 * 3).jpg" }, meaning: .none))
        }
    }

    private mutating func placeLabel(_ random: inout SplitMix) {
        let usual = ["label", "Label", "target", "class", "y", "category", "species", "sentiment", "gold_label"]
        let isUsual = Double.random(in: 0..<1, using: &random) < 0.7
        let name = isUsual ? usual.randomElement(using: &random) ?? "label" : "kind of thing"
        let column = Column(name: name, cells: labels, meaning: .label)
        if isUsual {
            columns.insert(column, at: Int.random(in: 0...columns.count, using: &random))
        } else if Bool.random(using: &random) {
            columns.append(column)
        } else {
            columns.insert(column, at: 0)
        }
        if !isUsual, Bool.random(using: &random) { options.label = name }
    }

    private mutating func write(_ rows: Int, _ random: inout SplitMix) {
        let separator = [",", ",", ";", "\t"].randomElement(using: &random) ?? ","
        func quoted(_ cell: String) -> String {
            cell.contains(separator) || cell.contains("\"") || cell.contains(",")
                ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
        }
        let end = Bool.random(using: &random) ? "\n" : "\r\n"
        text = columns.map { quoted($0.name) }.joined(separator: separator) + end
        for row in 0..<rows { text += columns.map { quoted($0.cells[row]) }.joined(separator: separator) + end }
    }

    /// What was read otherwise than meant.
    func differences(_ dataset: Dataset) -> [String] {
        var found: [String] = []
        guard let reading = dataset.manifest.reading, let read = reading.columns else { return ["no reading"] }
        if dataset.count != labels.count { found.append("\(dataset.count) rows of \(labels.count)") }
        if Set(dataset.manifest.classes) != classes { found.append("classes \(dataset.manifest.classes)") }
        // Test rows stand behind the others.
        let order =
            isTest.map { isTest in labels.indices.filter { !isTest[$0] } + labels.indices.filter { isTest[$0] } }
            ?? Array(labels.indices)
        if dataset.manifest.splits.test != isTest?.count(where: \.self) ?? 0 { found.append("split") }
        for (row, original) in order.enumerated() where dataset.labelName(row) != labels[original] {
            found.append("label of row \(original)")
            break
        }
        let names = dataset.manifest.featureNames ?? []
        for column in columns {
            guard let seen = read.first(where: { $0.name == column.name }) else {
                found.append("column '\(column.name)' is not there")
                continue
            }
            switch column.meaning {
            case .label: if seen.role != .label { found.append("'\(column.name)' is \(seen.role)") }
            case .none:
                if seen.role == .input || seen.role == .label { found.append("'\(column.name)' is \(seen.role)") }
            case .category, .text:
                let kind = column.meaning == .text ? "text" : "category"
                if seen.role != .input || seen.kind != kind {
                    found.append("'\(column.name)' is \(seen.role) \(seen.kind ?? "")")
                }
            case .number(let values):
                guard seen.role == .input, seen.kind == "number" else {
                    found.append("'\(column.name)' is \(seen.role) \(seen.kind ?? "")")
                    continue
                }
                guard let place = names.firstIndex(of: column.name) else { continue }
                for (row, original) in order.enumerated() {
                    guard let value = values[original], let features = dataset.features(row) else { continue }
                    if abs(Double(features[place]) - value) > 1e-5 * max(1, abs(value)) {
                        found.append("'\(column.name)' has \(features[place]) for \(column.cells[original])")
                        break
                    }
                }
            }
        }
        return found
    }
}
