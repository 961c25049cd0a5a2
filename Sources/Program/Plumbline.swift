public import ArgumentParser
import Dispatch
import Synchronization

/// The program: the service and the children that it starts.
public struct Plumbline: AsyncParsableCommand {
    /// Its subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "plumbline",
        abstract: "Tells which examples of a labelled dataset are easy, hard, ambiguous or mislabelled.",
        version: Version.program,
        subcommands: [
            Serve.self, TokenCommand.self, IngestCommand.self, ReviseCommand.self, WorkerCommand.self,
            CalibrateCommand.self, ThroughputCommand.self, MeasureCommand.self, DoctorCommand.self, ScoreCommand.self,
            ImportCommand.self, InspectCommand.self,
        ],
        defaultSubcommand: Serve.self
    )

    /// A command with what the command line says.
    public init() {}

    /// Runs the program with kinds of job beside its own. Call it first of all, on the main thread.
    ///
    /// Children run to their end on that thread, so that they can confine themselves while it is the only one: Landlock
    /// restricts the thread that asks and those that it starts, and an asynchronous `main` runs elsewhere on Linux.
    public static func run(adding kinds: [Kind] = []) -> Never {
        more.withLock { $0 = kinds }
        do {
            var command = try parseAsRoot()
            guard let service = command as? any AsyncParsableCommand else {
                try command.run()
                exit()
            }
            Task {
                var service = service
                do {
                    try await service.run()
                    exit()
                } catch {
                    exit(withError: error)
                }
            }
        } catch {
            exit(withError: error)
        }
        dispatchMain()
    }

    /// Kinds of job beside the program's own.
    static let more = Mutex<[Kind]>([])
}
