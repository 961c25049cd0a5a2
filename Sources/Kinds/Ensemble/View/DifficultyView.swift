import Backbones
import Datasets
import Difficulty
import Experiments
import HTTPServer
import Recipes
import Service
import Tasks

/// What API, report and page show of jobs of kind `difficulty`.
public struct DifficultyView: JobView {
    private let difficulty: DifficultyKind

    /// - Parameter kind: the kind itself
    public init(_ kind: DifficultyKind) { difficulty = kind }

    /// That of the kind.
    public var kind: String { difficulty.name }
    /// What members are.
    public let taskNoun = "networks"

    /// The kind's fields.
    public func request(_ reader: inout FieldReader) throws -> [UInt8] {
        try CanonicalJSON.encode(DifficultyRequest(&reader))
    }

    /// What it would cost, measured by a child.
    public func estimate(_ order: JobOrder, by experiments: Experiments) async throws -> JSON {
        let estimate = try await difficulty.estimate(order, by: experiments)
        return JSON(estimate, probeCount: difficulty.members.probeCount(of: estimate.settings))
    }

    /// Network, training, ensemble, probes, score options, planting, observation.
    public func settings(of job: JobSummary) throws -> [(String, JSON)] {
        guard let settings = try job.settings(as: DifficultySettings.self) else { return Self.unknown }
        return fields(of: settings)
    }

    /// The same fields while nothing is known of them.
    package static let unknown: [(String, JSON)] =
        ["backbone", "model", "training", "machine", "ensemble", "probes", "scores", "plant", "observe"].map {
            ($0, .null)
        }

    /// What a job of these settings runs with.
    package func fields(of settings: DifficultySettings) -> [(String, JSON)] {
        [
            ("backbone", settings.backbone.map { JSON($0) } ?? .null),
            ("model", JSON(settings.model, probeCount: difficulty.members.probeCount(of: settings))),
            ("training", JSON(settings.training)), ("machine", settings.machine.map { JSON($0) } ?? .null),
            ("ensemble", JSON(settings.ensemble)),
            ("probes", JSON(settings.probes)), ("scores", JSON(settings.scoreOptions ?? ScoreOptions())),
            ("plant", settings.plant.map { JSON($0) } ?? .null), ("observe", .string(settings.observe.rawValue)),
        ]
    }

    /// Photographs or texts without a pretrained network, and training dynamics that are those of changed pictures.
    public func warnings(of job: JobSummary) throws -> [JSON] {
        guard let settings = try job.settings(as: DifficultySettings.self) else { return [] }
        return withoutBackbone(job, settings) + Self.augmented(settings)
    }

    private func withoutBackbone(_ job: JobSummary, _ settings: DifficultySettings) -> [JSON] {
        guard settings.backbone == nil, let data = job.datasets.first?.dataset.manifest else { return [] }
        if let english = data.texts.flatMap({ $0.areAll && !data.areEnglishTexts ? $0.english : nil }),
            let encoder = difficulty.members.catalog.backbones.entries.lazy.map(\.backbone).first(where: data.canBeSeen)
        {
            return [
                [
                    "code": "words_counted",
                    "detail": .string(
                        "Words are counted: these texts do not look like English, which the encoder knows (its commonest words are "
                            + "\(Int((100 * english).rounded())) % of theirs). If they are, or to try it, submit the job with "
                            + "\"backbone\": \"\(encoder.name)\"."
                    ),
                ]
            ]
        }
        guard
            !difficulty.members.catalog.backbones.entries.lazy.map(\.backbone).contains(where: data.canBeSeen)
        else { return [] }
        let loss: String
        if data.arePhotographs {
            loss =
                "These are photographs, and no pretrained network is installed: networks that begin from nothing at 32 x 32 pixels "
                + "know little of them."
        } else if data.areEnglishTexts {
            loss =
                "These are texts, and no pretrained encoder is installed: networks that begin from counted words do not know "
                + "which words mean the same."
        } else {
            return []
        }
        return [
            [
                "code": "no_backbone",
                "detail": .string(
                    loss
                        + " Run config/setup.sh where the Internet can be reached, start the service again, and submit the job anew."
                ),
            ]
        ]
    }

    private static func augmented(_ settings: DifficultySettings) -> [JSON] {
        guard settings.training.augmentation != nil, settings.observe == .presentation else { return [] }
        return [
            [
                "code": "augmented_observations",
                "detail": """
                Pictures are augmented, and training examples are observed at presentation: their training dynamics \
                are those of the changed pictures. Held-out observations, probes and final predictions see the \
                pictures as they are; "observe": "evaluation" observes all of them so.
                """,
            ]
        ]
    }

    /// Scores and what is made of them.
    public let links = DifficultyView.resultLinks

    /// Links of jobs with columns of scores.
    package static let resultLinks: [(name: String, path: String)] = [
        ("scores", "scores"), ("scores_csv", "scores.csv"), ("issues", "issues"), ("summary", "summary"),
        ("report", "report.html"),
    ]

    /// What a member holds out, and how its training went.
    public func member(_ member: MemberSummary, of job: JobSummary) throws -> MemberFields {
        let ensemble = try job.settings(as: DifficultySettings.self)?.ensemble
        return try Self.fields(of: member, split: ensemble.map { Self.split(member.index, of: $0) } ?? .null)
    }

