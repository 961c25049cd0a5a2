import Experiments
import Tasks

/// Reads the fields of a JSON object and notes each that is unknown or of the wrong kind, so that a client learns of
/// all mistakes at once, with the nearest right name for a misspelt field.
public struct FieldReader {
    private let fields: [String: JSON]
    private let pointer: String
    private var known: Set<String> = []
    package private(set) var issues: [SettingsError.Issue] = []

    /// - Parameters:
    ///   - value: the object; anything else is noted
    ///   - pointer: RFC 6901 pointer to it
    package init(_ value: JSON, at pointer: String) {
        self.pointer = pointer
        if case .object(let fields) = value {
            self.fields = Dictionary(fields, uniquingKeysWith: { _, last in last })
        } else {
            fields = [:]
            issues.append(.init(pointer: pointer, detail: "expected an object, got \(value.kindInWords)"))
        }
    }

    private mutating func value(_ name: String) -> JSON? {
        known.insert(name)
        guard let value = fields[name] else { return nil }
        if case .null = value { return nil }
        return value
    }

    private mutating func wrong(_ name: String, _ value: JSON, expected: String) {
        issues.append(.init(pointer: "\(pointer)/\(name)", detail: "expected \(expected), got \(value.kindInWords)"))
    }

    package mutating func string(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        if case .string(let text) = value { return text }
        wrong(name, value, expected: "a string")
        return nil
    }

    package mutating func int(_ name: String) -> Int? {
        guard let value = value(name) else { return nil }
        if case .int(let number) = value { return number }
        wrong(name, value, expected: "a whole number")
        return nil
    }

    package mutating func double(_ name: String) -> Double? {
        guard let value = value(name) else { return nil }
        switch value {
        case .int(let number): return Double(number)
        case .double(let number): return number
        default:
            wrong(name, value, expected: "a number")
            return nil
        }
    }

    package mutating func bool(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        if case .bool(let flag) = value { return flag }
        wrong(name, value, expected: "true or false")
        return nil
    }

    package mutating func ints(_ name: String) -> [Int]? {
        guard let value = value(name) else { return nil }
        if case .array(let values) = value {
            let numbers = values.compactMap { if case .int(let number) = $0 { number } else { nil as Int? } }
            if numbers.count == values.count { return numbers }
        }
        wrong(name, value, expected: "an array of whole numbers")
        return nil
    }

    package mutating func doubles(_ name: String) -> [Double]? {
        guard let value = value(name) else { return nil }
        if case .array(let values) = value {
            let numbers = values.compactMap { element in
                switch element {
                case .int(let number): Double(number)
                case .double(let number): number
                default: nil as Double?
                }
            }
            if numbers.count == values.count { return numbers }
        }
        wrong(name, value, expected: "an array of numbers")
        return nil
    }

    package mutating func oneOf<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        _: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        guard let text = string(name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let all = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        issues.append(.init(pointer: "\(pointer)/\(name)", detail: "expected one of \(all), got \"\(text)\""))
        return nil
    }

    /// A field that may be a string or an object.
    package mutating func any(_ name: String) -> JSON? { value(name) }

    /// Reads the object of a field with a reader of its own.
    package mutating func object(_ name: String, _ read: (inout FieldReader) -> Void) {
        guard let value = value(name) else { return }
        var inner = FieldReader(value, at: "\(pointer)/\(name)")
        read(&inner)
        issues += inner.finish()
    }

    package mutating func note(_ name: String, _ detail: String) {
        issues.append(.init(pointer: name.isEmpty ? pointer : "\(pointer)/\(name)", detail: detail))
    }

    /// All that was wrong, unknown fields among it.
    package mutating func finish() -> [SettingsError.Issue] {
        for name in fields.keys.sorted() where !known.contains(name) {
            let nearest = known.map { (name: $0, distance: Self.editDistance(name, $0)) }
                .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
            var detail = "unknown field"
            if let nearest, nearest.distance <= max(2, name.count / 3) {
                detail += "; did you mean \"\(nearest.name)\"?"
            }
            issues.append(.init(pointer: "\(pointer)/\(name)", detail: detail))
        }
        return issues
    }

    /// Levenshtein's distance.
    static func editDistance(_ one: String, _ other: String) -> Int {
        let (a, b) = (Array(one), Array(other))
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let substituted = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
