import Datasets
import Experiments
import Foundation
import HTTPServer
import Tasks

/// The parts of a job's documents that all kinds have.
extension JSON {
    /// `GET /v1/jobs/{id}`, in the order of the documentation.
    ///
    /// - Parameters:
    ///   - job: the job
    ///   - view: that of its kind
    ///   - head: of its newest revision; nil before the first
    init(_ job: JobSummary, _ view: any JobView, head: RevisionHead?) throws {
        let path = "/v1/jobs/\(job.id)"
        var warnings = head?.warnings ?? []
        if let shortage = job.shortage {
            warnings.append(
                [
                    "code": "disk_nearly_full",
                    "detail": .string("No member starts until there is room: \(shortage)."),
                ]
            )
        }
        warnings += try view.warnings(of: job)
        var fields: [(String, JSON)] = [
            ("id", .string(job.id)), ("kind", .string(job.kind)), ("name", .string(job.name)),
            ("state", .string(job.state.rawValue)), ("stop_reason", JSON(job.stopReason)),
            ("error", job.failure.map { JSON($0) } ?? .null), ("extends", JSON(job.extends)),
            ("priority", .int(job.priority)), ("budget", job.budget.map { JSON($0) } ?? .null),
            ("dataset", job.dataset.map { JSON(reference: $0) } ?? .null),
        ]
        // One dataset in its usual role says all.
        if job.datasets.contains(where: { $0.role != .data }) {
            fields.append(
                ("datasets", .object(job.datasets.map { ($0.role.rawValue, JSON(reference: $0.dataset)) }))
            )
        }
        fields += try view.settings(of: job)
        fields += [
            (
                "members",
                [
                    "total": .int(job.members.total), "succeeded": .int(job.members.succeeded),
                    "running": .int(job.members.running), "queued": .int(job.members.queued),
                    "failed": .int(job.members.failed), "reused": .int(job.members.reused),
                    "excluded": .int(job.members.excluded),
                ]
            ),
            (
                "progress",
                [
                    "phase": .string(job.phase), "completed": .int(job.members.succeeded),
                    "total": .int(job.members.total), "unit": "members",
                    "fraction": .double((job.fraction * 1_000).rounded() / 1_000),
                ]
            ),
            ("eta_seconds", JSON(job.etaSeconds.map { $0.rounded() })), ("queue_position", JSON(job.queuePosition)),
            ("partial", .bool(job.isPartial)), ("revision", .int(job.revision)),
            ("trust", head?.trust ?? .null), ("warnings", .array(warnings)),
            ("not_computed", head?.notComputed ?? .array([])),
            ("created_at", JSON(job.createdAt)), ("started_at", JSON(job.startedAt)),
            ("finished_at", JSON(job.finishedAt)),
        ]
        fields += try view.fields(of: job, head: head)
        let links: [(String, JSON)] =
            [
                ("self", .string(path)), ("page", .string("/jobs/\(job.id)")), ("members", .string("\(path)/members")),
                ("events", .string("\(path)/events")),
            ] + view.links.map { ($0.name, .string("\(path)/\($0.path)")) }
        self = .object(fields + [("links", .object(links))])
    }

    /// What an answer about something else says of a dataset.
    package init(reference dataset: DatasetSummary) {
        self = [
            "id": .string(dataset.id), "name": .string(dataset.name),
            "num_examples": JSON(dataset.manifest?.numExamples), "num_classes": JSON(dataset.manifest?.classes.count),
        ]
    }

    /// The field `budget` of a document.
    package init(_ budget: JobBudget) {
        self = ["max_seconds": JSON(budget.maxSeconds), "max_members": JSON(budget.maxMembers)]
    }

    /// One entry of `GET /v1/jobs/{id}/members`.
    init(_ member: MemberSummary, _ fields: MemberFields, job: String) {
        let progress: JSON =
            member.progress.map { progress in
                [
                    "phase": .string(progress.phase), "epoch": progress.values["epoch"] ?? .null,
                    "epochs": progress.values["epochs"] ?? .null, "fraction": .double(progress.fraction),
                    "resumed_from_epoch": progress.values["resumed_from_epoch"] ?? .null,
                ]
            } ?? .null
        self = .object(
            [
                ("index", .int(member.index)), ("key", .string(member.key)), ("state", .string(member.state)),
                ("split", fields.split), ("attempt", .int(member.attempt)), ("reused", .bool(member.reused)),
            ] + fields.result + [
                ("progress", progress), ("started_at", JSON(member.startedAt)),
                ("finished_at", JSON(member.finishedAt)),
                (
                    "links",
                    [
                        "evidence": member.state == "succeeded"
                            ? .string("/v1/jobs/\(job)/members/\(member.index)/evidence.npz") : .null
                    ]
                ),
            ]
        )
    }
}
