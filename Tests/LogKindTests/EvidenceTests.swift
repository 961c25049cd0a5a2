import Arrays
import EnsembleKind
import Foundation
import PlumblineTesting
import Testing

/// `POST /v1/evidence`: training logs of somebody else's, read like any other job, and their scores in earnest.
@Suite(.timeLimit(.minutes(5))) struct EvidenceTests {
    /// The package's neighbour folder with a real log, where it is there.
    static let sharedLog: String? = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = package.appending(path: "../shared/data/training_log_mnist3000.zip").standardized.path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    /// Nothing is trained for a log; its evidence is reduced as it always is.
    private static var reducing: FakeLauncher { FakeLauncher(reductions: [ScoreReduction()]) }

    /// An NPZ of a file each.
    private func npz(_ arrays: (String, [UInt8])...) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var archive = NPZWriter { bytes.append(contentsOf: $0) }
        for (name, npy) in arrays { try archive.add(name, npy: npy) }
        try archive.finish()
        return bytes
    }

    private func npy<Element: ArrayElement>(_ shape: [Int], _ values: [Element]) -> [UInt8] {
        NPY.encode(NDArray(shape: shape, values: values))
    }

    private func column(_ service: LiveService, _ job: String, _ name: String) async throws -> [Float] {
        let answer = try await service.ask("GET", "/v1/jobs/\(job)/columns/\(name).npy")
        #expect(answer.status == 200, "\(answer.text)")
        return try NPY.decode(Array(answer.body), as: Float.self).values
    }

    private func put(
        _ service: LiveService,
        _ target: String,
        _ log: [UInt8],
        headers: [String: String] = [:]
    ) async throws -> LiveService.Answer {
        try await service.ask("PUT", "/v1/evidence/\(target)", sending: Data(log), headers: headers)
    }

    /// A real log of 3,000 MNIST examples over 50 presentations goes in as its authors packed it, and gives their counts.
    @Test(.enabled(if: sharedLog != nil, "needs training_log_mnist3000.zip in ../shared/data"))
    func aRealLogGivesItsAuthorsCounts() async throws {
        try await LiveService.run(Self.reducing) { service in
            let path = try #require(Self.sharedLog)
            let answer = try await put(
                service,
                "training_log_mnist3000.zip?observe=presentation",
                [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            )
            #expect(answer.status == 202, "\(answer.text)")
            let job = try await service.job("training_log_mnist3000")
            #expect(job["state"] as? String == "succeeded", "\(job)")
            let table = try NPZReader(path: path).contents("training_log/mnist3000_expected_forgetting.csv")
            let expected = String(decoding: table, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst()
                .map { $0.split(separator: ",").map(String.init) }
            #expect(expected.count == 3_000)
            let name = "training_log_mnist3000"
            #expect(
                try await column(service, name, "forgetting_events_counted") == expected.compactMap { Float($0[1]) }
            )
            #expect(try await column(service, name, "forgetting_events") == expected.compactMap { Float($0[2]) })
            #expect(try await column(service, name, "presentations_to_learn") == expected.compactMap { Float($0[4]) })
            // Rows are called by the log's own index.
            let first = try await service.ask("GET", "/v1/jobs/\(name)/scores?length=1").json()
            let row = (first["rows"] as? [[String: Any]])?.first?["row"] as? [String: Any]
            #expect(row?["id"] as? String == expected[0][0])
            let missing = (job["not_computed"] as? [[String: Any]])?.compactMap { $0["score"] as? String } ?? []
            #expect(
                Set(missing).isSuperset(of: ["prediction_depth_train", "issue_score", "datamap_confidence", "el2n"])
            )
            #expect(!missing.contains("aum") && !missing.contains("forgetting_events"))
        }
    }

    /// Everything that a page or a script asks of a job, of one whose evidence holds little.
    @Test func everyResultOfALogCanBeRead() async throws {
        try await LiveService.run(Self.reducing) { service in
            let log = try npz(("correct", npy([3, 4], [1, 0, 0, 1, 0, 0, 1, 1, 1, 0, 1, 1] as [UInt8])))
            let answer = try await service.post(
                "/v1/evidence",
                .file("file", log, called: "run.npz"),
                .field("name", "mine")
            )
            #expect(answer.status == 202, "\(answer.text)")
            #expect(answer.headers["location"]?.hasPrefix("/v1/jobs/job_") == true)
            let job = try await service.job("mine")
            #expect(job["state"] as? String == "succeeded", "\(job)")
            #expect((job["ensemble"] as? [String: Any])?["plan"] as? String == "imported")
            #expect((job["training"] as? [String: Any])?["epochs"] as? Int == 3)
            let events = try await column(service, "mine", "forgetting_events")
            #expect(events == [1, 3, 0, 0])
            for path in [
                "", "/members", "/scores", "/scores.csv", "/scores.jsonl", "/scores.npz", "/summary", "/issues",
                "/issues.csv",
                "/columns", "/examples/1", "/events.txt", "/members/0/evidence.npz", "/labels.csv", "/reviews",
                "/scores?where=forgetting_events>0&orderby=-forgetting_events",
            ] {
                let answer = try await service.ask("GET", "/v1/jobs/mine\(path)")
                #expect(answer.status == 200, "\(path): \(answer.text.prefix(300))")
            }
            #expect(
                try await service.ask("GET", "/v1/jobs/mine/heldout_probs.npy").json()["error_code"] as? String
                    == "NOT_COMPUTED"
            )
            for format in ["cleanlab", "cartography"] {
                #expect(
                    try await service.ask("GET", "/v1/jobs/mine/export?format=\(format)").status == 409,
                    "\(format)"
                )
            }
            #expect(try await service.ask("GET", "/v1/jobs/mine/export?format=label-studio").status == 200)
            #expect(try await service.ask("GET", "/v1/jobs/mine/issues?type=wrong").status == 400)
            let example = try await service.ask("GET", "/v1/jobs/mine/examples/1").json()
            #expect(
                ((example["scores"] as? [String: Any])?["never_learned"] as? [String: Any])?["value"] as? Double == 1
            )
            let dataset = try #require((job["dataset"] as? [String: Any])?["id"] as? String)
            for path in ["", "/rows", "/statistics", "/examples/0"] {
                let answer = try await service.ask("GET", "/v1/datasets/\(dataset)\(path)")
                #expect(answer.status == 200, "\(path): \(answer.text.prefix(300))")
            }
            let training = try await service.ask("POST", "/v1/jobs", "{\"dataset\":\"\(dataset)\"}")
            #expect(training.status == 422 && training.text.contains("without inputs"), "\(training.text)")
            let extended = try await service.ask("POST", "/v1/jobs/mine/extend", "{\"repeats\":4}")
            #expect(extended.status == 422 && extended.text.contains("training log"), "\(extended.text)")
            #expect(try await service.ask("DELETE", "/v1/jobs/mine").status == 204)
            #expect(try await service.ask("DELETE", "/v1/datasets/\(dataset)").status == 204)
            for name in ["members", "evidence", "datasets", "incoming", "tasks"] {
                #expect(try service.entries(name) == [], "\(name)")
            }
        }
    }

    /// A client whose answer got lost sends the same log again.
    @Test func aRepeatedLogIsTheFirstOnesJob() async throws {
        try await LiveService.run(Self.reducing) { service in
            let log = try npz(("correct", npy([2, 3], [1, 0, 0, 1, 1, 1] as [UInt8])))
            let key = ["Idempotency-Key": "log-1"]
            let first = try await put(service, "run.npz", log, headers: key)
            #expect(first.status == 202, "\(first.text)")
            let again = try await put(service, "run.npz", log, headers: key)
            #expect(again.status == 202)
            #expect(try again.json()["id"] as? String == first.json()["id"] as? String)
            #expect(again.headers["idempotency-replayed"] == "true")
            let other = try await service.ask("POST", "/v1/evidence?k=5", sending: Data(log), headers: key)
            #expect(try other.json()["error_code"] as? String == "IDEMPOTENCY_KEY_REUSED")
            let without = try await put(service, "run.npz", log)
            #expect(try without.json()["id"] as? String != first.json()["id"] as? String)
        }
    }

    @Test func aLogOfADataSetHasItsSourcesAndLabels() async throws {
        try await LiveService.run(Self.reducing) { service in
            let pictures = Data(try Bench.pictures(30))
            #expect(try await service.ask("PUT", "/v1/datasets/digits.npz", sending: pictures).status == 201)
            let labels = try await service.ask("GET", "/v1/datasets/digits/rows?length=30").json()
            let rows = try #require(labels["rows"] as? [[String: Any]])
            // Sure of the given label, except of row 4, which is taken for class 9.
            let probabilities = rows.enumerated().flatMap { index, row -> [Float] in
                let label = index == 4 ? 9 : Int((row["row"] as? [String: Any])?["label"] as? String ?? "") ?? 0
                return (0..<10).map { (digit: Int) -> Float in digit == label ? 0.91 : 0.01 }
            }
            let log = try npz(("pred_probs", npy([30, 10], probabilities)))
            let answer = try await put(service, "probs.npz?dataset=digits&name=crossval", log)
            #expect(answer.status == 202, "\(answer.text)")
            let job = try await service.job("crossval")
            #expect(job["state"] as? String == "succeeded", "\(job)")
            #expect((job["dataset"] as? [String: Any])?["name"] as? String == "digits")
            let issues = try await service.ask("GET", "/v1/jobs/crossval/issues").json()
            let first = (issues["issues"] as? [[String: Any]])?.first
            #expect(first?["row_idx"] as? Int == 4)
            #expect(first?["suggested_label"] as? String == "9")
            #expect((first?["image"] as? [String: Any]) != nil)
            #expect((try await service.ask("GET", "/v1/datasets").json()["datasets"] as? [Any])?.count == 1)
            #expect(try await service.ask("GET", "/v1/jobs/crossval/heldout_probs.npy").status == 200)

            let fewer = try npz(("pred_probs", npy([29, 10], Array(probabilities.prefix(290)))))
            let short = try await put(service, "probs.npz?dataset=digits", fewer)
            #expect(short.status == 422)
            #expect(try short.json()["error_code"] as? String == "BAD_LOG")
            let place = (try short.json()["errors"] as? [[String: Any]])?.first
            #expect(place?["pointer"] as? String == "pred_probs")
            #expect(place?["detail"] as? String == "expected N = 30 examples as in the dataset, got N = 29")
            #expect(try await put(service, "probs.npz?dataset=nothing", fewer).status == 404)
        }
    }

    @Test func aWrongLogIsToldWhatIsWrongAndNothingIsKept() async throws {
        try await LiveService.run(Self.reducing) { service in
            let log = try npz(("correct", npy([2, 2], [0, 1, 7, 1] as [UInt8])))
            let file = Form.Part.file("file", log, called: "log.npz")
            let answer = try await put(service, "log.npz", log)
            #expect(answer.status == 422)
            #expect(try answer.json()["detail"] as? String == "correct[1, 0]: expected 0 or 1, got 7")
            #expect(try await service.post("/v1/evidence?observe=sometimes", file).status == 400)
            #expect(try await service.post("/v1/evidence?dataste=x", file).status == 400)
            #expect(try await service.post("/v1/evidence", file, .field("label", "y")).status == 422)
            #expect(try await service.ask("POST", "/v1/evidence", sending: Data()).status == 400)
            #expect((try await service.ask("GET", "/v1/jobs").json()["jobs"] as? [Any])?.isEmpty == true)
            #expect((try await service.ask("GET", "/v1/datasets").json()["datasets"] as? [Any])?.isEmpty == true)
            for name in ["members", "evidence", "datasets", "incoming", "tasks"] {
                #expect(try service.entries(name) == [], "\(name)")
            }
        }
    }

    /// Logits, held-out folds and layers in one log: every score there is.
    @Test func aFullLogGivesEveryScore() async throws {
        try await LiveService.run(Self.reducing) { service in
            let (members, epochs, count) = (4, 5, 40)
            var logits: [Float] = []
            for member in 0..<members {
                for epoch in 0..<epochs {
                    for row in 0..<count {
                        let isRight = (row * 7 + epoch * 3 + member) % 11 > 2
                        let isFirst = (row % 2 == 0) == isRight
                        logits += isFirst ? [Float(epoch), 0] : [0, Float(epoch)]
                    }
                }
            }
            var heldOut: [UInt8] = []
            for member in 0..<members {
                for row in 0..<count { heldOut.append(row / 20 == member % 2 ? 1 : 0) }
            }
            let labels: [Int64] = (0..<count).map { Int64($0 % 2) }
            let log = try npz(
                ("logits", npy([members, epochs, count, 2], logits)),
                ("held_out", npy([members, count], heldOut)),
                ("labels", npy([count], labels))
            )
            #expect(try await put(service, "full.npz", log).status == 202)
            let job = try await service.job("full")
            #expect(job["state"] as? String == "succeeded", "\(job)")
            #expect((job["members"] as? [String: Any])?["total"] as? Int == 4)
            let missing = (job["not_computed"] as? [[String: Any]])?.compactMap { $0["score"] as? String } ?? []
            #expect(
                Set(missing) == [
                    "prediction_depth_heldout", "prediction_depth_train", "group", "iteration_learned_heldout",
                    "iteration_learned_train", "input_knn", "input_margin",
                ]
            )
            let layer: [Float] = (0..<count).map { row in Float(row % 2) + Float(row) * 0.01 }
            let layers = try npz(("labels", npy([count], labels)), ("layer_0", npy([count, 1], layer)))
            #expect(try await put(service, "full.npz?k=3&name=layers", layers).status == 202)
            let depths = try await service.job("layers")
            #expect(depths["state"] as? String == "succeeded", "\(depths)")
            #expect((depths["model"] as? [String: Any])?["num_probes"] as? Int == 1)
            #expect(
                try await column(service, "layers", "prediction_depth_train") == [Float](repeating: 0, count: count)
            )
            #expect(try await service.ask("GET", "/v1/jobs/layers/examples/3").status == 200)
        }
    }

}
