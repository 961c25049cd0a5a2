import Foundation
import ProcessTesting
import Testing

/// `"dry_run": true`, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct DryRunTests {
    private static func job(_ more: String = "", repeats: Int = 2) -> String {
        """
        {"dataset":"digits","model":{"name":"mlp","hidden":[64]},"training":{"epochs":20},\
        "ensemble":{"folds":2,"repeats":\(repeats)},"probes":{"k":5}\(more)}
        """
    }

    /// Names and sizes of all files but those of the store.
    private func files(_ service: Service) throws -> [String: Int] {
        try FileSizes.inside("\(service.folder)/data")
    }

    @Test func itTellsTheCostAndStoresNothing() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(40, in: service.folder))
        let before = try files(service)
        let answer = try service.curl("/v1/jobs", "-d", Self.job(#","dry_run":true"#))
        #expect(answer.status == 200, "\(answer.text) \(service.log)")
        let estimate = try answer.json()
        #expect(estimate["dry_run"] as? Bool == true)
        #expect((estimate["members"] as? [String: Int]) == ["total": 4, "reused": 0, "to_train": 4])
        let cost = try #require(estimate["cost"] as? [String: Any])
        for name in [
            "seconds", "multiplications", "flops", "memory_bytes_per_worker", "memory_bytes", "disk_bytes", "workers",
        ] {
            #expect((cost[name] as? Double ?? 0) > 0, "\(name): \(cost)")
        }
        // 784 x 64 + 64 x 10 multiplications, 200 trained on and 200 held out: 20 epochs, once before and once after.
        let forward = 784.0 * 64 + 64 * 10
        let training = 4 * forward * (3 * 20 * 200 + 20 * 200 + 2 * 400)
        #expect((cost["multiplications"] as? Double ?? 0) > training)
        #expect((cost["multiplications"] as? Double ?? 0) < 4 * training)
        #expect(try files(service) == before)
        #expect((try service.curl("/v1/jobs").json()["jobs"] as? [Any])?.isEmpty == true)

        // The real job leaves on the disk what was told, give or take.
        _ = try service.curl("/v1/jobs", "-d", Self.job())
        #expect(try service.job("digits")["state"] as? String == "succeeded")
        let taken = try files(service).values.reduce(0, +) - before.values.reduce(0, +)
        let told = cost["disk_bytes"] as? Int ?? 0
        #expect(told > taken / 2 && told < 4 * taken, "told \(told), took \(taken)")
    }

    @Test func whatIsThereAlreadyCostsNothing() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        _ = try service.curl("/v1/jobs", "-d", Self.job())
        #expect(try service.job("digits")["state"] as? String == "succeeded")
        let more = try service.curl("/v1/jobs", "-d", Self.job(#","dry_run":true"#, repeats: 3)).json()
        #expect((more["members"] as? [String: Int]) == ["total": 6, "reused": 4, "to_train": 2])
        let all = try service.curl("/v1/jobs", "-d", Self.job(#","dry_run":true,"budget":{"max_members":3}"#)).json()
        #expect((all["members"] as? [String: Int]) == ["total": 3, "reused": 3, "to_train": 0])
        #expect(all["calibration"] is NSNull)
        #expect((all["cost"] as? [String: Any])?["multiplications"] as? Double == 0)
    }
}
