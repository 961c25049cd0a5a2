import Configuration
import Experiments
import Foundation
import Logging
import SystemPackage
import Worker

/// What an operator sets: command line over environment (`PLUMBLINE_*`) over configuration file over default. Each is
/// declared in `ServerSetting.all`.
package struct Settings: Sendable {
    /// Where the service listens.
    package var host = "127.0.0.1"
    /// Its port; 0 takes a free one.
    package var port = 8_080
    /// The data folder.
    package var dataDir = "data"
    /// The folder of the browser application.
    package var publicDir = "public"
    /// The folder that set-up fills with pretrained networks and the library that runs them; it may be missing.
    package var modelsDir = "models"
    /// Members that train at once; nil: as many as there are cores for.
    package var slots: Int?
    /// Threads of each one's worker; 0: what is measured to be best.
    package var threads = 1
    /// How the way is chosen in which networks are trained.
    package var paths = MachineProfile.Mode.measured
    /// Seconds of work between two checkpoints of a member.
    package var checkpointSeconds = CheckpointSchedule.defaultSeconds
    /// Names in `Host` that are answered.
    package var allowedHosts = ["localhost", "127.0.0.1", "[::1]"]
    /// Whether a proxy in front of the service does TLS.
    package var behindProxy = false
    /// Jobs that may wait or run at a time.
    package var queueLimit = 100
    /// Largest upload in bytes.
    package var maxUploadBytes = 200 << 30
    /// After how many days finished jobs are removed; 0 keeps them.
    package var retentionDays = 0.0
    /// Bytes of the disk that are kept free.
    package var minFreeBytes = 256 << 20
    /// Least severe messages that are logged.
    package var logLevel = Logger.Level.info

    /// - Parameters:
    ///   - flags: what the command line says, by key
    ///   - file: the configuration file; nil where there is none
    package static func load(flags: [String: ConfigContent], file: String?) async throws -> Settings {
        let given = flags.map { (AbsoluteConfigKey([$0.key]), ConfigValue($0.value, isSecret: false)) }
        var providers: [any ConfigProvider] = [
            InMemoryProvider(values: Dictionary(uniqueKeysWithValues: given)),
            EnvironmentVariablesProvider().prefixKeys(with: "plumbline"),
        ]
        if let file {
            try checkKeys(of: file)
            providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
        }
        var settings = Settings()
        for setting in ServerSetting.all { try setting.read(providers, &settings) }
        return settings
    }

    /// A misspelt key would silently do nothing.
    private static func checkKeys(of file: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else { throw SettingsFault.noFile(file) }
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw SettingsFault.notJSON(file)
        }
        for key in object.keys.sorted() where !ServerSetting.all.contains(where: { $0.key == key }) {
            throw SettingsFault.unknownKey(file, key)
        }
    }
}

/// Why the settings cannot be used.
package enum SettingsFault: Error, CustomStringConvertible {
    case noFile(String)
    case notJSON(String)
    case unknownKey(String, String)
    case outOfRange(String, String, String)
    case notA(String, String, any Error)
    case withoutTLS(String)
    case noPublicFolder(String)

    package var description: String {
        switch self {
        case .noFile(let file): "the configuration file \(file) cannot be read"
        case .notJSON(let file): "the configuration file \(file) is not a JSON object"
        case .unknownKey(let file, let key):
            "\(file): unknown key \"\(key)\"; there are \(ServerSetting.all.map(\.key).joined(separator: ", "))"
        case .outOfRange(let key, let range, let value): "\(key) is \(range), got \(value)"
        case .notA(let key, let type, let error): "\(key) is of the type \(type): \(error)"
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
