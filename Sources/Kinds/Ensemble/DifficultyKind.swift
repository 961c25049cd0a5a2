import Arrays
import Datasets
import Difficulty
import Experiments
import Files
import Foundation
import Recipes
import Service
import Tasks

/// Jobs of kind `difficulty`: an ensemble of networks is trained on one dataset, and its evidence reduced to scores of every
/// example.
public struct DifficultyKind: JobKind {
    /// In `job.kind` and in requests.
    public static let name = "difficulty"

    /// How members are planned and prepared.
    public let members: MemberTasks

    /// - Parameter members: how members are planned and prepared
    public init(_ members: MemberTasks) { self.members = members }

    /// That of all such jobs.
    public var name: String { Self.name }
    /// The dataset whose examples are scored.
    public let roles: [DatasetRole] = [.data]

    /// Whether there is such a network: the one thing that can be judged without the data.
    public func check(_ request: [UInt8]) throws {
        let request = try DifficultyRequest(request)
        guard let name = request.model, name != "auto", members.catalog.entry(named: name) == nil else { return }
        let known = members.catalog.entries.map(\.name).joined(separator: ", ")
        throw SettingsError("/model", "unknown model \"\(name)\"; there are auto, \(known)")
    }

    /// Which way of training, and of searching neighbours, is the fastest here.
    public var machine: MachineProfile? { members.catalog.machine }

    /// The network, where it can be trained in several ways and none is asked for; the search, where there are probes.
    public func subjects(of request: [UInt8], on data: JobData) -> [String] {
        // What is wrong is said by the draft.
        guard let request = try? DifficultyRequest(request), let data = try? data[.data],
            let settings = try? DifficultySettings.resolve(request, for: data.manifest, catalog: members.catalog)
        else { return [] }
        let catalog = members.catalog
        let isOpen = request.training.precision == nil || request.training.convolution == nil
        let ways = catalog.paths(of: settings.model, on: settings.backbone.map { [$0.width] } ?? data.manifest.shape)
        return (isOpen && ways.count > 1 ? [settings.model.name] : [])
            + (settings.probes.k > 0 && catalog.precisions.count > 1 ? [MachineRates.search] : [])
    }

    /// Fills the request in with the defaults for the data, and plans the members.
    public func draft(_ request: [UInt8], on data: JobData, in folder: DataFolder) throws -> JobDraft {
        let data = try data[.data]
        return try draft(
            DifficultySettings.resolve(DifficultyRequest(request), for: data.manifest, catalog: members.catalog),
            on: data
        )
    }

    /// The job of these settings.
    package func draft(_ settings: DifficultySettings, on data: ReadyDataset) throws -> JobDraft {
        JobDraft(
            settings: try CanonicalJSON.encode(settings),
            tasks: try members.plans(settings, on: data).map { try DraftTask($0) }
        )
    }

    /// Members in whole rounds; open where repeats are added until a score is reliable.
    public func plan(_ settings: [UInt8]) throws -> JobPlan {
        let settings = try DifficultySettings(settings)
        let ensemble = settings.ensemble
        return JobPlan(
            tasks: ensemble.memberCount,
            isOpen: ensemble.until != nil,
            round: ensemble.parts,
            previewEpoch: Self.previewEpoch(of: settings)
        )
    }

    /// Half of the epochs: by then networks know most of what they will know, and with two networks at a time every example
    /// of five parts is judged after less than a third of the job.
    private static func previewEpoch(of settings: DifficultySettings) -> Int? {
        guard settings.ensemble.plan == .kfold, settings.training.epochs >= 4 else { return nil }
        return settings.training.epochs / 2
    }

    /// All of them, of which a budget may have cut the last ones.
    public func tasks(of settings: [UInt8], on data: JobData, in folder: DataFolder) throws -> [DraftTask]? {
        try draft(DifficultySettings(settings), on: data[.data]).tasks
    }

    /// Labels, hold-out mask and specification.
    public func prepare(_ task: DraftTask, in folder: TaskFolder, on data: JobData, files: Files) throws -> TaskNeeds {
        try members.prepare(task, in: folder, on: data[.data], files: files)
    }

    /// Networks that did not learn, and what to try.
    public func failure(excluded: Int, of total: Int, settings: [UInt8]) -> Failure {
        let rate = (try? DifficultySettings(settings))?.training.learningRate
        return Self.diverged(excluded, of: total, learningRate: rate)
    }

    /// The failure of a job most of whose networks did not learn.
    package static func diverged(_ excluded: Int, of total: Int, learningRate: Double?) -> Failure {
        let advice =
            learningRate.map { "; try a quarter of the learning rate: {\"training\":{\"learning_rate\":\($0 / 4)}}" }
            ?? ""
        return Failure(
            code: "DID_NOT_LEARN",
            detail: """
                \(excluded) of \(total) members did not learn (their loss was not finite, or they know no more than how common \
                the classes are)\(advice)
                """
        )
    }