    /// The place of a member in its plan.
    private static func split(_ index: Int, of ensemble: EnsembleSettings) -> JSON {
        let (round, part) = (index / ensemble.parts, index % ensemble.parts)
        return ensemble.split.place(round: round, part: part)
    }

    /// What came out of a member's training.
    package static func fields(of member: MemberSummary, split: JSON) throws -> MemberFields {
        let result: MemberResult? = try member.result.map { try JSON.raw($0).decode() }
        let progress: TrainingProgress? = try member.progress.map {
            try JSON.object($0.values.map { ($0.key, $0.value) }).decode()
        }
        return MemberFields(
            split: split,
            result: [
                ("learned", JSON(result?.learned)), ("reason", JSON(member.reason ?? result?.reason)),
                ("fit", JSON(result?.fit)),
                ("train_accuracy", JSON(result?.trainAccuracy?.last ?? progress?.trainAccuracy)),
                ("heldout_accuracy", JSON(result?.heldoutAccuracy?.last ?? progress?.heldoutAccuracy)),
                (
                    "learning_curve",
                    [
                        "train_accuracy": JSON(result?.trainAccuracy),
                        "heldout_accuracy": JSON(result?.heldoutAccuracy),
                        "train_loss": JSON(result?.trainLoss), "heldout_loss": JSON(result?.heldoutLoss),
                    ]
                ),
                (
                    "seconds",
                    result?.seconds.map { seconds in
                        .object(seconds.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) })
                    } ?? .null
                ), ("peak_rss_bytes", JSON(result?.peakRSS)),
            ]
        )
    }

    /// All its scores; the report tells its method.
    public func columns(of job: JobSummary) throws -> ColumnFacts {
        guard let settings = try job.settings(as: DifficultySettings.self) else {
            return ColumnFacts(model: "auto", probeNames: [], epochs: 0, settings: [], method: [], references: [])
        }
        let split = settings.ensemble.split
        return ColumnFacts(
            model: settings.model.name,
            probeNames: difficulty.members.probeNames(of: settings),
            epochs: settings.training.epochs,
            ratios: settings.ensemble.ratios,
            settings: fields(of: settings).filter { !["scores", "observe"].contains($0.0) },
            method: split.method,
            references: split.references,
            whyMissing: { score in
                score.plan == settings.ensemble.plan.rawValue ? split.whyMissing() : Self.whyMissing(score)
            }
        )
    }

    /// Pretrained networks.
    public func addRoutes(to router: inout Router, of api: API) {
        let shelf = difficulty.members.catalog.backbones
        BackboneRoutes(api: api, shelf: shelf).add(to: &router)
    }

    /// Why a job of no such plan does not compute a score; nil where its plan does not matter.
    package static func whyMissing(_ score: ScoreDescription) -> String? {
        score.plan.flatMap(EnsemblePlan.init(rawValue:))?.split.howToAsk
    }

    /// What reports of several plans, and of imported logs, say alike of how they were made.
    package enum Method {
        static let votes =
            "After training, the nearest neighbours of each example vote for its class at every layer."
        package static let depths = [
            "Prediction depth is the first layer from which on these votes agree with the network's own answer: low means "
                + "decided early, easy. The issue score orders labels by how little held-out networks believe in them and "
                + "by how far networks that saw them had to be pushed to take them on (aum). The share of wrong labels is "
                + "that of labels which disagree with held-out networks where these are surest; input_knn is the baseline that "
                + "needs no training.",
            "Standard errors and reliability are about training again on this dataset, not about new data.",
        ]
        package static let references = [
            "prediction_depth_heldout", "issue_score", "consistency", "forgetting_rate", "aum", "input_knn",
        ]
    }

    /// The same settings and seed with more repeats, or runs. Members are found by what they are made from, so all of the
    /// first job's are reused, finished or not. It has a fixed number of repeats, even where the first one added them until
    /// a score was reliable.
    public func more(
        of job: JobSummary,
        _ reader: inout FieldReader
    ) throws -> (@Sendable (DataFolder) throws -> JobDraft)? {
        guard var settings = try job.settings(as: DifficultySettings.self) else {
            for (_, dataset) in job.datasets where dataset.state != .ready {
                throw ExperimentError.datasetNotReady(dataset.id, dataset.state, dataset.failure)
            }
            throw SettingsError("", "the job never had its settings: submit it again")
        }
        let split = settings.ensemble.split
        let (rounds, parts) = split.words
        let asked = reader.int(rounds)
        if asked == nil, reader.issues.isEmpty { reader.note(rounds, "is required: how many \(rounds) in all") }
        guard let asked else { return nil }
        if let why = split.whyNoMoreRounds { throw SettingsError("/\(rounds)", why) }
        let before = settings.ensemble.rounds
        let most = max(1, JobPlan.mostTasks / settings.ensemble.parts)
        guard asked > before, asked <= most else {
            throw SettingsError(
                "/\(rounds)",
                asked > before
                    ? "at most \(most): a job has at most \(JobPlan.mostTasks) members, got \(asked) \(rounds) x "
                        + "\(settings.ensemble.parts) \(parts)"
                    : "how many \(rounds) in all: above the \(before) that the job has, got \(asked)"
            )
        }
        settings.ensemble.rounds = asked
        // So many and no more.
        settings.ensemble.until = nil
        return { [difficulty, settings] folder in try difficulty.draft(settings, on: job.data(in: folder)[.data]) }
    }
}
