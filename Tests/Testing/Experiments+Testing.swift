import EnsembleKind
import Experiments
import Files
import Foundation
import PruningKind
import Service
import Tasks

/// A request for a job of kind `difficulty`, with what every job has.
@dynamicMemberLookup
package struct DifficultyOrder: Sendable {
    package var request = DifficultyRequest()
    package var dataset: String
    package var name: String?
    package var priority: Int?
    package var budget: JobBudget?

    package init(dataset: String) { self.dataset = dataset }

    package subscript<Value>(dynamicMember path: WritableKeyPath<DifficultyRequest, Value>) -> Value {
        get { request[keyPath: path] }
        set { request[keyPath: path] = newValue }
    }

    var order: JobOrder {
        get throws {
            JobOrder(
                kind: DifficultyKind.name,
                name: name,
                datasets: [.data: dataset],
                request: try CanonicalJSON.encode(request),
                priority: priority,
                budget: budget
            )
        }
    }
}

extension JobSummary {
    /// The settings of a job that trains an ensemble; nil while it waits.
    package var difficulty: DifficultySettings? { (try? settings(as: DifficultySettings.self)) ?? nil }
}

extension Experiments {
    package func add(
        _ bytes: [UInt8],
        name: String = "toy",
        options: UploadOptions = UploadOptions(),
        patience: Duration = .seconds(60)
    ) async throws -> UploadOutcome {
        let upload = try await IncomingFile.open(in: folder.incoming, files: folder.files)
        try await upload.write(bytes)
        return try await library.add(upload, name: name, options: options, patience: patience)
    }

    /// Waits until something is true of the job.
    package func job(_ id: String, when isTrue: (JobSummary) -> Bool) async throws -> JobSummary {
        for try await job in changes(of: id) where isTrue(job) { return job }
        throw ExperimentError.noDataset(id)
    }

    /// Waits until the job is in a final state.
    package func finished(_ id: String) async throws -> JobSummary {
        for try await job in changes(of: id) where !job.state.isLive { return job }
        throw ExperimentError.noDataset(id)
    }

    package func submit(_ order: DifficultyOrder, key: IdempotencyKey? = nil) async throws -> JobSummary {
        try await submit(order.order, key: key)
    }

    package func estimate(_ order: DifficultyOrder) async throws -> JobEstimate {
        try await Bench.difficulty.estimate(order.order, by: self)
    }

    /// A job that goes on from another one, as `POST /v1/jobs/{id}/extend` makes it.
    package func extend(
        _ job: JobSummary,
        repeats: Int,
        priority: Int? = nil,
        budget: JobBudget? = nil
    ) async throws -> JobSummary {
        let isKFold = job.kind != DifficultyKind.name || job.difficulty?.ensemble.plan == .kfold
        var reader = FieldReader([isKFold ? "repeats" : "runs": .int(repeats)], at: "")
        let more = try Bench.views[job.kind].more(of: job, &reader)
        let issues = reader.finish()
        guard let more, issues.isEmpty else { throw SettingsError(issues: issues) }
        let order = JobOrder(
            kind: job.kind,
            name: job.name,
            datasets: Dictionary(uniqueKeysWithValues: job.datasets.map { ($0.role, $0.dataset.id) }),
            request: [],
            priority: priority ?? job.priority,
            budget: budget
        )
        return try await submit(more(folder), as: order, extending: job.id)
    }
}
