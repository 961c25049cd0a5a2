public import Tasks

/// A kind of value that a setting may have.
public protocol SettingValue: Codable, Sendable {
    /// Reads a field; nil where it is left out or of the wrong kind, which is noted in the reader.
    static func read(_ reader: inout FieldReader, _ name: String) -> Self?
    /// What `openapi.json` says of the kind.
    static var schema: [(String, JSON)] { get }
    /// The value in an answer.
    var json: JSON { get }
    /// The value in a sentence.
    var text: String { get }
}

extension SettingValue {
    /// As Swift writes it.
    public var text: String { "\(self)" }
}

extension Int: SettingValue {
    /// A whole number.
    public static func read(_ reader: inout FieldReader, _ name: String) -> Int? { reader.int(name) }
    /// A whole number.
    public static var schema: [(String, JSON)] { [("type", "integer")] }
    /// The number.
    public var json: JSON { .int(self) }
}

extension UInt64: SettingValue {
    /// A whole number, at least 0.
    public static func read(_ reader: inout FieldReader, _ name: String) -> UInt64? {
        guard let number = reader.int(name) else { return nil }
        if number >= 0 { return UInt64(number) }
        reader.note(name, "at least 0, got \(number)")
        return nil
    }
    /// A whole number.
    public static var schema: [(String, JSON)] { [("type", "integer")] }
    /// The number.
    public var json: JSON { .int(Int(clamping: self)) }
}

extension Double: SettingValue {
    /// A number.
    public static func read(_ reader: inout FieldReader, _ name: String) -> Double? { reader.double(name) }
    /// A number.
    public static var schema: [(String, JSON)] { [("type", "number")] }
    /// The number.
    public var json: JSON { .double(self) }
    /// The shortest digits.
    public var text: String { "\(self)".hasSuffix(".0") ? String("\(self)".dropLast(2)) : "\(self)" }
}

extension Bool: SettingValue {
    /// True or false.
    public static func read(_ reader: inout FieldReader, _ name: String) -> Bool? { reader.bool(name) }
    /// True or false.
    public static var schema: [(String, JSON)] { [("type", "boolean")] }
    /// True or false.
    public var json: JSON { .bool(self) }
}

extension [Int]: SettingValue {
    /// Whole numbers.
    public static func read(_ reader: inout FieldReader, _ name: String) -> [Int]? { reader.ints(name) }
    /// Whole numbers.
    public static var schema: [(String, JSON)] { [("type", "array"), ("items", ["type": "integer"])] }
    /// The numbers.
    public var json: JSON { JSON(self) }
}

extension Optional: SettingValue where Wrapped: SettingValue {
    /// As the value that may be left out.
    public static func read(_ reader: inout FieldReader, _ name: String) -> Wrapped?? {
        Wrapped.read(&reader, name).map { .some($0) }
    }
    /// As the value that may be left out.
    public static var schema: [(String, JSON)] { Wrapped.schema }
    /// The value, or null.
    public var json: JSON { map(\.json) ?? .null }
    /// The value, or nothing.
    public var text: String { map(\.text) ?? "none" }
}

/// One of a few words.
public protocol SettingWord: SettingValue, RawRepresentable<String>, CaseIterable {}

extension SettingWord {
    /// One of the words.
    public static func read(_ reader: inout FieldReader, _ name: String) -> Self? { reader.oneOf(name, Self.self) }
    /// The words.
    public static var schema: [(String, JSON)] {
        [("type", "string"), ("enum", JSON(allCases.map(\.rawValue)))]
    }
    /// The word.
    public var json: JSON { .string(rawValue) }
    /// The word.
    public var text: String { rawValue }
}
