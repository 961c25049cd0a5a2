import Configuration
import Experiments
import Logging

/// A setting of the server, declared once: its key in the configuration file and, in capitals, in the environment, the
/// flag of `plumbline serve`, and what it may be.
package struct ServerSetting: Sendable {
    /// All of them, in the order of the documentation (`config/README.md`).
    package static let all: [ServerSetting] = [
        .text("host", \.host, flag: { $0.host }),
        .whole("port", \.port, flag: { $0.port }, 0...65_535),
        .text("dataDir", \.dataDir, flag: { $0.dataDir }),
        .text("publicDir", \.publicDir, flag: { $0.publicDir }),
        .text("modelsDir", \.modelsDir, flag: { $0.modelsDir }),
        .optional("slots", \.slots, flag: { $0.slots }, 1...1_024),
        .whole("threads", \.threads, flag: { $0.threads }, 0...1_024),
        .mode("paths", \.paths, flag: { $0.paths }),
        .real("checkpointSeconds", \.checkpointSeconds, flag: { $0.checkpointSeconds }, 0...86_400),
        .texts("allowedHosts", \.allowedHosts),
        .yes("behindProxy", \.behindProxy, flag: { $0.behindProxy }),
        .whole("queueLimit", \.queueLimit, flag: { $0.queueLimit }, 1...1_000_000),
        .whole("maxUploadBytes", \.maxUploadBytes, 1...Int.max, "above 0"),
        .real("retentionDays", \.retentionDays, flag: { $0.retentionDays }, 0...36_500),
        .whole("minFreeBytes", \.minFreeBytes, flag: { $0.minFreeBytes }, 0...Int.max, "at least 0"),
        .level("logLevel", \.logLevel),
    ]

    /// Its key.
    package let key: String
    /// What the command line says of it.
    let flag: @Sendable (Serve) -> ConfigContent?
    /// Takes it, checked, from the first of these that has it; where none has it the default stays.
    let read: @Sendable ([any ConfigProvider], inout Settings) throws -> Void

    /// What a command line says, by key.
    static func flags(of serve: Serve) -> [String: ConfigContent] {
        Dictionary(uniqueKeysWithValues: all.compactMap { setting in setting.flag(serve).map { (setting.key, $0) } })
    }

    typealias Path<Value> = any WritableKeyPath<Settings, Value> & Sendable
    typealias Flag<Value> = @Sendable (Serve) -> Value

    /// What the first of the providers that has this key says; nil where none has it.
    ///
    /// - Throws: `SettingsFault.notA` where it is of another type (`ConfigReader` would take the default).
    private static func value(_ key: String, _ type: ConfigType, in providers: [any ConfigProvider]) throws
        -> ConfigContent?
    {
        for provider in providers {
            do {
                let found = try provider.value(forKey: AbsoluteConfigKey([key]), type: type)
                if let value = found.value { return value.content }
            } catch {
                throw SettingsFault.notA(key, type.rawValue, error)
            }
        }
        return nil
    }

    private static func text(_ key: String, _ path: Path<String>, flag: @escaping Flag<String?> = { _ in nil })
        -> ServerSetting
    {
        ServerSetting(key: key, flag: { flag($0).map { .string($0) } }) {
            if case .string(let value)? = try value(key, .string, in: $0) { $1[keyPath: path] = value }
        }
    }

    private static func level(_ key: String, _ path: Path<Logger.Level>) -> ServerSetting {
        ServerSetting(key: key, flag: { _ in nil }) {
            guard case .string(let text)? = try value(key, .string, in: $0) else { return }
            guard let level = Logger.Level(rawValue: text) else {
                let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                throw SettingsFault.outOfRange(key, "one of \(levels)", text)
            }
            $1[keyPath: path] = level
        }
    }

    private static func mode(_ key: String, _ path: Path<MachineProfile.Mode>, flag: @escaping Flag<String?>)
        -> ServerSetting
    {
        ServerSetting(key: key, flag: { flag($0).map { .string($0) } }) {
            guard case .string(let text)? = try value(key, .string, in: $0) else { return }
            guard let mode = MachineProfile.Mode(text) else {
                throw SettingsFault.outOfRange(
                    key,
                    "measured, fixed, or names with f32, f32_library or bf16, as cnn=bf16,search=f32",
                    text
                )
            }
            $1[keyPath: path] = mode
        }
    }

    private static func texts(_ key: String, _ path: Path<[String]>) -> ServerSetting {
        ServerSetting(key: key, flag: { _ in nil }) {
            if case .stringArray(let value)? = try value(key, .stringArray, in: $0) { $1[keyPath: path] = value }
        }
    }

    private static func yes(_ key: String, _ path: Path<Bool>, flag: @escaping Flag<Bool>) -> ServerSetting {
        ServerSetting(key: key, flag: { flag($0) ? .bool(true) : nil }) {
            if case .bool(let value)? = try value(key, .bool, in: $0) { $1[keyPath: path] = value }
        }
    }

    private static func whole(
        _ key: String,
        _ path: Path<Int>,
        flag: @escaping Flag<Int?> = { _ in nil },
        _ range: ClosedRange<Int>,
        _ words: String? = nil
    ) -> ServerSetting {
        ServerSetting(key: key, flag: { flag($0).map { .int($0) } }) {
            guard case .int(let value)? = try value(key, .int, in: $0) else { return }
            $1[keyPath: path] = try checked(value, in: range, key, words)
        }
    }

    private static func optional(
        _ key: String,
        _ path: Path<Int?>,
        flag: @escaping Flag<Int?>,
        _ range: ClosedRange<Int>
    ) -> ServerSetting {
        ServerSetting(key: key, flag: { flag($0).map { .int($0) } }) {
            guard case .int(let value)? = try value(key, .int, in: $0) else { return }
            $1[keyPath: path] = try checked(value, in: range, key)
        }
    }

    private static func real(
        _ key: String,
        _ path: Path<Double>,
        flag: @escaping Flag<Double?>,
        _ range: ClosedRange<Double>
    ) -> ServerSetting {
        ServerSetting(key: key, flag: { flag($0).map { .double($0) } }) {
            guard case .double(let value)? = try value(key, .double, in: $0) else { return }
            $1[keyPath: path] = try checked(value, in: range, key)
        }
    }

    private static func checked<Value>(
        _ value: Value,
        in range: ClosedRange<Value>,
        _ key: String,
        _ words: String? = nil
    ) throws -> Value {
        guard !range.contains(value) else { return value }
        let ends = [range.lowerBound, range.upperBound].map { "\($0)".replacing(/\.0$/, with: "") }
        throw SettingsFault.outOfRange(key, words ?? "\(ends[0]) to \(ends[1])", "\(value)")
    }
}
