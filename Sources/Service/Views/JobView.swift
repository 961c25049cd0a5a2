import Difficulty
import Experiments
import Foundation
import HTTPServer
public import Tasks

/// What API, report and page show of a kind of job: all that routes and documents know of it. A kind that only runs needs
/// nothing but a name here; everything else has a default.
public protocol JobView: Sendable {
    /// The kind.
    var kind: String { get }

    /// What its tasks are called in running text, in the plural.
    var taskNoun: String { get }

    /// Reads the kind's fields of `POST /v1/jobs`; what is wrong is noted in the reader. Default: it cannot be asked for
    /// there.
    ///
    /// - Returns: the kind's request, canonical JSON
    func request(_ reader: inout FieldReader) throws -> [UInt8]

    /// What a job would cost, without running it. Default: refused.
    func estimate(_ order: JobOrder, by experiments: Experiments) async throws -> JSON

    /// What the job runs with, as fields of its document; null while that is not known. Default: its settings as they are.
    func settings(of job: JobSummary) throws -> [(String, JSON)]

    /// What of a revision's `summary.json` belongs into every document of the job.
    func head(of summary: [UInt8]) throws -> RevisionHead

    /// What a reader needs to know besides what the reduction says. Default: nothing.
    func warnings(of job: JobSummary) throws -> [JSON]

    /// Fields of the job's document before its links. Default: none.
    ///
    /// - Parameter head: of the newest revision; nil before the first
    func fields(of job: JobSummary, head: RevisionHead?) throws -> [(String, JSON)]

    /// What can be had of the job beside the common routes, as names and paths below its own. Default: nothing.
    var links: [(name: String, path: String)] { get }

    /// What a task is and what came out of it.
    func member(_ member: MemberSummary, of job: JobSummary) throws -> MemberFields

    /// How its results are read as columns of scores. Default: it has none.
    ///
    /// - Throws: `NoColumns` where it has none
    func columns(of job: JobSummary) throws -> ColumnFacts

    /// Reads what more of the job is asked for, and gives what drafts it. Default: it cannot be extended.
    ///
    /// - Throws: `SettingsError`
    func more(of job: JobSummary, _ reader: inout FieldReader) throws -> (@Sendable (DataFolder) throws -> JobDraft)?

    /// Adds the routes that only this kind has. Default: none.
    func addRoutes(to router: inout Router, of api: API)
}

/// What of a revision belongs into every document of its job. Revisions never change, so this is read once.
public struct RevisionHead: Sendable {
    /// The verdict.
    public var trust = JSON.null
    /// What a reader must know.
    public var warnings: [JSON] = []
    /// Scores that the evidence does not allow, with what each needs.
    public var notComputed = JSON.array([])
    /// The whole summary, where the kind shows it in the document.
    public var summary: JSON?

    /// Nothing is known.
    public init() {}
}

/// What a task is, and what came out of it.
public struct MemberFields: Sendable {
    /// Its place in the job's plan, in the kind's words.
    public var split: JSON
    /// What came out of it.
    public var result: [(String, JSON)]

    /// Parameters are those of the properties.
    public init(split: JSON, result: [(String, JSON)]) {
        self.split = split
        self.result = result
    }
}

/// What answers over columns of scores say of the job that they come from.
public struct ColumnFacts: Sendable {
    /// The network's name.
    public var model: String
    /// Names of the probes, the input first.
    public var probeNames: [String]
    /// T.
    public var epochs: Int
    /// The train ratios, where there are some.
    public var ratios: [Double]?
    /// Groups of settings for the report.
    public var settings: [(String, JSON)]
    /// How the results were made, a paragraph each.
    public var method: [String]
    /// Scores whose references the report lists.
    public var references: [String]
    /// Why the job does not compute a score of another plan; nil where `not_computed` says it.
    public var whyMissing: @Sendable (ScoreDescription) -> String?

    /// Parameters are those of the properties.
    public init(
        model: String,
        probeNames: [String],
        epochs: Int,
        ratios: [Double]? = nil,
        settings: [(String, JSON)],
        method: [String],
        references: [String],
        whyMissing: @escaping @Sendable (ScoreDescription) -> String? = { _ in nil }
    ) {
        self.model = model
        self.probeNames = probeNames
        self.epochs = epochs
        self.ratios = ratios
        self.settings = settings
        self.method = method
        self.references = references
        self.whyMissing = whyMissing
    }
}

/// A job without columns of scores.
public struct NoColumns: Error {
    /// What the job is instead, as the end of a sentence that begins with "the job".
    public var detail: String

    /// - Parameter detail: what the job is instead
    public init(_ detail: String) { self.detail = detail }
}

extension JobView {
    /// Members that are no networks are tasks.
    public var taskNoun: String { "tasks" }

    /// Refuses it.
    public func request(_ reader: inout FieldReader) throws -> [UInt8] {
        reader.note("kind", "jobs of kind \"\(kind)\" are not submitted here")
        return []
    }

    /// Refuses it.
    public func estimate(_ order: JobOrder, by experiments: Experiments) async throws -> JSON {
        throw SettingsError("/dry_run", "the cost of jobs of kind \"\(kind)\" cannot be told")
    }

    /// All of them in one field.
    public func settings(of job: JobSummary) throws -> [(String, JSON)] {
        [("settings", job.settings.map { .raw($0) } ?? .null)]
    }

    /// What every reduction may say.
    public func head(of summary: [UInt8]) throws -> RevisionHead {
        let excerpt = try JSONDecoder().decode(SummaryExcerpt.self, from: Data(summary))
        var head = RevisionHead()
        head.trust = excerpt.trust ?? .null
        head.warnings = excerpt.warnings ?? []
        head.notComputed = excerpt.notComputed ?? .array([])
        return head
    }

    /// None.
    public func warnings(of job: JobSummary) throws -> [JSON] { [] }
    /// None.
    public func fields(of job: JobSummary, head: RevisionHead?) throws -> [(String, JSON)] { [] }
    /// None.
    public var links: [(name: String, path: String)] { [] }

    /// The result as it is.
    public func member(_ member: MemberSummary, of job: JobSummary) throws -> MemberFields {
        MemberFields(split: .null, result: [("result", member.result.map { .raw($0) } ?? .null)])
    }

    /// None.
    public func columns(of job: JobSummary) throws -> ColumnFacts {
        throw NoColumns("is of kind \(kind) and has no scores")
    }

    /// Refuses it.
    public func more(
        of job: JobSummary,
        _ reader: inout FieldReader
    ) throws -> (@Sendable (DataFolder) throws -> JobDraft)? {
        throw SettingsError("", "a job of kind \"\(kind)\" cannot be extended")
    }

    /// None.
    public func addRoutes(to router: inout Router, of api: API) {}
}

/// The views of all kinds that a program knows.
public struct JobViews: Sendable {
    /// All of them.
    public let all: [any JobView]

    /// - Parameter all: all of them, one a kind
    public init(_ all: [any JobView]) { self.all = all }

    /// The view of a kind: one with everything left to the defaults where this program does not know the kind.
    public subscript(_ kind: String) -> any JobView { all.first { $0.kind == kind } ?? PlainView(kind: kind) }

    private struct PlainView: JobView {
        let kind: String
    }
}

/// What every `summary.json` may have.
private struct SummaryExcerpt: Decodable {
    var trust: JSON?
    var warnings: [JSON]?
    var notComputed: JSON?

    enum CodingKeys: String, CodingKey {
        case trust, warnings
        case notComputed = "not_computed"
    }
}
