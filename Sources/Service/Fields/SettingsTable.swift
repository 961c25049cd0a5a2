import Experiments
import Tasks

/// Settings whose fields are declared in one table.
public protocol SettingsTable: Sendable {
    /// All of them, in the order of the documentation.
    static var fields: [SettingField<Self>] { get }
}

extension SettingsTable {
    /// Takes what an object of a request says.
    package mutating func read(_ reader: inout FieldReader) {
        for field in Self.fields {
            guard let value = field.read(&reader) else { continue }
            do { try field.set(value, &self) } catch { reader.note(field.name, "\(error)") }
        }
    }

    /// Notes what is wrong with any of them.
    ///
    /// - Parameter pointer: where they stand in the request
    package func check(at pointer: String, in checks: inout Checks) {
        for field in Self.fields { field.check(self, pointer, &checks) }
    }

    /// All of them as an answer shows them.
    package var shown: [(String, JSON)] { Self.fields.map { ($0.name, $0.get(self)) } }

    /// What `openapi.json` says of an object of them.
    package static var properties: JSON { .object(fields.map { ($0.name, $0.schema) }) }
}

/// Those of some settings that a request names.
@dynamicMemberLookup
public struct Overrides<Settings: SettingsTable>: Codable, Sendable {
    private var values: [String: JSON] = [:]

    /// None.
    public init() {}

    /// Those that an object of a request names.
    package init(_ reader: inout FieldReader) {
        for field in Settings.fields { values[field.name] = field.read(&reader) }
    }

    /// What was asked for of a property; nil where nothing was.
    public subscript<Value: SettingValue>(dynamicMember path: WritableKeyPath<Settings, Value>) -> Value? {
        get {
            guard let name = Self.name(of: path), let value = values[name] else { return nil }
            return try? value.decode()
        }
        set {
            guard let name = Self.name(of: path) else { preconditionFailure("the table does not list \(path)") }
            values[name] = newValue?.json
        }
    }

    private static func name(of path: AnyKeyPath) -> String? {
        Settings.fields.first { $0.path as AnyKeyPath == path }?.name
    }

    /// Takes all of them.
    package func apply(to settings: inout Settings) throws {
        for field in Settings.fields {
            if let value = values[field.name] { try field.set(value, &settings) }
        }
    }

    /// Reads what the store keeps: version 0.1.0 kept the names of properties.
    public init(from decoder: any Decoder) throws {
        guard case .object(let fields) = try JSON(from: decoder) else { return }
        for (name, value) in fields {
            if case .null = value { continue }
            let known = Settings.fields.first { $0.name == name || Self.camelCase($0.name) == name }
            values[known?.name ?? name] = value
        }
    }

    private static func camelCase(_ name: String) -> String {
        let words = name.split(separator: "_")
        return words.prefix(1).joined() + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// Writes their names in requests.
    public func encode(to encoder: any Encoder) throws {
        try JSON.object(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }).encode(to: encoder)
    }
}
