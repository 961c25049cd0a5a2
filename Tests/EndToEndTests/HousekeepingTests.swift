import Foundation
import ProcessTesting
import Testing

/// What remains on the disk, and what happens when it is nearly full, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct HousekeepingTests {
    private static func job(seed: Int, epochs: Int = 2, repeats: Int = 1) -> String {
        """
        {"dataset":"digits","model":{"name":"mlp","hidden":[16]},"training":{"epochs":\(epochs),"seed":\(seed)},\
        "ensemble":{"folds":2,"repeats":\(repeats)},"probes":{"k":5}}
        """
    }

    private func started(_ arguments: [String] = []) throws -> Service {
        let service = try Service(arguments)
        let upload = try service.curl("/v1/datasets/", "-T", try Samples.digits(10, in: service.folder))
        #expect(upload.status == 201, "\(upload.text)")
        return service
    }

    private func files(_ service: Service) throws -> [String: Int] { try FileSizes.inside("\(service.folder)/data") }

    @Test func tenJobsLeaveNoTraceWhenTheyAreDeleted() throws {
        let service = try started()
        let before = try files(service)
        var ids: [String] = []
        for seed in 0..<10 {
            let body = Self.job(seed: seed, repeats: seed == 9 ? 100 : 1)
            let answer = try service.curl("/v1/jobs", "-d", body)
            ids.append(try #require(try answer.json()["id"] as? String))
        }
        for id in ids.dropLast() { #expect(try service.job(id)["state"] as? String == "succeeded") }
        // The last one is deleted in the middle.
        _ = try service.job(ids[9]) { ($0["members"] as? [String: Int])?["running"] ?? 0 > 0 }
        #expect(try files(service).count > before.count)
        for id in ids { #expect(try service.curl("/v1/jobs/\(id)", "-X", "DELETE").status == 204) }
        // Its workers take a moment to end; their folders go with them.
        var after = try files(service)
        while after != before, !service.workers.isEmpty || after.keys.contains(where: { $0.hasPrefix("tasks/") }) {
            usleep(50_000)
            after = try files(service)
        }
        #expect(after == before)
        #expect((try service.curl("/v1/jobs").json()["jobs"] as? [Any])?.isEmpty == true)
    }

    @Test func plantedOrphansAreGoneAfterARestart() throws {
        let service = try started()
        _ = try service.curl("/v1/jobs", "-d", Self.job(seed: 0))
        let job = try service.job("digits")
        let id = try #require(job["id"] as? String)
        // A start removes the partial revision, too, that the final one replaced.
        #expect(service.stop() == 0)
        try service.start()
        service.kill()
        let before = try files(service)
        for path in [
            "incoming/ds_0000000000", "tasks/0123.1/spec.json", "checkpoints/0123", "members/0123/manifest.json",
            "jobs/job_0000000000/columns/1/summary.json", "jobs/\(id)/columns/77/summary.json",
            "datasets/0123/manifest.json",
        ] {
            let file = URL(fileURLWithPath: "\(service.folder)/data/\(path)")
            let home = file.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
            try Data("{}".utf8).write(to: file)
        }
        #expect(try files(service) != before)
        try service.start()
        #expect(try files(service) == before)
        #expect(service.log.contains("what belonged to nobody was removed"))
        #expect(try service.curl("/v1/jobs/\(id)/scores.csv").status == 200)
    }

    @Test func jobsOlderThanTheRetentionGo() throws {
        let service = try started()
        _ = try service.curl("/v1/jobs", "-d", Self.job(seed: 0))
        let id = try #require(try service.job("digits")["id"] as? String)
        #expect(service.stop() == 0)
        // A day is not over; a millionth of one is.
        try service.start(["--retention-days", "1"])
        #expect(try service.curl("/v1/jobs/\(id)").status == 200)
        #expect(service.stop() == 0)
        try service.start(["--retention-days", "0.000001"])
        while try service.curl("/v1/jobs/\(id)").status == 200 { usleep(20_000) }
        #expect(try service.curl("/v1/jobs/\(id)").status == 404)
        #expect(try service.curl("/v1/datasets/digits").status == 200)
    }

    @Test func aNearlyFullDiskRefusesUploadsAndJobsAndPausesMembers() throws {
        let service = try started()
        let id = try #require(
            try service.curl("/v1/jobs", "-d", Self.job(seed: 0, epochs: 100, repeats: 10)).json()["id"] as? String
        )
        _ = try service.job(id) { ($0["members"] as? [String: Int])?["running"] ?? 0 > 0 }
        service.kill()
        // More than any disk has.
        try service.start(["--min-free-bytes", "4000000000000000000"])
        let paused = try service.job(id) { !(($0["warnings"] as? [Any])?.isEmpty ?? true) }
        #expect(["queued", "running"].contains(paused["state"] as? String), "\(paused)")
        #expect((paused["warnings"] as? [[String: Any]])?.first?["code"] as? String == "disk_nearly_full")
        #expect((paused["members"] as? [String: Int])?["running"] == 0)
        for refused in [
            try service.curl("/v1/jobs", "-d", Self.job(seed: 1)),
            try service.curl("/v1/datasets/", "-T", try Samples.digits(5, in: service.folder, name: "other.npz")),
            try service.curl("/v1/jobs", "-F", "file=@\(service.folder)/other.npz", "-F", "spec={}"),
        ] {
            #expect(refused.status == 507, "\(refused.text)")
            #expect(refused.text.contains("free") && refused.text.contains("needed"))
        }
        #expect(service.stop() == 0)
        try service.start()
        let done = try service.job(id)
        #expect(done["state"] as? String == "succeeded", "\(done)")
        let codes = (done["warnings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
        #expect(!codes.contains("disk_nearly_full"))
    }
}
