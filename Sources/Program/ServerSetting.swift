import Configuration

/// A setting of the server, declared once: its key in the configuration file and, in capitals, in the environment, the
/// flag of `plumbline serve`, and what it may be.
struct ServerSetting: Sendable {
    /// All of them, in the order of the documentation (`config/README.md`).
    static let all: [ServerSetting] = [
        .text("host", \.host, flag: { $0.host }),
        .whole("port", \.port, flag: { $0.port }, 0...65_535),
        .text("dataDir", \.dataDir, flag: { $0.dataDir }),
        .text("publicDir", \.publicDir, flag: { $0.publicDir }),
        .optional("slots", \.slots, flag: { $0.slots }, 1...1_024),
        .whole("threads", \.threads, flag: { $0.threads }, 0...1_024),
        .real("checkpointSeconds", \.checkpointSeconds, flag: { $0.checkpointSeconds }, 0...86_400),
        .texts("allowedHosts", \.allowedHosts),
        .yes("behindProxy", \.behindProxy, flag: { $0.behindProxy }),
        .whole("queueLimit", \.queueLimit, flag: { $0.queueLimit }, 1...1_000_000),
        .whole("maxUploadBytes", \.maxUploadBytes, 1...Int.max, "above 0"),
        .real("retentionDays", \.retentionDays, flag: { $0.retentionDays }, 0...36_500),
        .whole("minFreeBytes", \.minFreeBytes, flag: { $0.minFreeBytes }, 0...Int.max, "at least 0"),
        .text("logLevel", \.logLevel),
    ]

    /// Its key.
    let key: String
    /// What the command line says of it.
    let flag: @Sendable (Serve) -> ConfigContent?
    /// Takes it, checked; where nothing says it the default stays.
    let read: @Sendable (ConfigReader, inout Settings) throws -> Void

    /// What a command line says, by key.
    static func flags(of serve: Serve) -> [String: ConfigContent] {
        Dictionary(uniqueKeysWithValues: all.compactMap { setting in setting.flag(serve).map { (setting.key, $0) } })
    }

    typealias Path<Value> = any WritableKeyPath<Settings, Value> & Sendable
    typealias Flag<Value> = @Sendable (Serve) -> Value

    private static func text(_ key: String, _ path: Path<String>, flag: @escaping Flag<String?> = { _ in nil })
        -> ServerSetting
    {
        ServerSetting(key: key, flag: { flag($0).map { .string($0) } }) {
            $1[keyPath: path] = $0.string(forKey: ConfigKey(key), default: $1[keyPath: path])
        }
    }

    private static func texts(_ key: String, _ path: Path<[String]>) -> ServerSetting {
        ServerSetting(key: key, flag: { _ in nil }) {
            $1[keyPath: path] = $0.stringArray(forKey: ConfigKey(key), default: $1[keyPath: path])
        }
    }

    private static func yes(_ key: String, _ path: Path<Bool>, flag: @escaping Flag<Bool>) -> ServerSetting {
        ServerSetting(key: key, flag: { flag($0) ? .bool(true) : nil }) {
            $1[keyPath: path] = $0.bool(forKey: ConfigKey(key), default: $1[keyPath: path])
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
            let value = $0.int(forKey: ConfigKey(key), default: $1[keyPath: path])
            try check(value, in: range, key, words)
            $1[keyPath: path] = value
        }
    }

    private static func optional(
        _ key: String,
        _ path: Path<Int?>,
        flag: @escaping Flag<Int?>,
        _ range: ClosedRange<Int>
    ) -> ServerSetting {
        ServerSetting(key: key, flag: { flag($0).map { .int($0) } }) {
            guard let value = $0.int(forKey: ConfigKey(key)) else { return }
            try check(value, in: range, key)
            $1[keyPath: path] = value
        }
    }

    private static func real(
        _ key: String,
        _ path: Path<Double>,
        flag: @escaping Flag<Double?>,
        _ range: ClosedRange<Double>
    ) -> ServerSetting {
        ServerSetting(key: key, flag: { flag($0).map { .double($0) } }) {
            let value = $0.double(forKey: ConfigKey(key), default: $1[keyPath: path])
            try check(value, in: range, key)
            $1[keyPath: path] = value
        }
    }

    private static func check<Value>(
        _ value: Value,
        in range: ClosedRange<Value>,
        _ key: String,
        _ words: String? = nil
    ) throws {
        guard !range.contains(value) else { return }
        let ends = [range.lowerBound, range.upperBound].map { "\($0)".replacing(/\.0$/, with: "") }
        throw SettingsFault.outOfRange(key, words ?? "\(ends[0]) to \(ends[1])", "\(value)")
    }
}
