import Datasets
import Difficulty
import Foundation
import Tasks

/// The training dynamics of dataset cartography (Swayamdipta et al. 2020): JSON lines
/// `{"guid": .., "logits_epoch_0": [..], "gold": ..}`, one file an epoch, or several epochs in one file or line.
///
/// Lines come in any order. Their logits go to a file as they come, and from there to the arrays of the evidence once all
/// examples and epochs are known, so that memory holds names and labels only.
final class CartographyLog {
    static let format = "cartography"

    private let options: LogOptions
    private let target: LogTarget?
    private let records: Spool
    /// Examples by their guid, in the order of their first line.
    private var exampleOf: [String: Int] = [:]
    private var guids: [String] = []
    private var golds: [String] = []
    private var epochs: Set<Int> = []
    private var classes: Int?
    /// Columns of the records that the parser makes, by key.
    private var columnOf: [String: Int] = [:]
    private var columns: [Column] = []

    private static let mostColumns = 1 << 20

    private enum Column {
        case guid
        case gold
        case logit(epoch: Int, index: Int)
        case other
    }

    init(options: LogOptions, target: LogTarget?, scratch: String) throws {
        self.options = options
        self.target = target
        records = try Spool(folder: scratch)
    }

    // MARK: Reading

    /// Reads all lines.
    func read(_ lines: LogLines) throws(IngestError) {
        var record = TableRecord()
        try lines.read { (object, place) throws(IngestError) in
            record.clear(line: 1)
            var parser = JSONObjectParser(object, place: place)
            try parser.parse(into: &record) { (key) throws(IngestError) in try column(key, place) }
            try take(record, place)
        }
        try records.finish()
    }

    private func column(_ key: String, _ place: String) throws(IngestError) -> Int {
        if let known = columnOf[key] { return known }
        guard columns.count < Self.mostColumns else {
            throw .tooLarge(what: "numbers in \(place)", got: columns.count + 1, limit: Self.mostColumns)
        }
        let column: Column =
            if key == "guid" || key == "id" {
                .guid
            } else if key == "gold" || key == "label" {
                .gold
            } else if let match = key.wholeMatch(of: /logits_epoch_([0-9]{1,5})\[([0-9]{1,5})\]/),
                let epoch = Int(match.1), let index = Int(match.2)
            {
                .logit(epoch: epoch, index: index)
            } else {
                .other
            }
        columnOf[key] = columns.count
        columns.append(column)
        return columns.count - 1
    }

    private func take(_ record: TableRecord, _ place: String) throws(IngestError) {
        var (guid, gold) = (nil as String?, nil as String?)
        var logits: [Int: [Int: Float]] = [:]
        for cell in 0..<record.count {
            switch columns[cell] {
            case .other: continue
            // Cells of keys that other lines have are empty.
            case .guid: guid = guid ?? record.text(cell).nonEmpty
            case .gold: gold = gold ?? record.text(cell).nonEmpty
            case .logit(let epoch, let index):
                guard let text = record.text(cell).nonEmpty else { continue }
                guard let value = Float(text), value.isFinite else {
                    throw .tableRow(
                        place: place,
                        expected: "finite numbers in logits_epoch_\(epoch)",
                        got: "\(text) at position \(index)"
                    )
                }
                logits[epoch, default: [:]][index] = value
            }
        }
        guard let guid else { throw .tableRow(place: place, expected: "a guid", got: "none") }
        guard let gold else { throw .tableRow(place: place, expected: "the label as gold", got: "none") }
        guard !logits.isEmpty else {
            throw .tableRow(place: place, expected: "logits as logits_epoch_0, logits_epoch_1, ...", got: "none")
        }
        let example = try example(guid, gold: gold, place)
        for (epoch, values) in logits.sorted(by: { $0.key < $1.key }) {
            let count = classes ?? values.count
            guard values.count == count, (0..<count).allSatisfy({ values[$0] != nil }) else {
                throw .tableRow(
                    place: place,
                    expected: "\(count) logits as in the lines before",
                    got: "\(values.count) in logits_epoch_\(epoch)"
                )
            }
            guard (2...options.limits.classes).contains(count) else {
                throw .tableRow(
                    place: place,
                    expected: "2 to \(options.limits.classes) logits",
                    got: "\(count) in logits_epoch_\(epoch)"
                )
            }
            classes = count
            epochs.insert(epoch)
            var bytes: [UInt8] = []
            for number in [Int32(epoch), Int32(example)] { withUnsafeBytes(of: number) { bytes += Array($0) } }
            for index in 0..<count { withUnsafeBytes(of: values[index] ?? 0) { bytes += Array($0) } }
            try records.append(bytes)
        }
    }

    private func example(_ guid: String, gold: String, _ place: String) throws(IngestError) -> Int {
        if let known = exampleOf[guid] {
            guard golds[known] == gold else {
                throw .tableRow(
                    place: place,
                    expected: "the label \(golds[known]) that guid \(guid) had before",
                    got: gold
                )
            }
            return known
        }
        guard guids.count < options.limits.examples else {
            throw .tooLarge(what: "examples", got: guids.count + 1, limit: options.limits.examples)
        }
        exampleOf[guid] = guids.count
        guids.append(guid)
        golds.append(gold)
        return guids.count - 1
    }

    // MARK: Writing

