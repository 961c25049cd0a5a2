import ArgumentParser
import Backbones
import Datasets
import Files
import Foundation
import Recipes
import Tasks
import TrainingLogs
import Worker

/// `plumbline ingest`: parses one upload. Started by the service.
struct IngestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Parse one upload into a dataset folder (started by the service)."
    )

    @Option(help: "The uploaded file.")
    var upload: String
    @Option(help: "An existing, empty folder.")
    var output: String
    @Option(help: "How it is to be read: JSON.")
    var options: String

    func run() throws {
        let descriptor = try opened(upload)
        try Confinement.ingest(descriptor, writing: output).apply()
        ParentWatch.start()
        throw ExitCode(
            IngestChild.run(
                upload: descriptor,
                output: output,
                options: try JSON.raw(Array(options.utf8)).decode()
            )
        )
    }
}

/// `plumbline revise`: makes a version of a dataset with corrected labels. Started by the service.
struct ReviseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revise",
        abstract: "Apply corrected labels to a dataset folder (started by the service)."
    )

    @Option(help: "The CSV file of corrected labels.")
    var corrections: String
    @Option(help: "The dataset folder that is corrected.")
    var parent: String
    @Option(help: "An existing, empty folder.")
    var output: String

    func run() throws {
        let descriptor = try opened(corrections)
        // The parent is opened before the foreign file is read: from then on nothing else can be.
        let version = try DatasetVersion(parent: parent)
        try Confinement.ingest(descriptor, writing: output).apply()
        ParentWatch.start()
        throw ExitCode(IngestChild.run(version: version, corrections: descriptor, output: output))
    }
}

/// `plumbline import`: turns a training log that somebody sent into evidence. Started by the service.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Turn a training log into the evidence of members (started by the service)."
    )

    @Option(help: "The file of the log.")
    var upload: String
    @Option(help: "An existing, empty folder.")
    var output: String
    @Option(help: "Names the sending; part of each member's key.")
    var token: String
    @Option(help: "The dataset folder that the examples belong to; the log brings its own where missing.")
    var dataset: String?
    @Option(help: "presentation or evaluation: when training examples were observed.")
    var observe: Observation?
    @Option(help: "Neighbours that vote at each layer.")
    var k: Int?

    func run() throws {
        let descriptor = try opened(upload)
        // The dataset is read before the foreign file is: from then on nothing else can be opened.
        let target = try dataset.map { try LogTarget(directory: $0) }
        try Confinement.ingest(descriptor, writing: output).apply()
        ParentWatch.start()
        throw ExitCode(
            LogChild.run(
                upload: descriptor,
                output: output,
                token: token,
                target: target,
                options: LogOptions(observe: observe, k: k)
            )
        )
    }
}

/// `plumbline worker`: trains and probes one member. Started by the service.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Train and probe one ensemble member (started by the service)."
    )

    @Option(help: "The task folder with its spec.json.")
    var task: String
    @Option(help: "The checkpoint of an earlier attempt to go on from, where there is one.")
    var checkpoint: String?
    @Option(help: "Seconds of work between two checkpoints.")
    var checkpointSeconds = CheckpointSchedule.defaultSeconds
    @Option(help: "The epoch after which evidence of what was done so far is left in the task folder.")
    var previewEpoch: Int?

    func run() throws {
        let needs = try BackboneNeeds(task: TaskFolder(task))
        try Confinement.worker(writing: task, backbone: needs, checkpoint: checkpoint).apply()
        throw ExitCode(
            WorkerChild.run(
                task,
                checkpoint: checkpoint,
                checkpointSeconds: checkpointSeconds,
                previewEpoch: previewEpoch,
                works: Kind.all().flatMap(\.tasks)
            )
        )
    }
}

/// `plumbline calibrate`: measures what a member would cost. Started by the service for a dry run.
struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Measure what an ensemble member would cost (started by the service)."
    )

    @Option(help: "The task folder with its spec.json.")
    var task: String

    func run() throws {
        let needs = try BackboneNeeds(task: TaskFolder(task))
        try Confinement.worker(writing: task, backbone: needs).apply()
        ParentWatch.start()
        throw ExitCode(CalibrationTask.run(taskFolder: task))
    }
}

/// `plumbline measure`: in which of its ways this machine trains a network, or searches neighbours, fastest. Started by the service
/// the first time that a job needs to know.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Measure how this machine trains a network fastest (started by the service)."
    )

    /// Seconds after which it ends whatever it is at.
    private static let limit: UInt32 = 20

    @Option(help: "A network's name, or search.")
    var subject: String
    @Option(help: "Threads.")
    var threads = 1

    func run() throws {
        alarm(Self.limit)
        ParentWatch.start()
        throw ExitCode(PathMeasurement.run(subject, threads: threads))
    }
}

/// `plumbline inspect`: loads a pretrained network that somebody sent and says what it is. Started by the service.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Load a pretrained network and say what it is (started by the service)."
    )

    @Option(help: "The ONNX file.")
    var model: String
    @Option(help: "The library that runs it.")
    var library: String
    @Option(help: "An existing, empty folder.")
    var output: String
    @Option(help: "What its sender says of it: JSON.")
    var wishes: String

    func run() throws {
        let bytes = try Files.live.read(model)
        try Confinement.inspection(of: library, writing: output).apply()
        ParentWatch.start()
        do {
            let backbone = try BackboneInspection.describe(
                bytes,
                JSON.raw(Array(wishes.utf8)).decode(),
                sha256: SHA256Hasher.hash(bytes),
                library: library
            )
            ChildLine(.result, values: try JSON(encoding: backbone)).print()
        } catch let error as BackboneError {
            ChildLine(.failed, code: "BAD_BACKBONE", detail: error.detail).print()
            throw ExitCode(65)
        }
    }
}

/// `plumbline score`: reduces the evidence of members to columns. Started by the service.
struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Reduce the evidence of members to score columns (started by the service)."
    )

    @Option(help: "The specification file.")
    var spec: String

    func run() throws {
        let specification = try Files.live.read(spec)
        let header: ReductionHeader = try JSON.raw(specification).decode()
        try Confinement.score(writing: header.outputDirectory).apply()
        ParentWatch.start()
        do {
            guard let work = Kind.all().flatMap(\.reductions).first(where: { $0.name == header.reduction }) else {
                throw WorkerError.badSpec("there is no reduction called \(header.reduction)")
            }
            try work.reduce(specification)
        } catch {
            ChildLine(.failed, code: "REDUCTION_FAILED", detail: "\(error)").print()
            throw ExitCode(65)
        }
    }
}

/// A descriptor of a file that strangers wrote, opened before the process confines itself.
private func opened(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        throw ValidationError("cannot open \(path): \(String(cString: strerror(errno)))")
    }
    return descriptor
}

extension Observation: ExpressibleByArgument {}
