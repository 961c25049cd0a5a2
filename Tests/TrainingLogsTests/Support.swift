import Arrays
import Datasets
import Difficulty
import Files
import Foundation
import TestSupport
import Testing
import TrainingLogs

/// A temporary folder, removed with the object, and imports into it.
final class Workshop {
    // An import syncs every array.
    private let home = TemporaryFolder(inMemory: true)
    var folder: String { home.path }

    /// Imports a log.
    func read(
        _ log: [UInt8],
        target: LogTarget? = nil,
        options: LogOptions = LogOptions()
    ) throws -> Imported {
        let name = UUID().uuidString
        try Files.live.write(log, to: "\(folder)/\(name).log")
        let output = "\(folder)/\(name)"
        try Files.live.createDirectory(output)
        let descriptor = open("\(folder)/\(name).log", O_RDONLY)
        precondition(descriptor >= 0)
        defer { close(descriptor) }
        let evidence = try LogImport.run(
            upload: descriptor,
            output: output,
            token: "test",
            target: target,
            options: options
        )
        return Imported(workshop: self, output: output, evidence: evidence)
    }

    /// What an import of this log throws.
    func refusal(_ log: [UInt8], target: LogTarget? = nil, options: LogOptions = LogOptions()) throws -> String {
        do {
            _ = try read(log, target: target, options: options)
        } catch let error as LogError {
            return error.description
        } catch IngestError.tableRow(let place, let expected, let got) {
            return LogError(place, expected: expected, got: got).description
        }
        Issue.record("the log was taken")
        return ""
    }
}

/// What an import left on the disk.
struct Imported {
    /// Keeps the folder.
    let workshop: Workshop
    let output: String
    let evidence: ImportedEvidence

    func member(_ index: Int = 0) -> String {
        "\(output)/\(ImportedEvidence.membersFolder)/\(ImportedEvidence.folder(ofMember: index))"
    }

    func floats(_ name: String, member index: Int = 0) throws -> [Float] {
        try MappedArray<Float>(path: "\(member(index))/\(name).npy").array().values
    }

    func integers(_ name: String, member index: Int = 0) throws -> [Int] {
        try NPY.read(Int64.self, from: "\(member(index))/\(name).npy").values.map(Int.init)
    }

    func has(_ name: String, member index: Int = 0) -> Bool {
        Files.live.exists("\(member(index))/\(name).npy")
    }

    /// The examples as a dataset of their own.
    func dataset() throws -> Dataset { try Dataset(directory: "\(output)/\(ImportedEvidence.datasetFolder)") }

    /// Reduces the evidence as `plumbline score` does.
    func scores(dataset: String? = nil) throws -> Scores {
        let data = dataset ?? "\(output)/\(ImportedEvidence.datasetFolder)"
        let columns = "\(output)/columns"
        let summary = try ScoreRun.run(
            ScoreSpec(
                datasetDirectory: data,
                labels: "\(data)/labels.npy",
                outputDirectory: columns,
                members: (0..<evidence.folds * evidence.repeats).map { .init(index: $0, directory: member($0)) },
                membersTotal: evidence.folds * evidence.repeats,
                parts: evidence.folds,
                rounds: evidence.repeats,
                k: evidence.k,
                seed: 0,
                epochs: evidence.epochs,
                numClasses: evidence.classes
            )
        )
        return Scores(imported: self, folder: columns, summary: summary)
    }
}

struct Scores {
    let imported: Imported
    let folder: String
    let summary: ScoreSummary

    func column(_ name: String) throws -> [Float] { try NPY.read(Float.self, from: "\(folder)/\(name).npy").values }
    var missing: Set<String> { Set(summary.notComputed.map(\.score)) }
}

/// An NPZ archive in the making.
struct Log {
    private var members: [(String, [UInt8])] = []

    /// Adds an array.
    func with<Element: ArrayElement>(_ name: String, _ shape: [Int], _ values: [Element]) -> Log {
        with(name, npy: NPY.encode(NDArray(shape: shape, values: values)))
    }

    func with(_ name: String, strings: [String]) -> Log { with(name, npy: NPY.encode(strings: strings)) }

    func with(_ name: String, npy: [UInt8]) -> Log {
        var log = self
        log.members.append(("\(name).npy", npy))
        return log
    }

    var bytes: [UInt8] { get throws { try zip(members) } }
}

/// A ZIP of files, each under its name.
func zip(_ files: [(String, [UInt8])]) throws -> [UInt8] {
    var writer = ZipStreamWriter()
    var bytes: [UInt8] = []
    for (name, content) in files {
        bytes += writer.begin(name)
        writer.add(content)
        bytes += content
        bytes += writer.end()
    }
    return bytes + writer.finish()
}

/// Every line of JSON, as a file.
func lines(_ texts: [String]) -> [UInt8] { Array(texts.map { $0 + "\n" }.joined().utf8) }

/// Whether numbers are equal up to the rounding of float32.
func expectNear(_ values: [Float], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation) {
    let isNear = values.count == expected.count && zip(values, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 }
    #expect(isNear, "\(values), expected \(expected)", sourceLocation: sourceLocation)
}
