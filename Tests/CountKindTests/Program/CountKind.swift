import Arrays
import Datasets
import Experiments
import Files
import Foundation
import Tasks

/// A kind of job that exists only for its test: it counts the examples of each class of two datasets. Nothing outside of
/// this folder knows of it.
struct CountKind: JobKind {
    let name = "count"
    let roles: [DatasetRole] = ["left", "right"]

    /// What a request may say, and the job's settings.
    struct Settings: Codable {
        /// Milliseconds that each task takes, so that a test can interrupt it.
        var milliseconds = 0
    }

    /// What a task is made from.
    struct Plan: Codable {
        var side: String
        /// SHA-256 of the labels.
        var labels: String
        var milliseconds: Int
    }

    func draft(_ request: [UInt8], on data: JobData, in folder: DataFolder) throws -> JobDraft {
        let settings: Settings = try JSON.raw(request).decode()
        for role in roles where try data[role].manifest.classes.isEmpty {
            throw SettingsError("/datasets/\(role.rawValue)", "it has no labels to count")
        }
        return JobDraft(
            settings: request,
            tasks: try roles.map { role in
                let plan = Plan(
                    side: role.rawValue,
                    labels: try data[role].digest("labels.npy"),
                    milliseconds: settings.milliseconds
                )
                return DraftTask(key: try CanonicalJSON.digest(plan), plan: try CanonicalJSON.text(plan))
            }
        )
    }

    func plan(_ settings: [UInt8]) throws -> JobPlan { JobPlan(tasks: roles.count) }

    func prepare(_ task: DraftTask, in folder: TaskFolder, on data: JobData, files: Files) throws -> TaskNeeds {
        let plan: Plan = try JSON.raw(Array(task.plan.utf8)).decode()
        let dataset = try data[DatasetRole(rawValue: plan.side)]
        let spec = CountTask.Spec(
            key: task.key,
            labels: "\(dataset.path)/labels.npy",
            classes: dataset.manifest.classes.count,
            milliseconds: plan.milliseconds
        )
        try files.write(try CanonicalJSON.encode(spec), to: folder.specification)
        return TaskNeeds()
    }

    func failure(excluded: Int, of total: Int, settings: [UInt8]) -> Failure {
        Failure(code: "COUNT_FAILED", detail: "\(excluded) of \(total) counts were left out")
    }

    func reduction(_ job: JobEvidence, on data: JobData, files: Files) throws -> [UInt8] {
        try CanonicalJSON.encode(
            CountReduction.Spec(
                outputDirectory: job.output,
                counts: job.tasks.map { "\($0.folder)/counts.npy" },
                sides: job.tasks.map { roles[$0.index].rawValue }
            )
        )
    }

    func footprint(_ settings: [UInt8], on data: JobData) throws -> Footprint {
        Footprint(taskBytes: 4_096, revisionBytes: 4_096)
    }
}