    /// Writes the evidence, and the examples where they belong to no dataset.
    func write(to output: LogOutput, notes: [ImportedEvidence.Note]) throws -> ImportedEvidence {
        guard let classes, !guids.isEmpty else {
            throw LogError("the log", expected: "a line for each example and epoch", got: "no lines")
        }
        try output.begin()
        let rowOf = try rows()
        let labels = try labels(rowOf: rowOf, classes: classes)
        for (example, row) in rowOf.enumerated() where labels.codes[row] < 0 {
            throw LogError("guid \(guids[example])", expected: "a label: the log trains on it", got: "none")
        }
        let writer = try MemberWriter(
            index: 0,
            in: output.evidence,
            heldOut: [UInt8](repeating: 0, count: guids.count),
            files: output.files
        )
        let order = epochs.sorted()
        let dynamics = try MemberDynamics(
            writer,
            [.pred, .pLabel, .margin, .loss, .pSquared],
            epochs: order.count,
            labels: labels.codes
        )
        try copy(into: dynamics, order: order, classes: classes, rowOf: rowOf, progress: output.progress)
        dynamics.noteCurves()
        if target == nil {
            var names = guids
            for (example, row) in rowOf.enumerated() { names[row] = guids[example] }
            try output.write(
                LoggedExamples(labels: labels.codes, classes: labels.classes, sources: names, ids: names),
                format: "training_log"
            )
        }
        let log = ImportedEvidence(
            format: Self.format,
            examples: guids.count,
            classes: labels.classes.count,
            epochs: order.count,
            probeNames: [],
            k: 0,
            folds: 1,
            repeats: 1,
            observe: options.observe,
            notes: notes
        )
        try output.finish([writer], log)
        return log
    }

    /// The row of each example: that of the dataset, or by number where all guids are numbers, since lines of training
    /// come shuffled.
    private func rows() throws(LogError) -> [Int] {
        if let target {
            guard guids.count == target.count else {
                throw LogError(
                    "the log",
                    expected: "N = \(target.count) examples as in the dataset",
                    got: "N = \(guids.count)"
                )
            }
            guard let rows = target.rows(of: guids) else {
                throw LogError(
                    "guid \(guids[0])",
                    expected: "guids that are ids, sources or row numbers of the dataset, each once",
                    got: guids.prefix(4).joined(separator: ", ")
                )
            }
            return rows
        }
        let numbers = guids.compactMap(Int.init)
        guard numbers.count == guids.count, Set(numbers).count == numbers.count else { return Array(guids.indices) }
        var rowOf = [Int](repeating: 0, count: guids.count)
        for (row, example) in numbers.indices.sorted(by: { numbers[$0] < numbers[$1] }).enumerated() {
            rowOf[example] = row
        }
        return rowOf
    }

    private func labels(rowOf: [Int], classes: Int) throws(LogError) -> LogLabels {
        // In the order of the lines for a dataset, which has its own; by row otherwise.
        var texts = golds
        if target == nil {
            for (example, row) in rowOf.enumerated() { texts[row] = golds[example] }
        }
        // Written by Python, an integer may be 2.0.
        let numbers = texts.compactMap { Int64($0) ?? Double($0).flatMap { Int64(exactly: $0) } }
        let raw: LogLabels.Raw = numbers.count == texts.count ? .integers(numbers) : .names(texts)
        let known = LogLabels.Classes(columns: ("logits_epoch", classes), limit: options.limits.classes)
        if let target { return try LogLabels(of: target, raw: raw, name: "gold", rowOf: rowOf, classes: known) }
        return try LogLabels(raw, name: "gold", classes: known)
    }

    private func copy(
        into dynamics: MemberDynamics,
        order: [Int],
        classes: Int,
        rowOf: [Int],
        progress: (Double) -> Void
    ) throws {
        let size = (2 + classes) * 4
        let epochOf = Dictionary(uniqueKeysWithValues: zip(order, 0...))
        var seen = [Bool](repeating: false, count: order.count * guids.count)
        var logits = [Float](repeating: 0, count: classes)
        let count = records.count / size
        for record in 0..<count {
            let (number, example) = records.withBytes(record * size..<(record + 1) * size) { bytes in
                let raw = UnsafeRawBufferPointer(bytes)
                for index in 0..<classes {
                    logits[index] = raw.loadUnaligned(fromByteOffset: 8 + index * 4, as: Float.self)
                }
                return (
                    Int(raw.loadUnaligned(fromByteOffset: 0, as: Int32.self)),
                    Int(raw.loadUnaligned(fromByteOffset: 4, as: Int32.self))
                )
            }
            guard let epoch = epochOf[number] else { continue }
            let place = epoch * guids.count + example
            guard !seen[place] else {
                throw LogError("guid \(guids[example])", expected: "one line for epoch \(number)", got: "two")
            }
            seen[place] = true
            logits.withUnsafeBufferPointer { dynamics.record($0, epoch: epoch, row: rowOf[example]) }
            if record % 65_536 == 0 { progress(0.5 + 0.4 * Double(record) / Double(count)) }
        }
        if let place = seen.firstIndex(of: false) {
            throw LogError(
                "guid \(guids[place % guids.count])",
                expected: "a line for each of the epochs \(order.prefix(8).map(String.init).joined(separator: ", "))",
                got: "none for epoch \(order[place / guids.count])"
            )
        }
    }
}

extension String {
    /// Nil where it is empty.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