    /// Scores of all examples.
    public func reduction(_ job: JobEvidence, on data: JobData, files: Files) throws -> [UInt8] {
        let settings = try DifficultySettings(job.settings)
        let data = try data[.data]
        let planted = try plant(settings, for: job, on: data, files: files)
        let thresholdSets = try ThresholdSamples(settings, on: data).map { samples in
            let path = "\(job.folder)/threshold_samples.npy"
            try NPY.write(NDArray(shape: [samples.sets.count], values: samples.sets), to: path, files: files)
            return path
        }
        let previewEpoch = job.isPreview ? Self.previewEpoch(of: settings) : nil
        return try CanonicalJSON.encode(
            ScoreSpec(
                datasetDirectory: data.path,
                labels: planted?.labels ?? "\(data.path)/labels.npy",
                outputDirectory: job.output,
                plan: .init(
                    name: settings.ensemble.plan.rawValue,
                    rounds: settings.ensemble.split.words.rounds,
                    whyNoOthers: settings.ensemble.split.whyNoOthers
                ),
                members: job.tasks.map { .init(index: $0.index, directory: $0.folder) },
                membersTotal: settings.ensemble.memberCount,
                parts: settings.ensemble.parts,
                rounds: settings.ensemble.rounds,
                ratios: settings.ensemble.ratios,
                k: job.isPreview ? 0 : settings.probes.k,
                seed: settings.training.seed,
                epochs: previewEpoch ?? settings.training.epochs,
                numClasses: data.manifest.classes.count,
                partial: !job.isFinal,
                preview: previewEpoch.map { .init(epochs: $0, of: settings.training.epochs) },
                membersExcluded: job.excluded,
                planted: planted?.facts,
                thresholdSets: thresholdSets,
                options: settings.scoreOptions,
                leaks: data.manifest.reading.flatMap { $0.leaks.isEmpty ? nil : $0.leaks }
            )
        )
    }

    /// Writes the labels that the members of a job saw, where it planted some, and what each example is to the calibration.
    private func plant(
        _ settings: DifficultySettings,
        for job: JobEvidence,
        on data: ReadyDataset,
        files: Files
    ) throws -> (labels: String, facts: ScoreSpec.Planted)? {
        guard let planted = try PlantedLabels(settings, on: data) else { return nil }
        let labels = "\(job.folder)/labels.npy"
        let parts = "\(job.folder)/plant.npy"
        try files.write(planted.file, to: labels)
        try NPY.write(NDArray(shape: [planted.parts.count], values: planted.parts), to: parts, files: files)
        return (labels, ScoreSpec.Planted(parts: parts, ownLabels: "\(data.path)/labels.npy"))
    }

    /// One more repeat, until the score that was asked for is reliable.
    public func next(_ job: OpenJob, after revision: String, files: Files) throws -> NextStep {
        var settings = try DifficultySettings(job.settings)
        guard let target = settings.ensemble.until else { return .stop(reason: ReliabilityTarget.exhausted) }
        let decision = target.decide(
            after: settings.ensemble.rounds,
            measured: try Self.reliability(of: target.score, in: revision, files),
            folds: settings.ensemble.parts,
            maxMembers: job.maxTasks
        )
        guard case .add = decision else {
            if case .stop(let reason) = decision { return .stop(reason: reason) }
            return .stop(reason: ReliabilityTarget.exhausted)
        }
        settings.ensemble.rounds += 1
        // Made from what the first member is made from: another engine may run by now.
        var plan: MemberPlan = try JSON.raw(Array(job.first.plan.utf8)).decode()
        let tasks = try (0..<settings.ensemble.memberCount).map { index in
            plan.index = index
            return try DraftTask(plan)
        }
        return .more(JobDraft(settings: try CanonicalJSON.encode(settings), tasks: tasks))
    }

    private static func reliability(of score: String, in revision: String, _ files: Files) throws -> Double? {
        let summary = try JSONDecoder().decode(JSON.self, from: Data(try files.read("\(revision)/summary.json")))
        switch summary["reliability"]?[score]?["spearman_brown"] {
        case .double(let value): return value
        case .int(let value): return Double(value)
        default: return nil
        }
    }

    /// Counted array by array.
    public func footprint(_ settings: [UInt8], on data: JobData) throws -> Footprint {
        let settings = try DifficultySettings(settings)
        return Footprint(
            settings,
            on: try data[.data].manifest,
            probes: settings.probes.k == 0 ? 0 : members.probeCount(of: settings)
        )
    }
}

extension DifficultySettings {
    /// Reads what the store keeps.
    package init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(bytes)) }
}

extension DifficultyRequest {
    /// Reads what the store keeps.
    init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(bytes)) }
}
