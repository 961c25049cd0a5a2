import Backbones
import Compute
import Files
import Foundation
import Neighbors
import Recipes
import Tasks
import Training

/// `plumbline calibrate`: measures what a member costs by a little of each of its parts, with the worker's own code, and
/// says it on standard output. It leaves nothing behind.
public enum CalibrationTask {
    /// Runs the whole task and returns the exit code, as `WorkerChild` does.
    ///
    /// - Parameter taskFolder: with the `spec.json` of the member.
    public static func run(taskFolder: String) -> Int32 {
        do {
            let folder = TaskFolder(taskFolder)
            let spec = try JSONDecoder().decode(MemberSpec.self, from: Data(try Files.live.read(folder.specification)))
            try spec.validate()
            let data = try WorkerData(spec, folder: folder)
            let calibration = try measure(spec, data, taskFolder)
            ChildLine(.result, values: try JSON(encoding: calibration)).print()
            return EX_OK
        } catch {
            let failure = WorkerFailure(error)
            failure.line.print()
            return failure.exitCode
        }
    }

    private static func measure(_ spec: MemberSpec, _ data: WorkerData, _ folder: String) throws -> Calibration {
        if let embedding = spec.dataset.embedding,
            !EmbeddingRun(embedding, of: spec.dataset.directory, count: spec.dataset.numExamples).isDone
        {
            let sample = try EmbeddingSample(embedding, of: spec.dataset)
            var calibration = try Measurement(spec: spec, data: data, folder: folder, taps: sample.taps)
                .run(on: sample.examples)
            calibration.backboneSeconds = sample.seconds
            return calibration
        }
        let measurement = Measurement(spec: spec, data: data, folder: folder, taps: try data.taps(spec))
        return try data.withExamples(spec) { try measurement.run(on: $0) }
    }

    private struct Measurement {
        let spec: MemberSpec
        let data: WorkerData
        let folder: String
        /// Rows of the probes of a backbone.
        let taps: [TapRows]

        /// Code that is compiled on the way, buffers of output, the stack.
        private static let restBytes = 16 << 20
        /// Seconds of training that are measured, and steps before and in them.
        private static let trainingSeconds = 2.0
        private static let warmUpSteps = 1
        private static let fewestSteps = 2

        func run(on examples: some Examples) throws -> Calibration {
            let engine = try Engine(threads: spec.threads)
            let memory = residentBytes()
            // The member itself, as far as its first step.
            let whole = try spec.trainer(engine, labels: data.labels, heldOut: data.heldOut)
            let startSeconds = ProcessorClock.seconds()
            let weights = try whole.model.weights().reduce(0) { $0 + $1.values.count }

            let sample = CalibrationSample(
                train: whole.trainRows,
                heldOut: whole.heldOutRows,
                batch: min(spec.training.batchSize, whole.trainRows.count),
                forward: whole.model.multiplicationsPerExample,
                widths: whole.model.probeWidths
            )
            let labels = sample.rows.map { data.labels[$0] }
            var trainer = try spec.trainer(
                engine,
                labels: labels,
                heldOut: sample.rows.indices.map { $0 >= sample.trained }
            )
            let sampled = SampledExamples(examples, rows: sample.rows)
            let training = try train(&trainer, on: sampled)
            return Calibration(
                trainExamples: whole.trainRows.count,
                heldOutExamples: whole.heldOutRows.count,
                startSeconds: startSeconds,
                trainSeconds: training.perExample,
                evaluateSeconds: training.perEvaluation,
                fileSeconds: try fileSeconds(),
                steps: training.steps,
                probes: try probe(trainer, engine, on: sampled, labels: labels),
                probePasses: hasProbes
                    ? Probing.passes(of: whole.model, rows: data.labels.count, isCollected: true) : 0,
                multiplications: whole.model.multiplicationsPerExample,
                probeWidth: hasProbes ? whole.model.probeWidths.reduce(0, +) + tapWidth : 0,
                probeCount: hasProbes ? whole.model.probeWidths.count + max(0, taps.count - 1) : 0,
                snapshots: whole.dynamics.snapshotEpochs.count,
                weights: weights,
                memoryBytes: memory + memoryBytes(of: whole)
            )
        }

        /// What the taps have beyond the network's own input.
        private var tapWidth: Int { taps.dropLast().reduce(0) { $0 + $1.width } }

        /// Jobs may do without, and some plans have none.
        private var hasProbes: Bool { spec.probes.k > 0 }

        /// Ends a run between two steps.
        private struct Enough: Error {}

        /// Processor time of a run by what it went to.
        private struct Spent {
            var training = 0.0
            var evaluation = 0.0
        }

