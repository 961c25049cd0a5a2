import Configuration
import Foundation
import Logging
import SystemPackage
import Worker

/// What an operator sets: command line over environment (`PLUMBLINE_*`) over configuration file over default.
struct Settings: Sendable {
    /// Where the service listens.
    var host: String
    /// Its port; 0 takes a free one.
    var port: Int
    /// The data folder.
    var dataDir: String
    /// The folder of the browser application.
    var publicDir: String
    /// Members that train at once; nil: as many as there are cores for.
    var slots: Int?
    /// Threads of each one's worker; 0: what is measured to be best.
    var threads: Int
    /// Seconds of work between two checkpoints of a member.
    var checkpointSeconds: Double
    /// Names in `Host` that are answered.
    var allowedHosts: [String]
    /// Whether a proxy in front of the service does TLS.
    var behindProxy: Bool
    /// Jobs that may wait or run at a time.
    var queueLimit: Int
    /// Largest upload in bytes.
    var maxUploadBytes: Int
    /// After how many days finished jobs are removed; 0 keeps them.
    var retentionDays: Double
    /// Bytes of the disk that are kept free.
    var minFreeBytes: Int
    /// Least severe messages that are logged.
    var logLevel: Logger.Level

    static let keys = [
        "host", "port", "dataDir", "publicDir", "slots", "threads", "checkpointSeconds", "allowedHosts", "behindProxy",
        "queueLimit", "maxUploadBytes", "retentionDays", "minFreeBytes", "logLevel",
    ]

    /// - Parameters:
    ///   - flags: values from the command line, by key
    ///   - file: the configuration file; nil where there is none
    static func load(flags: [String: ConfigValue], file: String?) async throws -> Settings {
        let environment = EnvironmentVariablesProvider()
        var providers: [any ConfigProvider] = [
            InMemoryProvider(
                values: Dictionary(uniqueKeysWithValues: flags.map { (AbsoluteConfigKey([$0.key]), $0.value) })
            ),
            environment.prefixKeys(with: "plumbline"),
        ]
        if let file {
            try checkKeys(of: file)
            providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
        }
        let reader = ConfigReader(providers: providers)
        let settings = Settings(
            host: reader.string(forKey: "host", default: "127.0.0.1"),
            port: reader.int(forKey: "port", default: 8_080),
            dataDir: reader.string(forKey: "dataDir", default: "data"),
            publicDir: reader.string(forKey: "publicDir", default: "public"),
            slots: reader.int(forKey: "slots"),
            threads: reader.int(forKey: "threads", default: 1),
            checkpointSeconds: reader.double(
                forKey: "checkpointSeconds",
                default: CheckpointSchedule.defaultSeconds
            ),
            allowedHosts: reader.stringArray(forKey: "allowedHosts", default: ["localhost", "127.0.0.1", "[::1]"]),
            behindProxy: reader.bool(forKey: "behindProxy", default: false),
            queueLimit: reader.int(forKey: "queueLimit", default: 100),
            maxUploadBytes: reader.int(forKey: "maxUploadBytes", default: 2 << 30),
            retentionDays: reader.double(forKey: "retentionDays", default: 0),
            minFreeBytes: reader.int(forKey: "minFreeBytes", default: 256 << 20),
            logLevel: Logger.Level(rawValue: reader.string(forKey: "logLevel", default: "info")) ?? .info
        )
        guard (0...65_535).contains(settings.port) else {
            throw SettingsFault.outOfRange("port", "0 to 65535", "\(settings.port)")
        }
        if let slots = settings.slots, !(1...1_024).contains(slots) {
            throw SettingsFault.outOfRange("slots", "1 to 1024", "\(slots)")
        }
        guard (0...1_024).contains(settings.threads) else {
            throw SettingsFault.outOfRange("threads", "0 to 1024", "\(settings.threads)")
        }
        guard (0...86_400).contains(settings.checkpointSeconds) else {
            throw SettingsFault.outOfRange("checkpointSeconds", "0 to 86400", "\(settings.checkpointSeconds)")
        }
        guard (1...1_000_000).contains(settings.queueLimit) else {
            throw SettingsFault.outOfRange("queueLimit", "1 to 1000000", "\(settings.queueLimit)")
        }
        guard settings.maxUploadBytes > 0 else {
            throw SettingsFault.outOfRange("maxUploadBytes", "above 0", "\(settings.maxUploadBytes)")
        }
        guard (0...36_500).contains(settings.retentionDays) else {
            throw SettingsFault.outOfRange("retentionDays", "0 to 36500", "\(settings.retentionDays)")
        }
        guard settings.minFreeBytes >= 0 else {
            throw SettingsFault.outOfRange("minFreeBytes", "at least 0", "\(settings.minFreeBytes)")
        }
        return settings
    }

    /// A misspelt key would silently do nothing.
    private static func checkKeys(of file: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else { throw SettingsFault.noFile(file) }
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw SettingsFault.notJSON(file)
        }
        for key in object.keys.sorted() where !keys.contains(key) { throw SettingsFault.unknownKey(file, key) }
    }
}

/// Why the settings cannot be used.
enum SettingsFault: Error, CustomStringConvertible {
    case noFile(String)
    case notJSON(String)
    case unknownKey(String, String)
    case outOfRange(String, String, String)
    case withoutTLS(String)
    case noPublicFolder(String)

    var description: String {
        switch self {
        case .noFile(let file): "the configuration file \(file) cannot be read"
        case .notJSON(let file): "the configuration file \(file) is not a JSON object"
        case .unknownKey(let file, let key):
            "\(file): unknown key \"\(key)\"; there are \(Settings.keys.joined(separator: ", "))"
        case .outOfRange(let key, let range, let value): "\(key) is \(range), got \(value)"
        case .withoutTLS(let host):
            """
            will not listen on \(host): this version does not speak TLS itself, so tokens and data would cross the \
            network in the clear. Put a proxy that does in front of it and say so with --behind-proxy, or listen on \
            127.0.0.1 and come through an SSH tunnel.
            """
        case .noPublicFolder(let path):
            "the folder \(path) of the browser application is not there; start in the repository's folder or set --public-dir"
        }
    }
}
