public import ArgumentParser
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
            CalibrateCommand.self, ThroughputCommand.self, ScoreCommand.self, ImportCommand.self, InspectCommand.self,
        ],
        defaultSubcommand: Serve.self
    )

    /// A command with what the command line says.
    public init() {}

    /// Runs the program with kinds of job beside its own. Call it once, first of all.
    public static func run(adding kinds: [Kind] = []) async {
        more.withLock { $0 = kinds }
        await main()
    }

    /// Kinds of job beside the program's own.
    static let more = Mutex<[Kind]>([])
}
