import ArgumentParser
import Backbones
import Compute
import EnsembleKind
import Experiments
import Files
import Foundation
import HTTPServer
import Logging
import Service
import ServiceLifecycle
import UnixSignals

/// `plumbline serve`.
package struct Serve: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Run the service.",
        discussion: """
            Prints "listening on http://HOST:PORT" once it answers. Flags win over environment variables (PLUMBLINE_HOST, \
            PLUMBLINE_DATA_DIR, ...), and those over the configuration file.
            """
    )

    @Option(help: "Address to listen on; one beyond loopback needs --behind-proxy, and requests an access token.")
    var host: String?
    @Option(help: "Port to listen on; 0 takes a free one.")
    var port: Int?
    @Option(help: "Folder that holds all data.")
    var dataDir: String?
    @Option(help: "Folder of the browser application.")
    var publicDir: String?
    @Option(help: "Folder of the pretrained networks and the library that runs them; without it there are none.")
    var modelsDir: String?
    @Option(help: "Members that train at once; by default the number of cores, divided by the threads of each.")
    var slots: Int?
    @Option(
        help:
            "Threads of each member's worker, 1 by default; 0 measures what is best. Other numbers give other bits."
    )
    var threads: Int?
    @Option(
        help: """
            How networks are trained: measured, the fastest way on this machine; fixed, by what the processor has; or by name, as \
            cnn=bf16,resnet20=f32_library,search=f32.
            """
    )
    var paths: String?
    @Option(help: "Seconds of work between two checkpoints of a member.")
    var checkpointSeconds: Double?
    @Option(help: "Jobs that may wait or run at a time.")
    var queueLimit: Int?
    @Option(help: "Days after which finished jobs are removed; 0 keeps them.")
    var retentionDays: Double?
    @Option(help: "Bytes of the disk that are kept free.")
    var minFreeBytes: Int?
    @Flag(help: "A proxy in front of the service does TLS. Requests then need an access token on any address.")
    var behindProxy = false
    @Option(help: "Configuration file (JSON).")
    var config: String?

    package init() {}

    package func run() async throws {
        do {
            try await serve(try await Settings.load(flags: ServerSetting.flags(of: self), file: config))
        } catch let error as any CustomStringConvertible & Error {
            FileHandle.standardError.write(Data("plumbline: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    /// The whole service on one screen: folder, children, routes, server, signals.
    private func serve(_ settings: Settings) async throws {
        let isLoopback = ListenAddress(host: settings.host, port: settings.port).isLoopback
        guard isLoopback || settings.behindProxy else { throw SettingsFault.withoutTLS(settings.host) }
        guard Files.live.exists("\(settings.publicDir)/index.html") else {
            throw SettingsFault.noPublicFolder(settings.publicDir)
        }
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        var logger = Logger(label: "plumbline")
        logger.logLevel = settings.logLevel

        let folder = try DataFolder(settings.dataDir, files: .live)
        if let word = Engine.processorWarning { logger.warning("\(word)") }
        let access = settings.behindProxy ? try Self.access(to: folder, logger: logger) : nil
        let launcher = LocalLauncher(executable: try Self.executable())
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let threads = try await Self.threads(settings, folder, cores: cores, launcher, logger)
        let models =
            (settings.modelsDir as NSString).isAbsolutePath
            ? settings.modelsDir : "\(FileManager.default.currentDirectoryPath)/\(settings.modelsDir)"
        let slots = settings.slots ?? max(1, cores / threads)
        let kinds = Kind.all(
            threads: threads,
            backbones: BackboneShelf(models: models, more: [folder.backbones]),
            machine: try MachineProfile(
                settings.paths,
                engine: ModelCatalog.trainable.engine,
                threads: threads,
                slots: slots,
                keptIn: folder
            )
        )
        let experiments = try Experiments(
            folder: folder,
            launcher: launcher,
            kinds: JobKinds(kinds.map(\.job)),
            slots: slots,
            checkpointSeconds: settings.checkpointSeconds,
            queueLimit: settings.queueLimit,
            retentionDays: settings.retentionDays > 0 ? settings.retentionDays : nil,
            minFreeBytes: UInt64(settings.minFreeBytes),
            logger: logger
        )
        var limits = API.Limits()
        limits.uploadBytes = settings.maxUploadBytes
        let api = API(
            experiments: experiments,
            views: JobViews(kinds.map(\.view)),
            limits: limits,
            access: access,
            version: Version.program,
            engine: ModelCatalog.trainable.engine,
            logger: logger
        )
        let server = HTTPServer(
            configuration: ServerConfiguration(
                host: settings.host,
                port: settings.port,
                allowedHosts: settings.allowedHosts,
                gatekeeper: access
            ),
            router: api.router(),
            staticFiles: StaticFiles(
                root: settings.publicDir,
                pages: [
                    "/jobs/{id}": "index.html", "/jobs/{id}/examples/{index}": "index.html",
                    "/datasets/{id}": "index.html", "/compare": "index.html", "/manual": "manual/index.html",
                ]
            ),
            logger: logger
        )
        try await ServiceGroup(
            services: [ServerLifetime(server: server, experiments: experiments, host: settings.host)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        ).run()
    }

    /// Who may use a service that others can reach. The first start makes a token and shows it on standard output, not
    /// in the log: logs are kept and shown around.
    private static func access(to folder: DataFolder, logger: Logger) throws -> AccessControl {
        let file = try AccessFile(in: folder.root, files: folder.files)
        if let token = try file.createFirstToken() {
            print("access token, shown only now: \(token)")
            fflush(nil)
        }
        // Without a proxy that does TLS there is no way here.
        return AccessControl(file: file, isSecure: true, logger: logger)
    }

    /// As many as were asked for, or those that are measured to be best.
    private static func threads(
        _ settings: Settings,
        _ folder: DataFolder,
        cores: Int,
        _ launcher: LocalLauncher,
        _ logger: Logger
    ) async throws -> Int {
        guard settings.threads == 0 else { return settings.threads }
        if let kept = try WorkerThreads.kept(in: folder, cores: cores) { return kept.threads }
        logger.info("measuring with how many threads workers train most")
        let choice = try await WorkerThreads.measure(for: folder, cores: cores, slots: settings.slots, by: launcher)
        logger.info("workers have the threads with which they train most", metadata: ["threads": "\(choice.threads)"])
        return choice.threads
    }

    /// The path of this program, for the children.
    private static func executable() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }
}

/// Ties the server and the children to the life of the process: on SIGTERM the server drains first, then the children
/// stop. It starts them too, so that nobody is told "listening" before the group takes signals.
private struct ServerLifetime: ServiceLifecycle.Service {
    let server: HTTPServer
    let experiments: Experiments
    let host: String

    func run() async throws {
        // Recovery first: it may not take what new requests start for what an earlier process left.
        try await experiments.start()
        try server.start()
        print("listening on http://\(ListenAddress(host: host, port: server.boundPort ?? 0))")
        fflush(nil)
        try await withGracefulShutdownHandler {
            try await server.run()
        } onGracefulShutdown: {
            Task { await server.shutdown() }
        }
        await experiments.stop()
    }
}
