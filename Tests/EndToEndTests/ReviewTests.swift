import Foundation
import ProcessTesting
import Testing

/// From suspicious labels to a corrected dataset, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct ReviewTests {
    private func reviewed() throws -> Service {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("digits"))
        #expect(try service.job("digits")["state"] as? String == "succeeded")
        return service
    }

    private func put(_ service: Service, _ row: Int, _ body: String) throws -> Service.Answer {
        try service.curl("/v1/jobs/digits/reviews/\(row)", "-X", "PUT", "-d", body)
    }

    @Test func reviewsAreKeptAndShownEverywhere() throws {
        let service = try reviewed()
        let given = try #require(try service.curl("/v1/jobs/digits/examples/7").json()["label"] as? String)
        let other = given == "3" ? "4" : "3"
        let first = try put(service, 7, "{\"decision\":\"accept\",\"label\":\"\(other)\"}")
        #expect(first.status == 201, "\(first.text)")
        #expect(first.headers.lowercased().contains("/reviews/7"))
        #expect(try first.json()["given_label"] as? String == given)
        #expect(try put(service, 8, #"{"decision":"exclude"}"#).status == 201)
        #expect(try put(service, 9, #"{"decision":"skip"}"#).status == 201)
        #expect(try put(service, 9, #"{"decision":"keep"}"#).status == 200)
        #expect(try put(service, 10, #"{"decision":"keep"}"#).status == 201)
        #expect(try service.curl("/v1/jobs/digits/reviews/10", "-X", "DELETE").status == 204)
        #expect(try service.curl("/v1/jobs/digits/reviews/10", "-X", "DELETE").status == 404)

        // An acknowledged review survives kill -9.
        service.kill()
        try service.start()
        let list = try service.curl("/v1/jobs/digits/reviews?length=2").json()
        #expect(list["num_reviews_total"] as? Int == 3)
        #expect((list["reviews"] as? [[String: Any]])?.map { $0["row_idx"] as? Int } == [7, 8])
        #expect((list["decisions"] as? [String: Int]) == ["accept": 1, "keep": 1, "skip": 0, "exclude": 1])
        let rest = try service.curl(try #require(list["next"] as? String)).json()
        #expect((rest["reviews"] as? [[String: Any]])?.map { $0["row_idx"] as? Int } == [9])
        try asAColumn(service, other)
        try wrong(service)

        // Another job of the same data shows the same reviews.
        _ = try service.curl(
            "/v1/jobs",
            "-d",
            String(Samples.smallJob("digits", epochs: 5).dropLast()) + #","name":"second"}"#
        )
        #expect(try service.curl("/v1/jobs/second/reviews").json()["num_reviews_total"] as? Int == 3)
    }

    private func asAColumn(_ service: Service, _ label: String) throws {
        let page = try service.curl("/v1/jobs/digits/scores?where=review='accept'&columns=label,review").json()
        let rows = try #require(page["rows"] as? [[String: Any]])
        #expect(rows.map { $0["row_idx"] as? Int } == [7])
        #expect((rows[0]["row"] as? [String: Any])?["review"] as? String == "accept")
        let sorted = try service.curl("/v1/jobs/digits/scores?orderby=review&length=4&columns=review").json()
        #expect((sorted["rows"] as? [[String: Any]])?.map { $0["row_idx"] as? Int } == [7, 8, 9, 0])
        // A change is seen by the same condition at once.
        _ = try put(service, 11, "{\"decision\":\"accept\",\"label\":\"\(label)\"}")
        let again = try service.curl("/v1/jobs/digits/scores?where=review='accept'&columns=review").json()
        #expect(again["num_rows_total"] as? Int == 2)
        _ = try service.curl("/v1/jobs/digits/reviews/11", "-X", "DELETE")

        let example = try service.curl("/v1/jobs/digits/examples/7").json()
        #expect((example["review"] as? [String: Any])?["decision"] as? String == "accept")
        #expect((example["review"] as? [String: Any])?["label"] as? String == label)
        let csv = try service.curl("/v1/jobs/digits/scores.csv").text.split(separator: "\r\n")
        #expect(csv[0].hasSuffix(",review") && csv[8].hasSuffix(",accept") && csv[1].hasSuffix(","))
        #expect(try service.curl("/v1/jobs/digits/issues.csv").text.contains(",review,reviewed_label\r\n"))
        let columns = try service.curl("/v1/jobs/digits/columns").json()["columns"] as? [[String: Any]] ?? []
        #expect(columns.contains { $0["name"] as? String == "review" })
        let codes = try service.curl("/v1/jobs/digits/columns/review").body
        #expect(codes.count == 800 && codes[28..<32] == [0, 0, 0, 0])
        #expect(try service.curl("/v1/jobs/digits/columns/review.npy").status == 200)
        let labels = try service.curl("/v1/jobs/digits/labels.csv").text.split(separator: "\r\n")
        #expect(labels.count == 200, "the header and all but the excluded example")
        #expect(labels[8].contains(",\(label),"))
    }

    private func wrong(_ service: Service) throws {
        let decision = try put(service, 7, #"{"decision":"accpet"}"#)
        #expect(decision.status == 422 && decision.text.contains("/decision") && decision.text.contains("exclude"))
        let label = try put(service, 7, #"{"decision":"accept","label":"cat"}"#)
        #expect(label.status == 422 && label.text.contains("/label") && label.text.contains("Expected one of"))
        #expect(try put(service, 7, #"{"decision":"keep","label":"3"}"#).status == 422)
        #expect(try put(service, 7, #"{}"#).status == 422)
        #expect(try put(service, 7, "accept").status == 400)
        #expect(try put(service, 200, #"{"decision":"keep"}"#).status == 404)
        #expect(try service.curl("/v1/jobs/nobody/reviews").status == 404)
        #expect(try service.curl("/v1/jobs/digits/reviews?decision=maybe").status == 400)
    }

    @Test func reviewsAndTablesMakeVersions() throws {
        let service = try reviewed()
        let parent = try service.curl("/v1/datasets/digits").json()
        let id = try #require(parent["id"] as? String)
        let given = try #require(try service.curl("/v1/jobs/digits/examples/7").json()["label"] as? String)
        let other = given == "3" ? "4" : "3"
        let nothing = try service.curl("/v1/datasets/digits/versions", "-d", #"{"from_reviews":"digits"}"#)
        #expect(nothing.status == 422 && nothing.text.contains("from_reviews"))
        _ = try put(service, 7, "{\"decision\":\"accept\",\"label\":\"\(other)\"}")
        _ = try put(service, 8, #"{"decision":"exclude"}"#)

        let made = try service.curl("/v1/datasets/\(id)/versions?name=fixed", "-d", #"{"from_reviews":"digits"}"#)
        #expect(made.status == 201, "\(made.text) \(service.log.suffix(500))")
        #expect(made.headers.lowercased().contains("location: /v1/datasets/ds_"))
        let version = try made.json()
        #expect(version["parent"] as? String == id && version["num_examples"] as? Int == 199)
        #expect(version["corrections"] as? [String: Int] == ["labels_changed": 1, "examples_excluded": 1])
        let rows = try service.curl("/v1/datasets/fixed/rows?offset=7&length=1").json()["rows"] as? [[String: Any]]
        #expect((rows?.first?["row"] as? [String: Any])?["label"] as? String == other)
        // The same reviews again are the same dataset.
        let again = try service.curl("/v1/datasets/\(id)/versions", "-d", #"{"from_reviews":"digits"}"#)
        #expect(try again.status == 200 && again.json()["id"] as? String == version["id"] as? String)
        // And an example of a version has no review yet.
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("fixed"))
        #expect(try service.job("fixed")["state"] as? String == "succeeded")
        #expect(try service.curl("/v1/jobs/fixed/reviews").json()["num_reviews_total"] as? Int == 0)
        let mixed = try service.curl("/v1/datasets/\(id)/versions", "-d", #"{"from_reviews":"fixed"}"#)
        #expect(mixed.status == 422 && mixed.text.contains(id))

        try fromTables(service, id, other)
    }

    private func fromTables(_ service: Service, _ id: String, _ label: String) throws {
        func send(_ csv: String) throws -> Service.Answer {
            let file = "\(service.folder)/labels.csv"
            try Data(csv.utf8).write(to: URL(fileURLWithPath: file))
            return try service.curl(
                "/v1/datasets/\(id)/versions?name=table",
                "-H",
                "Content-Type: text/csv",
                "--data-binary",
                "@\(file)"
            )
        }
        let before = try FileManager.default.contentsOfDirectory(atPath: "\(service.folder)/data/datasets")
        let wrong = try send("row_idx,label\n7,cat\n900,3\n")
        #expect(wrong.status == 422, "\(wrong.text)")
        let places = try wrong.json()["errors"] as? [[String: String]] ?? []
        #expect(places.map { $0["pointer"] } == ["line 2", "line 3"])
        #expect(try send("").status >= 400)
        for (folder, left) in [("datasets", before.count), ("incoming", 0), ("tasks", 0)] {
            let found = try FileManager.default.contentsOfDirectory(atPath: "\(service.folder)/data/\(folder)")
            #expect(found.count == left, "\(folder): \(found)")
        }
        let made = try send("row_idx,label\n7,\(label)\n12,\(label)\n")
        #expect(made.status == 201, "\(made.text)")
        #expect(try made.json()["parent"] as? String == id)
        // A way back from there is the first dataset again.
        let labels = try service.curl("/v1/jobs/digits/labels.csv").text
        #expect(labels.contains("\r\n7,"))
        let same = try send("row_idx,label\n0,\n")
        #expect(try same.status == 200 && same.json()["id"] as? String == id)
        // The parent may go; the version stays whole.
        #expect(try service.curl("/v1/datasets/\(id)?force=true", "-X", "DELETE").status == 204)
        #expect(try service.curl("/v1/datasets/table/examples/199/image").status == 200)
        #expect(try service.curl("/v1/datasets/table").json()["parent"] as? String == id)
    }
}
