import Arrays
import Datasets
import Difficulty
import Experiments
import Files
import HTTPServer
import HTTPTypes
import Tasks

/// The results of a job in one revision, with the dataset that they belong to. Before the first revision there is no
/// table.
package struct Results: Sendable {
    package var job: JobSummary
    /// The dataset as users see it.
    var about: DatasetSummary
    /// What the job that it comes from is.
    var facts: ColumnFacts
    var revision: Int
    var folder: String
    package var dataset: Dataset
    var table: ColumnTable?
    /// What people decided about the examples, whatever the revision.
    var reviews: ReviewSet

    /// N.
    package var count: Int { dataset.manifest.numExamples }

    /// The table, for answers that make no sense without one.
    package func requireTable() throws -> ColumnTable {
        guard let table else {
            throw API.notReady(
                "the job \(job.id) has no results yet: no member has finished; it is \(job.state.rawValue)"
            )
        }
        return table
    }

    /// Whether any network held an example out with its logits kept.
    var hasHeldOutProbabilities: Bool { Files.live.exists("\(folder)/heldout_probs.npy") }

    /// Whether the job planted a wrong label at a row: its scores are those of that label, and no finding about the user's.
    func isPlanted(_ row: Int) throws -> Bool { try planted().map { $0[row] == 1 } ?? false }

    /// 1 where the job planted a label; nil where it planted none.
    func planted() throws -> MappedArray<Float>? {
        guard let table, table.column("planted") != nil else { return nil }
        return try table.floats("planted")
    }

    /// A result that the evidence of the job does not allow.
    static func notComputed(_ name: String) -> Problem {
        Problem(
            .conflict,
            detail: "this job does not compute \(name); not_computed of the job says what each score needs",
            errorCode: "NOT_COMPUTED",
            errors: [.init(pointer: name, detail: "see not_computed of the job")]
        )
    }

    /// A column by name, or why it cannot be had.
    package func column(_ name: String) throws -> Column {
        if let column = columns.first(where: { $0.name == name }) { return column }
        if let score = ScoreManifest.current[name] {
            guard let why = facts.whyMissing(score) else { throw Self.notComputed(name) }
            throw Problem(
                .conflict,
                detail: "this job does not compute \(name): \(why)",
                errorCode: "NOT_COMPUTED",
                errors: [.init(pointer: name, detail: why)]
            )
        }
        let names = columns.map(\.name)
        let nearest = names.min { FieldReader.editDistance(name, $0) < FieldReader.editDistance(name, $1) }
        throw Problem(
            .notFound,
            detail: "there is no column \"\(name)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
                + " /v1/jobs/\(job.id)/columns lists them all",
            errorCode: "UNKNOWN_COLUMN",
            errors: [.init(pointer: name, detail: "unknown column")]
        )
    }
}

extension API {
    /// The results that a request is about: of its job's newest revision, or of the one that `rev` pins, so that the
    /// pages of a running job do not overlap.
    package func results(_ request: Request) async throws -> Results {
        let job = try await job(request)
        var revision = job.revision
        if let text = request.query.first("rev") {
            guard let pinned = Int(text), pinned >= 1, pinned <= job.revision else {
                throw Problem(
                    .badRequest,
                    detail: "rev is a revision of this job, 1 to \(job.revision), got \"\(text)\"",
                    errorCode: "INVALID_PARAMETER_VALUE"
                )
            }
            revision = pinned
        }
        return try await results(of: job, revision: revision)
    }

    /// The results of a job in one of its revisions.
    ///
    /// - Throws: `NoColumns` where jobs of its kind have none
    package func results(of job: JobSummary, revision: Int) async throws -> Results {
        let facts = try views[job.kind].columns(of: job)
        let about = try dataset(of: job)
        let dataset = try await opened(about)
        let folder = experiments.columnsFolder(of: job, revision: revision)
        let count = dataset.manifest.numExamples
        let table =
            revision > 0 ? try await work.run { [tables] in try tables.table(folder: folder, count: count) } : nil
        return Results(
            job: job,
            about: about,
            facts: facts,
            revision: revision,
            folder: folder,
            dataset: dataset,
            table: table,
            reviews: try await experiments.reviews.reviews(of: about.id)
        )
    }
}
