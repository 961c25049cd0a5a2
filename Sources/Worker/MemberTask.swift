import Arrays
import Backbones
import Compute
import Files
import Foundation
import Neighbors
import Recipes
import Tasks
import Training

/// Trains one member, probes it and leaves its evidence in the task folder.
///
/// The evidence is a pure function of `spec.json` and the files it names: only the manifest, written last, holds times
/// besides.
public struct MemberTask: TaskWork {
    /// That of `MemberSpec`.
    public let name = MemberSpec.task

    /// One for all members.
    public init() {}

    /// Runs the whole task.
    public func run(_ attempt: TaskAttempt) throws {
        try MemberRun(attempt).run()
    }
}

/// The member, from specification to manifest.
private struct MemberRun {
    let attempt: TaskAttempt
    let specification: [UInt8]
    let spec: MemberSpec

    init(_ attempt: TaskAttempt) throws {
        self.attempt = attempt
        specification = try Files.live.read(attempt.folder.specification)
        spec = try JSONDecoder().decode(MemberSpec.self, from: Data(specification))
        try spec.validate()
    }

    func run() throws {
        var watch = Stopwatch()
        let data = try WorkerData(spec, folder: attempt.folder)
        var evidence = EvidenceFolder(attempt.folder.path, files: .live)
        try evidence.adopt(TaskFolder.heldOutName, from: data.heldOutPath)
        if let path = data.ownLabelsPath { try evidence.adopt(TaskFolder.labelsName, from: path) }
        let engine = try Engine(threads: spec.threads)
        watch.lap("load")
        if let embedding = spec.dataset.embedding {
            var output = WorkerOutput(epochs: spec.training.epochs)
            try EmbeddingRun(embedding, of: spec.dataset.directory, count: spec.dataset.numExamples)
                .run(overdue: WorkerFailure.overdue(embedding.backbone)) { output.embedding(fraction: $0) }
            watch.lap("backbone")
        }

        try data.withExamples(spec) { try trainAndProbe($0, data, engine, &evidence, &watch) }
    }

    private func trainAndProbe(
        _ examples: some Examples,
        _ data: WorkerData,
        _ engine: Engine,
        _ evidence: inout EvidenceFolder,
        _ watch: inout Stopwatch
    ) throws {
        var trainer = try spec.trainer(engine, labels: data.labels, heldOut: data.heldOut)
        let work = WorkEstimate(trainer, spec: spec)
        var output = WorkerOutput(epochs: spec.training.epochs)

        var checkpoints = MemberCheckpoints(
            key: spec.key,
            folder: attempt.folder.path,
            earlier: attempt.checkpoint,
            interval: attempt.checkpointSeconds,
            files: .live
        ) { $0.print() }

        let probing =
            spec.probes.k > 0
            ? Probing(trainer, engine: engine, labels: data.labels, spec: spec, taps: try data.taps(spec)) : nil
        var collected: SharedActivations?

        attempt.stop.beginTraining()
        checkpoints.resume(&trainer)
        try trainer.run(on: examples) {
            collected = try probing?.lastActivations()
            return collected?.collection
        } afterEpoch: {
            try preview(&$0, on: examples, data) {
                try checkpoints.pause($0, isStopping: attempt.stop.isRequested)
            }
        } progress: { progress in
            output.training(progress, fraction: progress.fraction * work.trainingShare)
        } pause: {
            try checkpoints.pause($0, isStopping: attempt.stop.isRequested)
        }
        if trainer.dynamics.failure == nil { checkpoints.finish(trainer) }
        attempt.stop.endTraining()
        watch.add("train", trainer.seconds.train)
        watch.add("evaluate", trainer.seconds.evaluate)
        watch.add("checkpoint", checkpoints.seconds)

        var agreements: [MemberManifest.ProbeAgreement] = []
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
                agreements = MemberManifest.ProbeAgreement.list(probes)
            }
        }
        try evidence.finish(
            MemberManifest(
                key: spec.key,
                files: evidence.digests,
                probeNames: spec.dataset.embedding?.backbone.probeNames(before: trainer.model.probeNames)
                    ?? trainer.model.probeNames,
                baselineProbe: spec.dataset.embedding.map { $0.backbone.probes.count - 1 },
                k: spec.probes.k,
                projected: agreements.isEmpty ? nil : agreements,
                result: MemberResult(trainer.dynamics, seconds: watch.seconds)
            ),
            specification: specification
        )
    }

    /// Seconds of training before a preview is worth its forward pass and its files: what is over sooner needs none.
    private static let previewSeconds = 2.0

    /// Leaves evidence of the epochs so far, where that is wanted. What goes wrong with it is said, and never ends the member.
    private func preview(
        _ trainer: inout Trainer,
        on examples: some Examples,
        _ data: WorkerData,
        pause: (Trainer) throws -> Void
    ) throws {
        guard attempt.previewEpoch == trainer.dynamics.summaries.count,
            trainer.seconds.train + trainer.seconds.evaluate >= Self.previewSeconds
        else { return }
        let dynamics = try trainer.preview(on: examples, pause: pause)
        do {
            try Files.live.removeTree(attempt.folder.preview)
            try Files.live.createDirectory(attempt.folder.preview)
            var evidence = EvidenceFolder(attempt.folder.preview, files: .live)
            try evidence.adopt(TaskFolder.heldOutName, from: data.heldOutPath)
            if let path = data.ownLabelsPath { try evidence.adopt(TaskFolder.labelsName, from: path) }
            try evidence.write(dynamics, heldOut: trainer.heldOutRows.count)
            try evidence.finish(
                MemberManifest(
                    key: spec.key,
                    files: evidence.digests,
                    probeNames: trainer.model.probeNames,
                    k: 0,
                    result: MemberResult(dynamics, seconds: [:])
                ),
                specification: specification
            )
            ChildLine(.preview).print()
        } catch {
            ChildLine(.note, detail: "could not leave a preview, training goes on without: \(error)").print()
        }
    }

    private func margins(of model: Model, on examples: some Examples, _ mode: InputMarginMode) throws -> [Float] {
        var margins = [Float](repeating: .infinity, count: spec.dataset.numExamples)
        let others = mode == .all ? spec.dataset.numClasses - 1 : 1
        try model.inputMargins(examples, rows: Array(margins.indices), classes: others) { margins[$0] = $1 }
        return margins
    }
}
