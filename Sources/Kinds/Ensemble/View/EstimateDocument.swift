import Datasets
import Experiments
import Recipes
import Service
import Tasks

extension JSON {
    /// The answer to `POST /v1/jobs` with `dry_run`.
    ///
    /// - Parameters:
    ///   - estimate: what the job would cost
    ///   - probeCount: P of its network
    init(_ estimate: JobEstimate, probeCount: Int) {
        let settings = estimate.settings
        let cost = estimate.cost
        let seconds: JSON = [
            "training": .rounded(cost.memberSeconds.training), "evaluation": .rounded(cost.memberSeconds.evaluation),
            "probes": .rounded(cost.memberSeconds.probes), "rest": .rounded(cost.memberSeconds.rest),
            "total": .rounded(cost.memberSeconds.total),
        ]
        self = [
            "dry_run": true, "name": .string(estimate.name),
            "dataset": JSON(reference: estimate.dataset),
            "backbone": settings.backbone.map { JSON($0) } ?? .null,
            "model": JSON(settings.model, probeCount: probeCount), "training": JSON(settings.training),
            "machine": settings.machine.map { JSON($0) } ?? .null,
            "ensemble": JSON(settings.ensemble), "probes": JSON(settings.probes),
            "plant": settings.plant.map { JSON($0) } ?? .null, "observe": .string(settings.observe.rawValue),
            "priority": .int(estimate.priority), "budget": estimate.budget.map { JSON($0) } ?? .null,
            "members": [
                "total": .int(estimate.membersTotal), "reused": .int(estimate.membersReused),
                "to_train": .int(cost.membersToTrain),
            ],
            "jobs_before": .int(estimate.jobsBefore),
            "cost": [
                "seconds": .rounded(estimate.seconds), "seconds_per_member": seconds,
                "embedding_seconds": .rounded(cost.embeddingSeconds),
                "workers": .int(cost.workers),
                "multiplications": .double(cost.multiplications.rounded()), "flops": .double(cost.flops.rounded()),
                "memory_bytes_per_worker": .int(cost.workerMemoryBytes),
                "memory_bytes": .int(cost.workerMemoryBytes * cost.workers), "disk_bytes": .int(cost.diskBytes),
            ],
            "calibration": estimate.calibration.map { calibration in
                [
                    "training_steps": .int(calibration.steps), "probe_rows": .int(calibration.probes.rows),
                    "num_examples": .int(calibration.trainExamples + calibration.heldOutExamples),
                ]
            } ?? .null,
        ]
    }

    /// To the millisecond.
    private static func rounded(_ seconds: Double) -> JSON { .double((seconds * 1_000).rounded() / 1_000) }
}
