import Arrays
import Datasets
import Difficulty
import Experiments
import Files
import Foundation
import LogKind
import PlumblineTesting
import Recipes
import Service
import Tasks
import Testing

/// Jobs of the logs of other people's training: their members are there from the start.
@Suite(.timeLimit(.minutes(2))) struct LogJobTests {
    /// Puts evidence where an import leaves it.
    private func leave(_ token: String, in folder: DataFolder, examples: Int = 60, members: Int = 2) throws {
        for index in 0..<members {
            let home = "\(folder.evidence(token))/\(ImportedEvidence.folder(ofMember: index))"
            try folder.files.createDirectory(folder.evidence(token))
            try folder.files.createDirectory(home)
            var evidence = EvidenceFolder(home, files: folder.files)
            try evidence.write(.heldOut, [UInt8](repeating: 0, count: examples), [examples])
            try evidence.finish(
                MemberManifest(
                    key: ImportedEvidence.key(token, member: index),
                    files: evidence.digests,
                    probeNames: nil,
                    k: nil,
                    result: MemberResult(learned: true),
                    spec: .init(observe: .evaluation)
                )
            )
        }
        let log = ImportedEvidence(
            format: "npz",
            examples: examples,
            classes: 2,
            epochs: 3,
            probeNames: ["a", "b"],
            k: 5,
            folds: members,
            repeats: 1,
            observe: .evaluation,
            notes: [.init(code: "unused_files", detail: "One file was not used.")]
        )
        try folder.files.write(
            try CanonicalJSON.encode(log),
            to: "\(folder.evidence(token))/\(ImportedEvidence.fileName)"
        )
    }

    private func started(_ bench: Bench) async throws -> Experiments {
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        return experiments
    }

    private func order(_ token: String) -> JobOrder {
        JobOrder(kind: LogKind.name, datasets: [.data: "toy"], request: Array("{\"log\":\"\(token)\"}".utf8))
    }

    @Test func itsMembersAreThereAndNothingIsTrained() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench)
        try leave("log_1", in: experiments.folder)
        let job = try await experiments.submit(order("log_1"))
        let done = try await experiments.finished(job.id)
        #expect(done.state == .succeeded && done.kind == "log" && done.members.succeeded == 2, "\(done)")
        #expect(bench.launcher.workerStarts.isEmpty)
        // Its evidence has moved to where that of all members stands.
        #expect(!Files.live.exists(experiments.folder.evidence("log_1")))
        let members = try await experiments.members(of: done)
        #expect(members.allSatisfy { Files.live.exists("\(experiments.folder.member($0.key))/held_out.npy") })
        let view = Bench.views["log"]
        let settings = try JSON.object(view.settings(of: done))
        let shown = String(decoding: settings.encoded(), as: UTF8.self)
        #expect(shown.contains(#""ensemble":{"plan":"imported","folds":2,"repeats":1,"until":null}"#), "\(shown)")
        #expect(try view.warnings(of: done).count == 1 && view.columns(of: done).probeNames == ["a", "b"])
        await #expect(throws: SettingsError.self) { try await experiments.extend(done, repeats: 3) }
        await experiments.stop()
    }

    @Test func evidenceThatDoesNotFitIsRefused() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench)
        try leave("log_2", in: experiments.folder, examples: 59)
        for (token, words) in [("log_2", "it has 59 examples"), ("log_3", "it is not there any more")] {
            await #expect {
                try await experiments.submit(order(token))
            } throws: {
                ($0 as? Failure)?.code == "INGEST_FAILED" && ($0 as? Failure)?.detail.contains(words) == true
            }
        }
        await experiments.stop()
    }

    @Test func aDatasetWithoutLabelsHasNothingToScore() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload(), options: UploadOptions(IngestOptions(task: "none")))
        let data = try #require(try await experiments.library.dataset("toy")?.manifest)
        #expect(data.classes.isEmpty && data.numExamples == 60 && data.missingLabels == 60)
        try leave("log_4", in: experiments.folder)
        await #expect {
            try await experiments.submit(order("log_4"))
        } throws: {
            ($0 as? Failure)?.detail.contains("has no labels") == true
        }
        await #expect {
            try await experiments.submit(DifficultyOrder(dataset: "toy"))
        } throws: {
            ($0 as? SettingsError)?.issues.first?.detail.contains("task=none") == true
        }
        await experiments.stop()
    }
}