        /// Goes on with a run until there is enough of it, or to its end.
        private func run(
            _ trainer: inout Trainer,
            on examples: some Examples,
            until isEnough: (Trainer, Spent) -> Bool
        ) throws -> Spent {
            var (spent, step, last) = (Spent(), trainer.step, ProcessorClock.seconds())
            do {
                try trainer.run(
                    on: examples,
                    pause: { trainer in
                        // After an update, or after a forward pass of an evaluation.
                        let now = ProcessorClock.seconds()
                        let isUpdate = trainer.step > step
                        if isUpdate { spent.training += now - last } else { spent.evaluation += now - last }
                        (step, last) = (trainer.step, now)
                        // An evaluation that is broken off would not be counted.
                        if isUpdate, isEnough(trainer, spent) { throw Enough() }
                    }
                )
            } catch is Enough {}
            return spent
        }

        /// The first steps, which touch memory and fill caches, do not count.
        private func train(
            _ trainer: inout Trainer,
            on examples: some Examples
        ) throws -> (perExample: Double, perEvaluation: Double, steps: Int) {
            let batch = min(spec.training.batchSize, trainer.trainRows.count)
            func trained(_ step: Int) -> Int {
                step / trainer.stepsPerEpoch * trainer.trainRows.count
                    + min(step % trainer.stepsPerEpoch * batch, trainer.trainRows.count)
            }
            var spent = try run(&trainer, on: examples) { trainer, _ in trainer.step >= Self.warmUpSteps }
            var warm = 0
            // A run that has ended already is measured as it is.
            if trainer.dynamics.summaries.count < spec.training.epochs, trainer.dynamics.failure == nil {
                warm = trainer.step
                let rest = try run(&trainer, on: examples) { trainer, spent in
                    trainer.step >= warm + Self.fewestSteps && spent.training >= Self.trainingSeconds
                }
                spent = Spent(training: rest.training, evaluation: spent.evaluation + rest.evaluation)
            }
            let epochs = trainer.dynamics.summaries.count
            let all = trainer.trainRows.count + trainer.heldOutRows.count
            let perEpoch = trainer.heldOutRows.count + (spec.observe == .evaluation ? trainer.trainRows.count : 0)
            let evaluated = (epochs == spec.training.epochs ? 2 : 1) * all + epochs * perEpoch
            return (
                spent.training / Double(max(1, trained(trainer.step) - trained(warm))),
                spent.evaluation / Double(max(1, evaluated)),
                trainer.step - warm
            )
        }

        private func probe(
            _ trainer: Trainer,
            _ engine: Engine,
            on examples: some Examples,
            labels: [Int]
        ) throws -> Calibration.ProbeSample {
            let rows = trainer.trainRows + trainer.heldOutRows
            var watch = Stopwatch(ProcessorClock.seconds)
            if hasProbes {
                var collected: SharedActivations?
                _ = try Probing(trainer, engine: engine, labels: labels, spec: spec, taps: taps)
                    .run(on: examples, collected: &collected, watch: &watch) { _ in }
            }
            return Calibration.ProbeSample(
                rows: rows.count,
                references: trainer.trainRows.count,
                passes: Probing.passes(of: trainer.model, rows: rows.count, isCollected: false),
                embedSeconds: watch.seconds["embed"] ?? 0,
                searchSeconds: watch.seconds["knn"] ?? 0
            )
        }

        /// A small file, made durable as evidence is: the quickest of a few, since other work may delay any of them.
        private func fileSeconds() throws -> Double {
            let clock = ContinuousClock()
            let bytes = [UInt8](repeating: 0, count: 64 << 10)
            return try (0..<5).map { number in
                let start = clock.now
                try Files.live.write(bytes, to: "\(folder)/durable-\(number)")
                return (clock.now - start) / .seconds(1)
            }.min() ?? 0
        }

        /// What a worker takes beyond an empty engine: the network, what it observes, the data, and the activations of
        /// the probes that are searched together.
        private func memoryBytes(of trainer: Trainer) -> Int {
            let dynamics = trainer.dynamics
            let observed =
                dynamics.predicted.count * 18 + 4 * (dynamics.finalLogits.count + dynamics.heldOutLogits.count)
            let element = spec.dataset.kind == .images ? 1 : 4
            let examples = spec.dataset.shape.reduce(data.labels.count * element, *)
            return trainer.model.byteCount + observed + examples + Self.restBytes
                + (hasProbes ? probeBytes(of: trainer) : 0)
        }

        private func probeBytes(of trainer: Trainer) -> Int {
            Probing.largestBytes(
                of: trainer.model,
                rows: data.labels.count,
                k: max(spec.probes.k, ProbeEvidence.keptNeighbors)
            )
        }

        /// Resident bytes of this process (proc(5): the second number, in pages).
        private func residentBytes() -> Int {
            let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
            let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            return pages * Int(getpagesize())
        }
    }
}

/// Time that this process has had of the processors.
enum ProcessorClock {
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
