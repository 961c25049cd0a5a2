import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Recipes
import Service
import Tasks
import Testing

/// A data folder that version 0.1.0 made: `Fixtures/version-0.1.0/make.sh` made it, and killed the service.
@Suite(.timeLimit(.minutes(2))) struct EarlierFolderTests {
    /// Unpacks it where a bench will open it.
    private func bench() throws -> Bench {
        let bench = Bench()
        let fixture = try #require(Bundle.module.resourcePath) + "/Fixtures/version-0.1.0/folder.tar.gz"
        try FileManager.default.createDirectory(atPath: bench.root, withIntermediateDirectories: true)
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = ["tar", "-xzf", fixture, "-C", bench.root, "--strip-components=1"]
        try tar.run()
        tar.waitUntilExit()
        try #require(tar.terminationStatus == 0)
        return bench
    }

    private func documents(_ bench: Bench) throws -> [[String: Any]] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(bench.root)/documents/jobs.json"))
        return try #require(
            (try JSONSerialization.jsonObject(with: data) as? [String: Any])?["jobs"] as? [[String: Any]]
        )
    }

    @Test func itsJobsAreShownAsTheyWere() async throws {
        let bench = try bench()
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        let api = bench.api(on: experiments)
        let jobs = try await experiments.jobs(limit: 100, after: nil, state: nil, dataset: nil).elements
        let before = try documents(bench)
        #expect(jobs.map(\.id) == before.compactMap { $0["id"] as? String } && jobs.count == 8)
        for (job, document) in zip(jobs, before) where job.state == .succeeded {
            var document = document
            // Logs are a kind of their own by now.
            if job.name == "log" { document["kind"] = "log" }
            // Backbones and measured ways came later: a job of that time has none.
            if document["model"] != nil { (document["backbone"], document["machine"]) = (NSNull(), NSNull()) }
            if var training = document["training"] as? [String: Any], training["precision"] != nil {
                training["convolution"] = "own"
                document["training"] = training
            }
            let now = try await api.document(of: job)
            var shown = try #require(try JSONSerialization.jsonObject(with: Data(now.encoded())) as? [String: Any])
            // So did the sentence on what the networks are.
            if var ensemble = shown["ensemble"] as? [String: Any] {
                #expect((ensemble.removeValue(forKey: "members") as? String)?.hasSuffix(".") ?? (job.name == "log"))
                shown["ensemble"] = ensemble
            }
            #expect(shown as NSDictionary == document as NSDictionary, "\(job.name)")
        }
        #expect(jobs.filter { $0.state == .succeeded }.count == 6)
        #expect(String(decoding: try Files.live.read("\(bench.root)/VERSION"), as: UTF8.self) == "2\n")
        await experiments.stop()
    }

    /// Members are found by what they are made from, the engine and the instruction set of the machine that made them among
    /// it.
    @Test func itsMembersAreUsedAgain() async throws {
        let bench = try bench()
        defer { withExtendedLifetime(bench) {} }
        var catalog = Bench.catalog
        catalog.engine = EngineIdentity(version: "2/onednn-2.6.3", instructionSet: "avx512_core_bf16")
        let kind = DifficultyKind(MemberTasks(catalog: catalog))
        let experiments = try bench.open(kinds: JobKinds([kind, Bench.pruning] + Bench.kinds.all.suffix(1)))
        var order = DifficultyOrder(dataset: "toy")
        (order.model, order.options.hidden) = ("mlp", [4])
        (order.training.epochs, order.training.batchSize, order.folds, order.repeats) = (12, 4, 2, 2)
        order.plant = DifficultyRequest.Plant()
        let job = try await experiments.submit(order)
        #expect(job.members.total == 4 && job.members.reused == 4, "\(job.members)")
        await experiments.stop()
    }
}
