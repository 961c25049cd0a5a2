public import Experiments
public import Tasks

/// A setting, declared once: reads it from a request, checks it, echoes it, and describes it in `openapi.json`. A settings
/// type lists its own in one table, `SettingsTable.fields`, and nothing else names them.
public struct SettingField<Root>: Sendable {
    /// Its name in requests and answers.
    public let name: String
    /// Its part of `openapi.json`.
    public let schema: JSON
    /// Which property it is.
    let path: any PartialKeyPath<Root> & Sendable
    /// Reads the field of a request; nil where it is left out. What is of the wrong kind is noted in the reader.
    let read: @Sendable (inout FieldReader) -> JSON?
    /// Takes what was read.
    let set: @Sendable (JSON, inout Root) throws -> Void
    /// What is shown of it.
    let get: @Sendable (Root) -> JSON
    /// Notes what is wrong with its value.
    let check: @Sendable (Root, _ pointer: String, inout Checks) -> Void

    /// - Parameters:
    ///   - name: its name in requests and answers
    ///   - path: the property
    ///   - words: what it is, for `openapi.json` and people; none where the name says it
    ///   - bounds: what values it may have
    ///   - standard: what `openapi.json` tells of its default
    ///   - left: a word that stands for leaving the field out, such as `auto`
    ///   - taken: makes of what was asked for what is kept, such as nil of what has no effect
    ///   - shown: what answers show of it
    ///   - also: what else has to hold
    public init<Value: SettingValue>(
        _ name: String,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        _ words: String? = nil,
        _ bounds: Bounds<Value>? = nil,
        default standard: JSON? = nil,
        leftOut left: String? = nil,
        taken: @escaping @Sendable (Value) -> Value = { $0 },
        shown: @escaping @Sendable (Value) -> JSON = { $0.json },
        also: @escaping @Sendable (Root, _ pointer: String, inout Checks) -> Void = { _, _, _ in }
    ) {
        self.name = name
        self.path = path
        var fields = Value.schema
        if let left {
            fields = fields.map { field in
                guard field.0 == "enum", case .array(let cases) = field.1 else { return field }
                return ("enum", .array([.string(left)] + cases))
            }
        }
        fields += bounds?.schema ?? []
        if let standard { fields.append(("default", standard)) }
        if let words { fields.append(("description", .string(words))) }
        schema = .object(fields)
        read = { reader in
            if let left, case .string(left) = reader.any(name) { return nil }
            return Value.read(&reader, name)?.json
        }
        set = { json, root in root[keyPath: path] = taken(try json.decode()) }
        get = { shown($0[keyPath: path]) }
        check = { root, pointer, checks in
            let value = root[keyPath: path]
            if let bounds, !bounds.hold(value) {
                checks.expect(false, "\(pointer)/\(name)", "\(bounds.words), got \(value.text)")
            }
            also(root, "\(pointer)/\(name)", &checks)
        }
    }
}

/// Values that a setting may have: the sentence of a refusal and the part of `openapi.json` come from the same place.
public struct Bounds<Value: SettingValue>: Sendable {
    let words: String
    let schema: [(String, JSON)]
    let hold: @Sendable (Value) -> Bool
}

extension Bounds where Value == Int {
    /// From one number to another.
    public static func `in`(_ range: ClosedRange<Int>) -> Bounds {
        Bounds(
            words: "\(range.lowerBound) to \(range.upperBound)",
            schema: [("minimum", .int(range.lowerBound)), ("maximum", .int(range.upperBound))],
            hold: { range.contains($0) }
        )
    }
}

extension Bounds where Value == UInt64 {
    /// What every JSON reader keeps exact.
    public static var exact: Bounds {
        Bounds(
            words: "below 2^53, which every JSON reader keeps exact",
            schema: [("minimum", 0), ("exclusiveMaximum", .int(1 << 53))],
            hold: { $0 < 1 << 53 }
        )
    }
}

extension Bounds where Value == Double {
    /// From one number to another.
    public static func `in`(_ range: ClosedRange<Double>) -> Bounds {
        Bounds(
            words: "\(range.lowerBound.text) to \(range.upperBound.text)",
            schema: [("minimum", .double(range.lowerBound)), ("maximum", .double(range.upperBound))],
            hold: { range.contains($0) }
        )
    }

    /// Above one number, and at most another.
    public static func above(_ low: Double, atMost high: Double) -> Bounds {
        Bounds(
            words: "above \(low.text) and at most \(high.text)",
            schema: [("exclusiveMinimum", .double(low)), ("maximum", .double(high))],
            hold: { $0 > low && $0 <= high }
        )
    }

    /// From one number to below another.
    public static func from(_ low: Double, below high: Double) -> Bounds {
        Bounds(
            words: "\(low.text) to below \(high.text)",
            schema: [("minimum", .double(low)), ("exclusiveMaximum", .double(high))],
            hold: { $0 >= low && $0 < high }
        )
    }
}

extension Bounds {
    /// The same of what may be left out.
    public static func optional<Wrapped: SettingValue>(_ bounds: Bounds<Wrapped>) -> Bounds<Wrapped?>
    where Value == Wrapped? {
        Bounds<Wrapped?>(words: bounds.words, schema: bounds.schema) { $0.map { bounds.hold($0) } ?? true }
    }
}
