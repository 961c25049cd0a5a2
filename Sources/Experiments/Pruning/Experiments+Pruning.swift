import Arrays
import Datasets
import Foundation

extension Experiments {
    /// The kind of job that verifies a pruning.
    public static let pruningKind = "pruning"

    /// Labelled training examples of a data set: those that can be pruned.
    public static func candidates(labels: [Int32], split: [UInt8]) -> [Int] {
        labels.indices.filter { split[$0] == 0 && labels[$0] >= 0 }
    }

    /// A job that retrains on what a rule keeps of a data set, on as many examples by lot, and on all of them, with the
    /// training settings of the job whose scores choose.
    ///
    /// - Parameters:
    ///   - job: whose scores choose
    ///   - name: of the new job
    ///   - rule: how examples are chosen
    ///   - values: N scores of `rule.by`
    ///   - counts: how many of the candidates stay, one for each pair of sets
    ///   - runs: seeds: networks of each set
    ///   - key: the client's name for the request
    /// - Throws: `SettingsError` where there is nothing to train, or too much; `ExperimentError` where the queue or the
    ///   disk is full
    public func verify(
        _ job: JobSummary,
        name: String,
        rule: Pruning.Rule,
        values: [Float],
        counts: [Int],
        runs: Int,
        key: IdempotencyKey? = nil
    ) async throws -> JobSummary {
        guard let data = job.dataset.manifest, let first = job.settings else {
            throw ExperimentError.datasetNotReady(job.dataset.id, job.dataset.state, job.dataset.failure)
        }
        guard first.imported == nil else {
            throw Self.refused("/verify", "the job is of a training log, whose training cannot be repeated")
        }
        let home = library.path(of: data)
        let labels = try NPY.read(Int32.self, from: "\(home)/labels.npy").values
        let split = try NPY.read(UInt8.self, from: "\(home)/split.npy").values
        let duplicateOf = try NPY.read(Int32.self, from: "\(home)/duplicate_of.npy").values
        let candidates = Self.candidates(labels: labels, split: split)
        let pruning = PruningSettings(
            job: job.id,
            revision: job.revision,
            rule: rule,
            candidates: candidates.count,
            counts: counts,
            hasTestSplit: labels.indices.contains { split[$0] != 0 && labels[$0] >= 0 }
        )
        guard pruning.setsPerRun * runs <= 1_000 else {
            throw Self.refused("/runs", "at most 1000 members, got \(pruning.setsPerRun) sets x \(runs) runs")
        }
        guard pruning.hasTestSplit || candidates.count >= 2 * PruningSettings.folds else {
            throw Self.refused(
                "/verify",
                "\(candidates.count) labelled examples are too few to hold a fold of five out"
            )
        }
        var settings = first
        settings.ensemble = EnsembleSettings(plan: .selection, folds: pruning.setsPerRun, repeats: runs)
        // Only final predictions matter here.
        settings.probes = ProbeSettings(k: 0, neighbors: .exact)
        settings.pruning = pruning
        // What is kept is trained with the user's own labels, whatever the first job planted.
        settings.plant = nil
        let sets = (0..<runs).flatMap { run in
            // A run without test split judges by the fold that its networks hold out.
            let fold = SplitPlan(folds: PruningSettings.folds, seed: settings.training.seed)
                .heldOut(member: run, labels: labels, split: split, duplicateOf: duplicateOf)
            let rows = pruning.hasTestSplit ? candidates : candidates.filter { fold[$0] == 0 }
            let choice = Pruning(values: values, labels: labels, candidates: rows, rule: rule)
            let chosen = counts.flatMap { count in
                let part = max(1, Int((Double(count) * Double(rows.count) / Double(candidates.count)).rounded()))
                return [choice.kept(part), choice.random(part, run: run)]
            }
            return ([rows] + chosen).map { TrainSet($0, of: labels.count) }
        }
        let identity = try identity(of: data, settings: settings)
        let plans = try sets.enumerated().map { index, set in
            let plan = MemberPlan(
                engine: catalog.engine,
                threads: threadsPerWorker,
                data: identity,
                settings: settings,
                set: set,
                run: index / pruning.setsPerRun
            )
            return PlannedMember(
                key: try plan.probeKey(),
                plan: String(decoding: try CanonicalJSON.encode(plan), as: UTF8.self)
            )
        }
        return try await whole { [self, settings] in
            try await enqueue(settings, plans, kind: Self.pruningKind, name: name, job.dataset, key: key)
        }
    }

    private static func refused(_ pointer: String, _ detail: String) -> SettingsError {
        SettingsError(issues: [.init(pointer: pointer, detail: detail)])
    }
}
