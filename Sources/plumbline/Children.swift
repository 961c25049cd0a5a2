import ArgumentParser
import Datasets
import Difficulty
import Files
import Foundation
import TrainingLogs

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
    @Option(help: "Name of the format; the content decides where missing.")
    var format: String?
    @Option(help: "Array or column that holds the labels.")
    var label: String?
    @Option(help: "Array or column that holds the ids.")
    var id: String?
    @Option(help: "classification, where a label column of many distinct numbers is meant to be classes.")
    var task: String?
    @Option(help: "Name of the uploaded file as its sender gave it.")
    var fileName: String?
    @Option(help: "Path in the uploaded ZIP of an NPY with one row of features an example.")
    var features: String?
    @Option(help: "Pixels of the longer side that larger pictures are reduced to, 8 to 64.")
    var imageSize: Int?

    func run() throws {
        ParentWatch.start()
        let descriptor = try opened(upload)
        try Confinement.ingest(writing: output).apply()
        throw ExitCode(
            IngestChild.run(
                upload: descriptor,
                output: output,
                options: IngestOptions(
                    format: format,
                    label: label,
                    id: id,
                    task: task,
                    fileName: fileName,
                    features: features,
                    imageSize: imageSize
                )
            )
        )
    }
}

/// `plumbline revise`: makes a version of a data set with corrected labels. Started by the service.
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
        ParentWatch.start()
        let descriptor = try opened(corrections)
        // The parent is opened before the foreign file is read: from then on nothing else can be.
        let version = try DatasetVersion(parent: parent)
        try Confinement.ingest(writing: output).apply()
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
    var observe: String?
    @Option(help: "Neighbours that vote at each layer.")
    var k: Int?

    func run() throws {
        ParentWatch.start()
        let descriptor = try opened(upload)
        // The data set is read before the foreign file is: from then on nothing else can be opened.
        let target = try dataset.map { try LogTarget(directory: $0) }
        try Confinement.ingest(writing: output).apply()
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

    func run() throws {
        try Confinement.worker(writing: task).apply()
        throw ExitCode(
            WorkerTask.run(taskFolder: task, checkpoint: checkpoint, checkpointSeconds: checkpointSeconds)
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
        ParentWatch.start()
        try Confinement.worker(writing: task).apply()
        throw ExitCode(CalibrationTask.run(taskFolder: task))
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
        ParentWatch.start()
        let request = try JSONDecoder().decode(ScoreSpec.self, from: Data(try Files.live.read(spec)))
        try Confinement.score(writing: request.outputDirectory).apply()
        do {
            if request.pruning != nil {
                try PruningRun.run(request)
            } else {
                try ScoreRun.run(request)
            }
        } catch {
            let message = try JSONEncoder().encode(["t": "failed", "code": "REDUCTION_FAILED", "detail": "\(error)"])
            FileHandle.standardOutput.write(message + Data("\n".utf8))
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

/// Sees when the standard input of this process ends: the parent is gone, and nobody waits for the result.
enum ParentWatch {
    /// - Parameter ended: what to do then, on a thread of its own; ends the process by default.
    static func start(_ ended: @escaping @Sendable () -> Void = { _exit(75) }) {
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { return ended() }
            }
        }
    }
}
