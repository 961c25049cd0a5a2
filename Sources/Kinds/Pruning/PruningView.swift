import EnsembleKind
import Experiments
import HTTPServer
import Service
import Tasks

/// What API and page show of jobs of kind `pruning`: what is compared and found, and no scores, of which they have none.
public struct PruningView: JobView {
    private let pruning: PruningKind
    private let difficulty: DifficultyView

    /// - Parameters:
    ///   - kind: the kind itself
    ///   - difficulty: shows how members are trained
    public init(_ kind: PruningKind, _ difficulty: DifficultyView) {
        pruning = kind
        self.difficulty = difficulty
    }

    /// That of the kind.
    public var kind: String { pruning.name }
    /// What members are.
    public let taskNoun = "networks"
    /// The page about it.
    public let links: [(name: String, path: String)] = [("report", "report.html")]

    /// Refuses: such a job begins with the scores of another one.
    public func request(_ reader: inout FieldReader) throws -> [UInt8] {
        reader.note("kind", "a pruning is verified by POST /v1/jobs/{id}/subsets of the job whose scores choose")
        return []
    }

    /// How its members are trained.
    public func settings(of job: JobSummary) throws -> [(String, JSON)] {
        guard let settings = try job.settings(as: PruningJobSettings.self)?.training else {
            return DifficultyView.unknown
        }
        return difficulty.fields(of: settings)
    }

    /// What was found stands in the document.
    public func head(of summary: [UInt8]) throws -> RevisionHead {
        var head = RevisionHead()
        head.summary = .raw(summary)
        return head
    }

    /// What is compared, and what was found.
    public func fields(of job: JobSummary, head: RevisionHead?) throws -> [(String, JSON)] {
        guard let pruning = try job.settings(as: PruningJobSettings.self)?.pruning else { return [] }
        let rule = pruning.rule
        let compared: JSON = [
            "job": .string(pruning.job), "revision": .int(pruning.revision), "by": .string(rule.by),
            "keeps_highest": .bool(rule.keepsHighest), "balanced": .bool(rule.balanced),
            "seed": .int(Int(rule.seed)), "num_candidates": .int(pruning.candidates),
            "num_kept": .array(pruning.counts.map { .int($0) }), "results": head?.summary ?? .null,
        ]
        return [("pruning", compared)]
    }

    /// The set that a member is trained on, and how its training went.
    public func member(_ member: MemberSummary, of job: JobSummary) throws -> MemberFields {
        guard let settings = try job.settings(as: PruningJobSettings.self) else {
            return try DifficultyView.fields(of: member, split: .null)
        }
        let sets = settings.training.ensemble.parts
        let set = settings.pruning.set(member.index % sets)
        return try DifficultyView.fields(
            of: member,
            split: ["run": .int(member.index / sets), "set": .string(set.name), "keep": .double(set.keep)]
        )
    }

    /// None.
    public func columns(of job: JobSummary) throws -> ColumnFacts {
        throw NoColumns("verifies a pruning and has no scores; GET /v1/jobs/\(job.id) has its results in pruning")
    }

    /// Refuses: it has all its runs from the start.
    public func more(
        of job: JobSummary,
        _ reader: inout FieldReader
    ) throws -> (@Sendable (DataFolder) throws -> JobDraft)? {
        throw SettingsError("/repeats", "the job verifies a pruning; ask for another one with more runs")
    }

    /// The sets of a job's scores, and the jobs that verify them.
    public func addRoutes(to router: inout Router, of api: API) {
        PruningRoutes(api: api, kind: pruning).add(to: &router)
    }
}
