import Foundation

/// A JSON document that keeps the order of its fields, so that answers read as the documentation shows them.
///
/// A number that is not finite becomes `null`: RFC 8259 has no NaN.
public indirect enum JSON: Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    /// Written with the shortest digits that give the same 32-bit number back.
    case float(Float)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])
    /// A document that is already encoded.
    case raw([UInt8])

    /// The UTF-8 text, with a line end, for people at a terminal.
    public func encoded() -> [UInt8] {
        var out: [UInt8] = []
        write(to: &out)
        out.append(UInt8(ascii: "\n"))
        return out
    }

    /// Appends the UTF-8 text without a line end.
    public func write(to out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .int(let value): out += "\(value)".utf8
        case .double(let value): out += (value.isFinite ? Self.digits("\(value)") : "null").utf8
        case .float(let value): out += (value.isFinite ? Self.digits("\(value)") : "null").utf8
        case .string(let value): Self.write(value, to: &out)
        case .raw(let bytes): out += bytes
        case .array(let values):
            out.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                value.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let fields):
            out.append(UInt8(ascii: "{"))
            for (index, field) in fields.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.write(field.0, to: &out)
                out.append(UInt8(ascii: ":"))
                field.1.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func digits(_ text: String) -> String {
        text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func write(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out += "\\\"".utf8
            case UInt8(ascii: "\\"): out += "\\\\".utf8
            case 0x0A: out += "\\n".utf8
            case 0x0D: out += "\\r".utf8
            case 0x09: out += "\\t".utf8
            case 0..<0x20:
                let hex = String(byte, radix: 16)
                out += "\\u\(String(repeating: "0", count: 4 - hex.count))\(hex)".utf8
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Null.
    public init(nilLiteral: ()) { self = .null }
    /// An array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// An object, its fields in this order.
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }

    /// A text, or null.
    public init(_ value: String?) { self = value.map { .string($0) } ?? .null }
    /// A whole number, or null.
    public init(_ value: Int?) { self = value.map { .int($0) } ?? .null }
    /// A number, or null.
    public init(_ value: Double?) { self = value.map { .double($0) } ?? .null }
    /// A boolean, or null.
    public init(_ value: Bool?) { self = value.map { .bool($0) } ?? .null }
    /// Numbers, or null.
    public init(_ values: [Double]?) { self = values.map { .array($0.map { .double($0) }) } ?? .null }
    /// Whole numbers, or null.
    public init(_ values: [Int]?) { self = values.map { .array($0.map { .int($0) }) } ?? .null }
    /// Texts.
    public init(_ values: [String]) { self = .array(values.map { .string($0) }) }
    /// RFC 3339 in UTC, to the second.
    public init(_ date: Date?) {
        self = date.map { .string($0.formatted(.iso8601)) } ?? .null
    }
}

extension JSON: Codable {
    /// Reads any document; the fields of its objects come in the order of their names.
    public init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: AnyKey.self) {
            self = .object(
                try container.allKeys.sorted { $0.stringValue < $1.stringValue }
                    .map { ($0.stringValue, try container.decode(JSON.self, forKey: $0)) }
            )
            return
        }
        if var container = try? decoder.unkeyedContainer() {
            var values: [JSON] = []
            while !container.isAtEnd { values.append(try container.decode(JSON.self)) }
            self = .array(values)
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .int(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    /// Writes the document; what is encoded already is read first.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let fields):
            var container = encoder.container(keyedBy: AnyKey.self)
            for (name, value) in fields { try container.encode(value, forKey: AnyKey(name)) }
        case .array(let values):
            var container = encoder.unkeyedContainer()
            for value in values { try container.encode(value) }
        case .raw(let bytes): try JSONDecoder().decode(JSON.self, from: Data(bytes)).encode(to: encoder)
        default:
            var container = encoder.singleValueContainer()
            switch self {
            case .bool(let value): try container.encode(value)
            case .int(let value): try container.encode(value)
            case .double(let value) where value.isFinite: try container.encode(value)
            case .float(let value) where value.isFinite: try container.encode(value)
            case .string(let value): try container.encode(value)
            default: try container.encodeNil()
            }
        }
    }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// What kind of value it is, in words.
    public var kindInWords: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int, .double, .float: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        case .raw: "a document"
        }
    }
}

extension JSON {
    /// The document that a value is encoded as.
    public init(encoding value: some Encodable) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(try CanonicalJSON.encode(value)))
    }

    /// The value that the document encodes.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(encoded()))
    }

    /// A field of an object; nil where there is none.
    public subscript(_ name: String) -> JSON? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.0 == name }?.1
    }
}
