import Arrays
import Compute
import Files
import Foundation
import Neighbors
import Training

import enum Experiments.InputMarginMode

/// `plumbline worker`: trains one member, probes it and leaves its evidence in the task folder.
///
/// The evidence is a pure function of `spec.json` and the files it names: only the manifest, written last, holds
/// times besides.
enum WorkerTask {
    /// Runs the whole task and returns the exit code (sysexits.h): 0 done, 65 the specification or the data are at
    /// fault, 75 another try may help.
    ///
    /// - Parameters:
    ///   - taskFolder: with its `spec.json`.
    ///   - checkpoint: that of an earlier attempt; the file need not exist.
    ///   - checkpointSeconds: seconds of work between two checkpoints.
    static func run(taskFolder: String, checkpoint: String?, checkpointSeconds: Double) -> Int32 {
        let stop = StopRequest()
        let signals = stop.listen()
        defer { withExtendedLifetime(signals) {} }
        do {
            let member = try Member(
                taskFolder: taskFolder,
                checkpoint: checkpoint,
                checkpointSeconds: checkpointSeconds,
                stop: stop
            )
            try member.run()
            return EX_OK
        } catch {
            let failure = WorkerFailure(error)
            WorkerOutput.write(failure)
            return failure.exitCode
        }
    }

    /// The member, from specification to manifest.
    private struct Member {
        let folder: String
        let specification: [UInt8]
        let spec: WorkerSpec
        let earlierCheckpoint: String?
        let checkpointSeconds: Double
        let stop: StopRequest

        init(taskFolder: String, checkpoint: String?, checkpointSeconds: Double, stop: StopRequest) throws {
            folder = taskFolder
            earlierCheckpoint = checkpoint
            self.checkpointSeconds = checkpointSeconds
            self.stop = stop
            specification = try Files.live.read("\(taskFolder)/spec.json")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            spec = try decoder.decode(WorkerSpec.self, from: Data(specification))
            try spec.validate()
        }

        func run() throws {
            var watch = Stopwatch()
            let data = try WorkerData(spec, taskFolder: folder)
            var evidence = EvidenceFolder(folder, files: .live)
            try evidence.adopt("held_out.npy", from: data.heldOutPath)
            if let path = data.ownLabelsPath { try evidence.adopt("labels.npy", from: path) }
            let engine = try Engine(threads: spec.threads)
            watch.lap("load")

            try data.withExamples(spec) { try trainAndProbe($0, data, engine, &evidence, &watch) }
        }

        private func trainAndProbe(
            _ examples: some Examples,
            _ data: WorkerData,
            _ engine: Engine,
            _ evidence: inout EvidenceFolder,
            _ watch: inout Stopwatch
        ) throws {
            var trainer = try Trainer(
                engine,
                network: spec.network,
                shape: spec.inputShape,
                classes: spec.dataset.numClasses,
                options: try spec.networkOptions,
                labels: data.labels,
                heldOut: data.heldOut,
                settings: spec.settings
            )
            let work = WorkEstimate(trainer, spec: spec)
            var output = WorkerOutput(epochs: spec.training.epochs)

            var checkpoints = MemberCheckpoints(
                key: spec.key,
                folder: folder,
                earlier: earlierCheckpoint,
                interval: checkpointSeconds,
                files: .live
            ) { WorkerOutput.write($0) }

            let probing =
                spec.probes.k > 0 ? Probing(trainer, engine: engine, labels: data.labels, spec: spec) : nil
            var collected: SharedActivations?

            stop.beginTraining()
            checkpoints.resume(&trainer)
            try trainer.run(on: examples) {
                collected = try probing?.lastActivations()
                return collected?.collection
            } progress: { progress in
                output.training(progress, fraction: progress.fraction * work.trainingShare)
            } pause: {
                try checkpoints.pause($0, isStopping: stop.isRequested)
            }
            if trainer.dynamics.failure == nil { checkpoints.finish(trainer) }
            stop.endTraining()
            watch.add("train", trainer.seconds.train)
            watch.add("evaluate", trainer.seconds.evaluate)
            watch.add("checkpoint", checkpoints.seconds)

            var agreements: [ProbeAgreement] = []
            if trainer.dynamics.failure == nil {
                try evidence.write(trainer.dynamics, heldOut: trainer.heldOutRows.count)
                try evidence.write(trainer.model.weights())
                if let mode = spec.probes.inputMargin {
                    watch.restart()
                    try evidence.write(inputMargins: margins(of: trainer.model, on: examples, mode))
                    watch.lap("margins")
                }
                if let probing {
                    let probes = try probing.run(on: examples, collected: &collected, watch: &watch) {
                        output.probing(fraction: work.trainingShare + $0 * (1 - work.trainingShare))
                    }
                    try evidence.write(probes)
                    agreements = ProbeAgreement.list(probes)
                }
            }
            try evidence.finish(
                WorkerManifest(
                    key: spec.key,
                    files: evidence.digests,
                    probeNames: trainer.model.probeNames,
                    k: spec.probes.k,
                    projected: agreements.isEmpty ? nil : agreements,
                    result: MemberResult(trainer.dynamics, seconds: watch.seconds)
                ),
                specification: specification
            )
        }

        private func margins(of model: Model, on examples: some Examples, _ mode: InputMarginMode) throws -> [Float] {
            var margins = [Float](repeating: .infinity, count: spec.dataset.numExamples)
            let others = mode == .all ? spec.dataset.numClasses - 1 : 1
            try model.inputMargins(examples, rows: Array(margins.indices), classes: others) { margins[$0] = $1 }
            return margins
        }
    }
}

/// Seconds by phase.
struct Stopwatch {
    private(set) var seconds: [String: Double] = [:]
    private let now: () -> Double
    private var start: Double

    /// - Parameter now: the time in seconds from some moment on.
    init(_ now: @escaping () -> Double = Stopwatch.wallClock()) {
        self.now = now
        start = now()
    }

    mutating func lap(_ phase: String) {
        let end = now()
        add(phase, end - start)
        start = end
    }

    /// Begins a phase that `lap` will end.
    mutating func restart() {
        start = now()
    }

    mutating func add(_ phase: String, _ elapsed: Double) {
        seconds[phase, default: 0] += elapsed
    }

    static func wallClock() -> () -> Double {
        let clock = ContinuousClock()
        let origin = clock.now
        return { (clock.now - origin) / .seconds(1) }
    }
}

/// How the work divides, for an honest progress bar: counted in multiplications.
struct WorkEstimate {
    /// Share of training, evaluation included; probes are the rest.
    let trainingShare: Double

    init(_ trainer: Trainer, spec: WorkerSpec) {
        let forward = Double(trainer.model.multiplicationsPerExample)
        let train = Double(trainer.trainRows.count)
        let heldOut = Double(trainer.heldOutRows.count)
        // Where rows are long and many, bounds spare about four fifths of a search.
        let widths = trainer.model.probeWidths.reduce(0.0) {
            $0 + Double($1) * ($1 >= 384 && trainer.trainRows.count >= 1000 ? 0.2 : 1)
        }
        // Forward and twice that backward; each pair of references is compared once.
        let training = Double(spec.training.epochs) * forward * (3 * train + heldOut)
        let probing = spec.probes.k > 0 ? train * (train / 2 + heldOut) * widths : 0
        trainingShare = training / (training + probing)
    }
}
