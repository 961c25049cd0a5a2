import Arrays
import Datasets
import Difficulty
import EnsembleKind
import Experiments
import Files
import Foundation
import Recipes
import Tasks

/// Jobs of kind `pruning`: networks are trained on what a rule keeps of a dataset, on as many examples by lot, and on all of
/// them, with the training settings of the job whose scores choose; what is found is what pruning costs.
public struct PruningKind: JobKind {
    /// In `job.kind`.
    public static let name = "pruning"

    private let members: MemberTasks

    /// - Parameter members: how members are planned
    public init(_ members: MemberTasks) { self.members = members }

    /// That of all such jobs.
    public var name: String { Self.name }
    /// The dataset that is pruned.
    public let roles: [DatasetRole] = [.data]

    /// Refused: such a job begins with the scores of another one.
    public func draft(_ request: [UInt8], on data: JobData, in folder: DataFolder) throws -> JobDraft {
        throw SettingsError(
            "/kind",
            "a pruning is verified by POST /v1/jobs/{id}/subsets of the job whose scores choose"
        )
    }

    /// A job that verifies a pruning.
    ///
    /// - Parameters:
    ///   - job: whose scores choose
    ///   - first: its settings
    ///   - rule: how examples are chosen
    ///   - values: N scores of `rule.by`
    ///   - counts: how many of the candidates stay, one for each pair of sets
    ///   - runs: seeds: networks of each set
    ///   - data: the dataset
    /// - Throws: `SettingsError` where there is nothing to train, or too much
    func draft(
        _ job: JobSummary,
        _ first: DifficultySettings,
        rule: Pruning.Rule,
        values: [Float],
        counts: [Int],
        runs: Int,
        on data: ReadyDataset
    ) throws -> JobDraft {
        let labels = try NPY.read(Int32.self, from: "\(data.path)/labels.npy").values
        let split = try NPY.read(UInt8.self, from: "\(data.path)/split.npy").values
        let duplicateOf = try NPY.read(Int32.self, from: "\(data.path)/duplicate_of.npy").values
        let candidates = Pruning.candidates(labels: labels, split: split)
        let pruning = PruningSettings(
            job: job.id,
            revision: job.revision,
            rule: rule,
            candidates: candidates.count,
            counts: counts,
            hasTestSplit: labels.indices.contains { split[$0] != 0 && labels[$0] >= 0 }
        )
        guard pruning.setsPerRun * runs <= JobPlan.mostTasks else {
            throw SettingsError(
                "/runs",
                "at most \(JobPlan.mostTasks) members, got \(pruning.setsPerRun) sets x \(runs) runs"
            )
        }
        guard pruning.hasTestSplit || candidates.count >= 2 * PruningSettings.folds else {
            throw SettingsError(
                "/verify",
                "\(candidates.count) labelled examples are too few to hold a fold of five out"
            )
        }
        var settings = first
        settings.ensemble = EnsembleSettings(plan: .selection, parts: pruning.setsPerRun, rounds: runs)
        // Only final predictions matter here.
        settings.probes = ProbeSettings(k: 0, neighbors: .exact)
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
        let identity = try members.identity(of: data, backbone: settings.backbone)
        let tasks = try sets.enumerated().map { index, set in
            try DraftTask(
                MemberPlan(
                    engine: members.catalog.engine,
                    threads: members.threads,
                    data: identity,
                    settings: settings,
                    set: set,
                    run: index / pruning.setsPerRun
                )
            )
        }
        return JobDraft(
            settings: try CanonicalJSON.encode(PruningJobSettings(training: settings, pruning: pruning)),
            tasks: tasks
        )
    }

    /// The sets of all runs.
    public func plan(_ settings: [UInt8]) throws -> JobPlan {
        JobPlan(tasks: try PruningJobSettings(settings).training.ensemble.memberCount)
    }

    /// Labels, hold-out mask and specification.
    public func prepare(_ task: DraftTask, in folder: TaskFolder, on data: JobData, files: Files) throws -> TaskNeeds {
        try members.prepare(task, in: folder, on: data[.data], files: files)
    }

    /// Networks that did not learn, and what to try.
    public func failure(excluded: Int, of total: Int, settings: [UInt8]) -> Failure {
        DifficultyKind.diverged(
            excluded,
            of: total,
            learningRate: (try? PruningJobSettings(settings))?.training.training.learningRate
        )
    }

    /// Accuracies of all sets.
    public func reduction(_ job: JobEvidence, on data: JobData, files: Files) throws -> [UInt8] {
        let settings = try PruningJobSettings(job.settings)
        let data = try data[.data]
        return try CanonicalJSON.encode(
            PruningSpec(
                outputDirectory: job.output,
                datasetDirectory: data.path,
                numClasses: data.manifest.classes.count,
                members: job.tasks.map { .init(index: $0.index, directory: $0.folder) },
                membersTotal: settings.training.ensemble.memberCount,
                membersExcluded: job.excluded,
                runs: settings.training.ensemble.rounds,
                candidates: settings.pruning.candidates,
                counts: settings.pruning.counts,
                partial: !job.isFinal
            )
        )
    }

    /// That of an ensemble whose members hold out what the sets leave.
    public func footprint(_ settings: [UInt8], on data: JobData) throws -> Footprint {
        let settings = try PruningJobSettings(settings)
        return Footprint(
            settings.training,
            on: try data[.data].manifest,
            heldOut: settings.pruning.heldOutShare,
            probes: 0
        )
    }
}

extension Experiments {
    /// Submits a job that verifies a pruning; parameters as for `PruningKind.draft`.
    ///
    /// - Parameters:
    ///   - name: of the new job
    ///   - key: the client's name for the request
    /// - Throws: `SettingsError` where there is nothing to train, or too much; `ExperimentError` where the queue or the
    ///   disk is full
    package func verify(
        _ job: JobSummary,
        by kind: PruningKind,
        name: String,
        rule: Pruning.Rule,
        values: [Float],
        counts: [Int],
        runs: Int,
        key: IdempotencyKey? = nil
    ) async throws -> JobSummary {
        guard job.kind == DifficultyKind.name, let settings = try job.settings(as: DifficultySettings.self) else {
            throw SettingsError("/verify", "the job is of kind \(job.kind), whose training cannot be repeated")
        }
        let data = try job.data(in: folder)[.data]
        let draft = try await drafting {
            try kind.draft(job, settings, rule: rule, values: values, counts: counts, runs: runs, on: data)
        }
        let order = JobOrder(kind: kind.name, name: name, datasets: [.data: data.id], request: [])
        return try await submit(draft, as: order, key: key)
    }
}
