import Arrays
import Foundation
import PlumblineTesting
import TestSupport
import Testing

/// Files as people send them: whole, in pieces, packed, as forms of one or many.
@Suite(.timeLimit(.minutes(2))) struct UploadTests {
    private func idx(_ shape: [Int], _ values: [UInt8]) -> [UInt8] {
        [0, 0, 8, UInt8(shape.count)] + shape.flatMap { [0, 0, 0, UInt8($0)] } + values
    }

    private func count(_ service: LiveService) async throws -> Int? {
        (try await service.ask("GET", "/v1/datasets").json()["datasets"] as? [Any])?.count
    }

    @Test func theSameFileTwiceAndTwiceAtOnceIsOneDataset() async throws {
        try await LiveService.run { service in
            let bytes = try Bench.upload()
            let file = Data(bytes)
            let both = try await withThrowingTaskGroup { group in
                for _ in 0..<2 {
                    group.addTask { try await service.ask("PUT", "/v1/datasets/toy.npz", sending: file).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(both.allSatisfy { [200, 201].contains($0) }, "\(both)")
            let third = try await service.post(
                "/v1/datasets",
                .file("file", bytes, called: "toy.npz"),
                .field("name", "form")
            )
            #expect(third.status == 200, "\(third.text)")
            #expect(try await count(service) == 1)
            let form = try await service.ask("GET", "/v1/datasets/form").json()
            #expect(try form["id"] as? String == third.json()["id"] as? String)
            #expect(try service.entries("datasets").count == 1)
            #expect(try await service.ask("POST", "/v1/datasets?name=raw", sending: file).status == 200)
            let packed = try await service.ask(
                "POST",
                "/v1/datasets?name=packed",
                sending: Data(Deflate.gzip(bytes)),
                headers: ["Content-Encoding": "gzip"]
            )
            #expect(packed.status == 200, "\(packed.text)")
            let chunked = try await service.ask("POST", "/v1/datasets?name=chunked", sending: file, chunked: true)
            #expect(chunked.status == 200, "\(chunked.text)")
        }
    }

    @Test func tablesSayWhatTheyAre() async throws {
        try await LiveService.run { service in
            let table = "species,leaf,plant\n" + (0..<8).map { "\($0 % 2),\($0 * $0),p\($0)\n" }.joined()
            func put(_ target: String, _ text: String) async throws -> LiveService.Answer {
                try await service.ask("PUT", "/v1/datasets/\(target)", sending: Data(text.utf8))
            }
            let sent = try await put("plants.csv?label=species&id=plant", table)
            #expect(sent.status == 201, "\(sent.text)")
            let dataset = try await service.ask("GET", "/v1/datasets/plants").json()
            #expect(dataset["format"] as? String == "csv" && dataset["feature_names"] as? [String] == ["leaf"])
            let rows = try await service.ask("GET", "/v1/datasets/plants/rows?offset=2&length=1").text
            #expect(rows.contains("\"source\":\"plants.csv:4\"") && rows.contains("\"id\":\"p2\""))
            let form = try await service.post(
                "/v1/datasets",
                .file("file", Array(table.utf8), called: "plants.csv"),
                .field("label", "species"),
                .field("id", "plant"),
                .field("task", "classification")
            )
            #expect(form.status == 200, "\(form.text)")
            for (query, status) in [
                ("task=regression", 422), ("label=", 422), ("label=colour", 422), ("lable=leaf", 400),
            ] {
                #expect(try await put("plants.csv?\(query)", table).status == status, "\(query)")
            }
            let broken = try await put("broken.csv", table + "1,2\n")
            #expect(
                broken.text.contains("broken.csv:10: expected 3 cells as the other lines have, got 2."),
                "\(broken.text)"
            )
        }
    }

    @Test func aFormMayHaveManyFiles() async throws {
        try await LiveService.run(FakeLauncher(calibration: Bench.calibration)) { service in
            let images = Form.Part.file(
                "images",
                idx([6, 8, 8], (0..<384).map { UInt8($0 % 251) }),
                called: "images"
            )
            let labels = Form.Part.file("labels", idx([6], [0, 1, 0, 1, 0, 1]), called: "labels")
            let pair = try await service.post("/v1/datasets", images, labels, .field("name", "pair"))
            #expect(try pair.status == 201 && pair.json()["kind"] as? String == "images", "\(pair.text)")
            let values = NDArray(shape: [6, 2], values: (0..<12).map(Float.init))
            let features = Form.Part.file("features", NPY.encode(values), called: "features.npy")
            let both = try await service.post("/v1/datasets", features, images, labels, .field("name", "both"))
            #expect(both.status == 201, "\(both.text)")
            #expect(try both.json()["kind"] as? String == "features" && both.json()["has_pictures"] as? Bool == true)
            let heads = try await service.ask(
                "POST",
                "/v1/jobs",
                #"{"dataset":"both","dry_run":true,"probes":{"k":1},"ensemble":{"folds":2}}"#
            )
            #expect(
                try (heads.json()["training"] as? [String: Any])?["epochs"] as? Int == 48,
                "as on a backbone: \(heads.text)"
            )
            let picture = try await service.ask("GET", "/v1/datasets/both/examples/3/image")
            #expect(picture.status == 200 && picture.body.starts(with: [0x89, 0x50, 0x4e, 0x47]))
            let one = Form.Part.file("file", idx([6, 8, 8], [UInt8](repeating: 1, count: 384)), called: "images")
            let same = try await service.post("/v1/datasets", one, one)
            #expect(same.status == 422 && same.text.contains("filename=cat/1.jpg"), "\(same.text)")
            #expect(try await service.post("/v1/datasets", features).status == 422)
            #expect(try service.entries("incoming").isEmpty)
        }
    }
}
