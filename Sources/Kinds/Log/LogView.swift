import Difficulty
import EnsembleKind
import Experiments
import HTTPServer
import Recipes
import Service
import Tasks

/// What API, report and page show of jobs of kind `log`.
public struct LogView: JobView {
    /// That of the kind.
    public let kind = LogKind.name
    /// What members are.
    public let taskNoun = "networks"
    /// Scores and what is made of them.
    public let links = DifficultyView.resultLinks

    /// One for all logs.
    public init() {}

    /// Refuses: the log is what is sent.
    public func request(_ reader: inout FieldReader) throws -> [UInt8] {
        reader.note("kind", "a training log is sent to POST /v1/evidence")
        return []
    }

    /// What is known of the training.
    public func settings(of job: JobSummary) throws -> [(String, JSON)] {
        guard let log = try job.settings(as: LogSettings.self) else { return DifficultyView.unknown }
        return [
            ("backbone", .null), ("machine", .null),
            ("model", ["name": "imported", "num_probes": .int(log.probeNames.count)]),
            ("training", ["epochs": .int(log.epochs)]),
            (
                "ensemble",
                ["plan": "imported", "folds": .int(log.folds), "repeats": .int(log.repeats), "until": .null]
            ),
            ("probes", ["k": .int(log.k), "neighbors": log.k > 0 ? "exact" : .null, "input_margin": .null]),
            ("scores", JSON(ScoreOptions())), ("plant", .null), ("observe", JSON(log.observe?.rawValue)),
        ]
    }

    /// What a reader must know of the log.
    public func warnings(of job: JobSummary) throws -> [JSON] {
        try job.settings(as: LogSettings.self)?.notes.map { ["code": .string($0.code), "detail": .string($0.detail)] }
            ?? []
    }

    /// The place of a member in the log, and what it says of the training.
    public func member(_ member: MemberSummary, of job: JobSummary) throws -> MemberFields {
        let split: JSON =
            try job.settings(as: LogSettings.self).map { log in
                ["repeat": .int(member.index / log.folds), "fold": .int(member.index % log.folds)]
            } ?? .null
        return try DifficultyView.fields(of: member, split: split)
    }

    /// Its scores, as far as the log allows them.
    public func columns(of job: JobSummary) throws -> ColumnFacts {
        let log = try job.settings(as: LogSettings.self)
        return ColumnFacts(
            model: "imported",
            probeNames: log?.probeNames ?? [],
            epochs: log?.epochs ?? 0,
            settings: log.map { [("log", ["format": .string($0.format)])] } ?? [],
            method: [
                "The networks were trained elsewhere: the scores are computed from the training log that was sent in, as far "
                    + "as it allows them."
            ] + DifficultyView.Method.depths,
            references: DifficultyView.Method.references,
            whyMissing: { score in DifficultyView.whyMissing(score) }
        )
    }

    /// Refuses: nothing can be trained.
    public func more(
        of job: JobSummary,
        _ reader: inout FieldReader
    ) throws -> (@Sendable (DataFolder) throws -> JobDraft)? {
        throw SettingsError(
            "/repeats",
            "the job is of a training log, to which no networks can be added; send a log of more members"
        )
    }

    /// Where logs are sent to.
    public func addRoutes(to router: inout Router, of api: API) { LogRoutes(api: api).add(to: &router) }
}
