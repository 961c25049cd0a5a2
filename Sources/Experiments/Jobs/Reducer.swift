import Arrays
import Datasets
import Difficulty
import Files
import Foundation
import Logging

/// Has the evidence of a job's members reduced to a revision of its columns, by a child.
struct Reducer: Sendable {
    let queue: JobQueue
    let folder: DataFolder
    let library: DatasetLibrary
    let launcher: any Launcher
    let logger: Logger

    /// Makes the next revision of a job's columns and publishes it.
    ///
    /// - Parameters:
    ///   - id: the job, of which nobody else makes a revision meanwhile: the one that stands is the newest
    ///   - evidence: what the columns are to rest on
    ///   - running: told of each child, and of its end by nil
    ///   - isStopping: whether the service is being stopped, which leaves the job as it is
    func reduce(
        _ id: String,
        _ evidence: JobVerdict.Evidence,
        running: @Sendable (Launch?) async -> Void,
        isStopping: @Sendable () async -> Bool
    ) async throws {
        guard let job = try await queue.job(id), job.state.isLive else { return }
        let revision = job.revision + 1
        let output = folder.revision(job.id, revision)
        try folder.files.removeTree(output)
        try folder.files.createDirectory(output)
        let spec = "\(folder.job(job.id))/score-\(revision).json"
        try folder.files.write(try CanonicalJSON.encode(try await request(job, evidence, output: output)), to: spec)
        let problem = LastFailure()
        var exit = ChildExit.exited(0)
        for _ in 0..<3 where !folder.files.exists("\(output)/summary.json") && exit.mayRetry {
            let launch = Launch(
                ChildTask(arguments: ["score", "--spec", spec], standardError: "\(folder.job(job.id))/score.log"),
                by: launcher,
                received: { message in await problem.take(message) }
            )
            await running(launch)
            exit = await launch.exit
            await running(nil)
            // Stopped, by this process or with it: the job stays as it is and is looked at again.
            if await isStopping() || exit == .signalled(SIGTERM) { return }
        }
        guard folder.files.exists("\(output)/summary.json") else {
            throw ReductionError(detail: await problem.detail ?? "the reduction stopped before it was done: \(exit)")
        }
        try await queue.publish(
            revision,
            members: evidence.members.count,
            of: job.id,
            final: evidence.isFinal,
            stopReason: evidence.stopReason
        )
        logger.info(
            evidence.isFinal ? "job succeeded" : "partial scores",
            metadata: [
                "job": "\(job.id)", "revision": "\(revision)", "members": "\(evidence.members.count)",
                "stop_reason": "\(evidence.stopReason ?? "none")",
            ]
        )
        try folder.files.remove(spec)
        // A client may still be paging through the revision before this one.
        if revision > 2 { try folder.files.removeTree(folder.revision(job.id, revision - 2)) }
    }

    private func request(_ job: JobRecord, _ evidence: JobVerdict.Evidence, output: String) async throws -> ScoreSpec {
        let settings = try JSONDecoder().decode(JobSettings.self, from: Data(job.settings.utf8))
        guard let data = try await library.dataset(job.datasetId)?.manifest else {
            throw LibraryError.noDataset(job.datasetId)
        }
        let home = library.path(of: data)
        let planted = try plant(settings, for: job, on: data, in: home)
        let thresholdSets = try ThresholdSamples(settings, on: data, in: home).map { samples in
            let path = "\(folder.job(job.id))/threshold_samples.npy"
            try NPY.write(NDArray(shape: [samples.sets.count], values: samples.sets), to: path, files: folder.files)
            return path
        }
        return ScoreSpec(
            datasetDirectory: home,
            labels: planted?.labels ?? "\(home)/labels.npy",
            outputDirectory: output,
            members: evidence.members.map { .init(index: $0.index, directory: folder.member($0.key)) },
            membersTotal: settings.ensemble.memberCount,
            folds: settings.ensemble.folds,
            repeats: settings.ensemble.repeats,
            ratios: settings.ensemble.ratios,
            k: settings.probes.k,
            seed: settings.training.seed,
            epochs: settings.training.epochs,
            numClasses: data.classes.count,
            partial: !evidence.isFinal,
            membersExcluded: evidence.excluded,
            planted: planted?.facts,
            thresholdSets: thresholdSets,
            options: settings.scoreOptions,
            pruning: settings.pruning.map { .init(candidates: $0.candidates, counts: $0.counts) }
        )
    }

    /// Writes the labels that the members of a job saw, where it planted some, and what each example is to the calibration.
    private func plant(
        _ settings: JobSettings,
        for job: JobRecord,
        on data: DatasetManifest,
        in home: String
    ) throws -> (labels: String, facts: ScoreSpec.Planted)? {
        guard let planted = try PlantedLabels(settings, on: data, in: home) else { return nil }
        let labels = "\(folder.job(job.id))/labels.npy"
        let parts = "\(folder.job(job.id))/plant.npy"
        try folder.files.write(planted.file, to: labels)
        try NPY.write(NDArray(shape: [planted.parts.count], values: planted.parts), to: parts, files: folder.files)
        return (labels, ScoreSpec.Planted(parts: parts, ownLabels: "\(home)/labels.npy"))
    }
}
