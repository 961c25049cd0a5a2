import ArgumentParser

/// The program: the service and the children that it starts.
@main
struct Plumbline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plumbline",
        abstract: "Tells which examples of a labelled dataset are easy, hard, ambiguous or mislabelled.",
        version: Version.program,
        subcommands: [
            Serve.self, TokenCommand.self, IngestCommand.self, ReviseCommand.self, WorkerCommand.self,
            CalibrateCommand.self, ThroughputCommand.self, ScoreCommand.self, ImportCommand.self,
        ],
        defaultSubcommand: Serve.self
    )
}

enum Version {
    /// The program's version (semver.org).
    static let program = "0.1.0"
    /// The version of the training code: part of each member's key, to be raised with every change that can change a
    /// bit of its evidence.
    static let engine = 2
}
