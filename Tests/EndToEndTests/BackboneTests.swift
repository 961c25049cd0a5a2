import Foundation
import ProcessTesting
import TestSupport
import Testing

/// Whether set-up could fetch the bundled network.
private let hasBackbone = FileManager.default.fileExists(
    atPath: "\(Service.package)/models/efficientnet-lite0/backbone.json"
)

private let hasEncoder = FileManager.default.fileExists(atPath: "\(Service.package)/models/minilm-l6/backbone.json")

/// Photographs and texts through a pretrained network, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct BackboneTests {
    private func service(models: String = "\(Service.package)/models") throws -> Service {
        try Service(["--models-dir", models])
    }

    /// A ZIP of three folders of coloured noise, 96 x 80 pixels: as photographs come.
    private func photographs(_ perClass: Int, in folder: String) throws -> String {
        let script = """
            import random, struct, sys, zipfile, zlib
            def chunk(name, data):
                return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
            random.seed(3)
            with zipfile.ZipFile(sys.argv[1] + '/photos.zip', 'w') as z:
                for c, colour in enumerate([(200, 80, 40), (60, 180, 80), (50, 70, 210)]):
                    for i in range(int(sys.argv[2])):
                        rows = b''.join(b'\\0' + bytes(max(0, min(255, colour[x % 3] + random.randint(-60, 60))) for x in range(240))
                                        for y in range(96))
                        png = b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 80, 96, 8, 2, 0, 0, 0))
                        png += chunk(b'IDAT', zlib.compress(rows, 1)) + chunk(b'IEND', b'')
                        z.writestr(f'{"abc"[c]}/{i:03}.png', png)
            """
        #expect(try Program.run("python3", ["-c", script, folder, "\(perClass)"]).code == 0)
        return "\(folder)/photos.zip"
    }

    private static let job = #"{"dataset":"photos","ensemble":{"folds":3,"repeats":1},"probes":{"k":5}}"#

    private func embeddings(_ service: Service) throws -> [String] {
        let root = "\(service.folder)/data/embeddings"
        return try FileManager.default.contentsOfDirectory(atPath: root).flatMap { name in
            try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(name)").map { "\(name)/\($0)" }
        }
    }

    /// Whether all threads of a process are under a filter of system calls.
    private func everyThreadIsFiltered(_ process: pid_t) -> Bool {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return !threads.isEmpty
            && threads.allSatisfy { thread in
                let path = "/proc/\(process)/task/\(thread)/status"
                return (try? String(contentsOfFile: path, encoding: .utf8))?.contains("Seccomp:\t2") == true
            }
    }

    /// Killed in the middle of the embedding, workers and all, the job ends with the same bits; the embeddings are made once, are
    /// used by the next job, and go with the dataset.
    @Test(.enabled(if: hasBackbone, "needs models/, which config/setup.sh fetches"))
    func embeddingIsResumedAndReused() throws {
        let undisturbed = try service()
        #expect(
            try undisturbed.curl("/v1/datasets/", "-T", photographs(100, in: undisturbed.folder)).status == 201
        )
        let sheets = try undisturbed.curl("/v1/datasets/photos").json()["thumbnails"] as? [String: Any]
        let sheet = try #require(sheets?["href"] as? String).replacingOccurrences(of: "{sheet}", with: "0")
        #expect(try sheet.hasSuffix(".jpg") && undisturbed.curl(sheet).body.starts(with: [0xFF, 0xD8, 0xFF]))
        #expect(try undisturbed.curl("/v1/datasets/photos/thumbnails/0.png").status == 404)
        let submitted = try undisturbed.curl("/v1/jobs", "-d", Self.job)
        #expect(submitted.status == 202, "\(submitted.text)")
        let done = try undisturbed.job("photos")
        #expect(done["state"] as? String == "succeeded", "\(done)")
        #expect((done["backbone"] as? [String: Any])?["name"] as? String == "efficientnet-lite0")
        #expect((done["model"] as? [String: Any])?["num_probes"] as? Int == 13)
        let scores = try undisturbed.curl("/v1/jobs/photos/scores.npz").body
        let probes = try undisturbed.curl("/v1/jobs/photos/summary").json()["probe_accuracy"] as? [[String: Any]] ?? []
        #expect(probes.map { $0["name"] as? String ?? "" }.suffix(3) == ["embedding", "hidden1", "softmax"])

        let killed = try service()
        #expect(try killed.curl("/v1/datasets/", "-T", photographs(100, in: killed.folder)).status == 201)
        #expect(try killed.curl("/v1/jobs", "-d", Self.job).status == 202)
        while try !embeddings(killed).contains(where: { $0.contains("piece_") && $0.hasSuffix(".npy") }) {
            usleep(5_000)
        }
        // One that begins only now may not be confined yet; whoever wrote the piece is.
        let filtered = killed.workers.filter(everyThreadIsFiltered)
        #expect(!filtered.isEmpty, "a worker that runs strangers' networks can open sockets")
        for worker in killed.workers { kill(worker, SIGKILL) }
        killed.kill()
        #expect(
            try !embeddings(killed).contains { $0.hasSuffix("manifest.json") },
            "it was too late to interrupt anything"
        )
        try killed.start(["--models-dir", "\(Service.package)/models"])
        let resumed = try killed.job("photos")
        #expect(resumed["state"] as? String == "succeeded", "\(resumed)")
        #expect(try killed.curl("/v1/jobs/photos/scores.npz").body == scores)
        let files = try embeddings(killed)
        #expect(files.count { $0.hasSuffix("manifest.json") } == 1)
        #expect(!files.contains { $0.contains("piece_") }, "\(files)")

        let next = Self.job.dropLast() + #","name":"next","training":{"seed":7}}"#
        #expect(try killed.curl("/v1/jobs", "-d", String(next)).status == 202)
        #expect(try killed.job("next")["state"] as? String == "succeeded")
        #expect(try embeddings(killed).count { $0.hasSuffix("manifest.json") } == 1)

        // A version with a corrected label shows the same pictures.
        let labels = "\(killed.folder)/labels.csv"
        try "source,label\na/000.png,b\n".write(toFile: labels, atomically: true, encoding: .utf8)
        let made = try killed.curl(
            "/v1/datasets/photos/versions",
            "-H",
            "Content-Type: text/csv",
            "--data-binary",
            "@\(labels)"
        )
        let version = try #require(try made.json()["id"] as? String, "\(made.text)")
        let corrected = Self.job.replacingOccurrences(of: #""photos""#, with: "\"\(version)\",\"name\":\"corrected\"")
        #expect(try killed.curl("/v1/jobs", "-d", corrected).status == 202)
        #expect(try killed.job("corrected")["state"] as? String == "succeeded")
        #expect(try embeddings(killed).count { $0.hasSuffix("manifest.json") } == 1)
        #expect(try killed.curl("/v1/jobs/corrected", "-X", "DELETE").status == 204)
        #expect(try killed.curl("/v1/datasets/\(version)", "-X", "DELETE").status == 204)
        #expect(try embeddings(killed).count { $0.hasSuffix("manifest.json") } == 1, "the parent's are still needed")
        for name in ["photos", "next"] { #expect(try killed.curl("/v1/jobs/\(name)", "-X", "DELETE").status == 204) }
        #expect(try killed.curl("/v1/datasets/photos", "-X", "DELETE").status == 204)
        #expect(try embeddings(killed).isEmpty)
    }

    /// A table of questions goes through the encoder: its layers are the probes, its texts are shown, and whoever says otherwise
    /// has counted words.
    @Test(.enabled(if: hasEncoder, "needs models/, which config/setup.sh fetches"))
    func textsGoThroughTheEncoder() throws {
        let service = try service()
        let kinds = [
            "card": ["where is my new card", "has the card been sent to me", "how long until the card arrives"],
            "money": ["why was I charged twice", "there is a fee on my payment", "what is this charge for"],
        ]
        let rows = (0..<60).map { row in
            let kind = row % 2 == 0 ? "card" : "money"
            let text = kinds[kind]![row / 2 % 3]
            return "\"\(text), and please answer number \(row)\",\(row == 30 ? "money" : kind)"
        }
        let file = "\(service.folder)/questions.csv"
        try (["text,label"] + rows).joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try service.curl("/v1/datasets/questions.csv", "-T", file).status == 201)
        let texts = try service.curl("/v1/datasets/questions").json()["texts"] as? [String: Any]
        #expect(texts?["are_all"] as? Bool == true && texts?["english"] as? Double ?? 0 > 0.3, "\(texts ?? [:])")
        let job = #"{"dataset":"questions","ensemble":{"folds":3,"repeats":2},"probes":{"k":5}}"#
        #expect(try service.curl("/v1/jobs", "-d", job).status == 202)
        let done = try service.job("questions")
        #expect(done["state"] as? String == "succeeded", "\(done)")
        #expect((done["backbone"] as? [String: Any])?["name"] as? String == "minilm-l6")
        let summary = try service.curl("/v1/jobs/questions/summary").json()
        let probes = (summary["probe_accuracy"] as? [[String: Any]] ?? []).map { $0["name"] as? String ?? "" }
        #expect(probes == ["words"] + (1...5).map { "layer\($0)" } + ["embedding", "hidden1", "softmax"])
        let issues = try service.curl("/v1/jobs/questions/issues").json()["issues"] as? [[String: Any]] ?? []
        #expect(
            issues.first?["row_idx"] as? Int == 30 && issues.first?["suggested_label"] as? String == "card",
            "\(issues)"
        )
        let example = try service.curl("/v1/jobs/questions/examples/30").json()
        #expect(example["text"] as? String == "where is my new card, and please answer number 30")
        let row = try service.curl("/v1/datasets/questions/rows?offset=30&length=1").json()["rows"] as? [[String: Any]]
        #expect((row?.first?["row"] as? [String: Any])?["text"] as? String == example["text"] as? String)
        let counted = try service.curl("/v1/jobs", "-d", #"{"dataset":"questions","backbone":"none","dry_run":true}"#)
            .json()
        #expect(counted["backbone"] is NSNull, "\(counted)")
        // What does not look like English has its words counted, and its job says so and names the way out.
        let german = (0..<40).map { "wo bleibt meine neue Karte Nummer \($0),\($0 % 2 == 0 ? "a" : "b")" }
        let other = "\(service.folder)/fragen.csv"
        try (["text,label"] + german).joined(separator: "\n").write(toFile: other, atomically: true, encoding: .utf8)
        #expect(try service.curl("/v1/datasets/fragen.csv", "-T", other).status == 201)
        #expect(try service.curl("/v1/jobs", "-d", #"{"dataset":"fragen","probes":{"k":0}}"#).status == 202)
        let warned = try service.job("fragen") { ($0["warnings"] as? [Any])?.isEmpty == false }
        #expect(
            "\(warned["warnings"] ?? "")".contains("words_counted") && "\(warned)".contains("minilm-l6"),
            "\(warned)"
        )
        #expect(warned["backbone"] is NSNull)
        // A corrected version has the same texts: what was embedded is used again.
        let labels = "\(service.folder)/labels.csv"
        try "row_idx,label\n30,card\n".write(toFile: labels, atomically: true, encoding: .utf8)
        let csv = ["-H", "Content-Type: text/csv", "--data-binary", "@\(labels)"]
        let made = try service.curl("/v1/datasets/questions/versions", csv[0], csv[1], csv[2], csv[3])
        let version = try #require(try made.json()["id"] as? String, "\(made.text)")
        #expect(try service.curl("/v1/jobs", "-d", #"{"dataset":"\#(version)","name":"again"}"#).status == 202)
        #expect(try service.job("again")["state"] as? String == "succeeded")
        #expect(try embeddings(service).count { $0.hasSuffix("manifest.json") } == 1)
    }

    /// Small grey pictures stay what they were: the same network, the same bits.
    @Test(.enabled(if: hasBackbone, "needs models/, which config/setup.sh fetches"))
    func digitsAreNoPhotographs() throws {
        let service = try service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(10, in: service.folder))
        let dry = try service.curl("/v1/jobs", "-d", #"{"dataset":"digits","dry_run":true}"#).json()
        #expect(dry["backbone"] is NSNull && (dry["model"] as? [String: Any])?["name"] as? String == "cnn", "\(dry)")
        _ = try service.curl("/v1/datasets/", "-T", photographs(12, in: service.folder))
        let named = try service.curl("/v1/jobs", "-d", #"{"dataset":"photos","model":"mlp","dry_run":true}"#).json()
        #expect(named["backbone"] is NSNull && named["model"] is [String: Any], "a model by name sees pixels: \(named)")
    }

    /// Somebody's own network: taken, listed, used, deleted; what is none is a 422 and leaves nothing.
    @Test(.enabled(if: hasBackbone, "needs models/, which config/setup.sh fetches"))
    func peopleBringTheirOwn() throws {
        let service = try service()
        _ = try service.curl("/v1/datasets/", "-T", photographs(12, in: service.folder))
        let script = """
            import sys
            sys.path.insert(0, sys.argv[1] + '/config')
            from backbone import field, integer, node, tensor, value_info
            def network(channels):
                weights = [((7 * i) % 11 - 5) / 20 for i in range(channels * 3)]
                graph = node('Conv', ['x', 'w'], 'c') + node('GlobalAveragePool', ['c'], 'p')
                graph += node('Flatten', ['p'], 'out', integer('axis', 1)) + field(2, 'tiny')
                graph += tensor('w', [channels, 3, 1, 1], weights)
                graph += value_info(11, 'x', ['n', 3, 'h', 'w']) + value_info(12, 'c', ['n', channels, 'h', 'w'])
                graph += value_info(12, 'out', ['n', channels])
                return field(1, 7) + field(7, graph) + field(8, field(1, '') + field(2, 13))
            folder = sys.argv[2]
            good = network(8)
            open(folder + '/tiny.onnx', 'wb').write(good)
            open(folder + '/cut.onnx', 'wb').write(good[:len(good) // 2])
            open(folder + '/nothing.onnx', 'wb').write(b'no network at all')
            # Weights that are all zero answer every picture alike; weights in another file, wherever that is, are not sent.
            open(folder + '/blind.onnx', 'wb').write(good.replace(tensor('w', [8, 3, 1, 1], [((7 * i) % 11 - 5) / 20 for i in range(24)]),
                                                                  tensor('w', [8, 3, 1, 1], [0.0] * 24)))
            outside = field(5, field(1, 8) + field(1, 3) + field(1, 1) + field(1, 1) + field(2, 1) + field(8, 'w') + field(14, 1)
                            + field(13, field(1, 'location') + field(2, '/etc/passwd')))
            shell = node('Conv', ['x', 'w'], 'out') + field(2, 'outside') + outside
            shell += value_info(11, 'x', ['n', 3, 'h', 'w']) + value_info(12, 'out', ['n', 8, 'h', 'w'])
            open(folder + '/outside.onnx', 'wb').write(field(1, 7) + field(7, shell) + field(8, field(1, '') + field(2, 13)))
            """
        #expect(try Program.run("python3", ["-c", script, Service.package, service.folder]).code == 0)
        func send(_ name: String, _ query: String = "") throws -> Service.Answer {
            try service.curl("/v1/backbones/\(name).onnx\(query)", "-T", "\(service.folder)/\(name).onnx")
        }
        for name in ["cut", "nothing"] {
            let refused = try send(name)
            #expect(refused.status == 422 && refused.text.contains("BAD_BACKBONE"), "\(refused.text)")
        }
        let blind = try send("blind", "?size=32")
        #expect(blind.status == 422 && blind.text.contains("depends on no picture"), "\(blind.text)")
        let outside = try send("outside", "?size=32")
        #expect(outside.status == 422 && outside.text.contains("weights are in another file"), "\(outside.text)")
        #expect(!outside.text.contains("passwd"), "what is there or not is nobody's business")
        #expect(try send("tiny", "?size=4").status == 422)
        #expect(try send("tiny", "?mean=1,2").status == 422)
        #expect(try send("tiny", "?probes=nothing").text.contains("it has the outputs c, out"))
        let made = try send("tiny", "?size=32&mean=0&scale=255&probes=c,out&license=CC0-1.0")
        #expect(made.status == 201, "\(made.text)")
        #expect(try made.json()["width"] as? Int == 8)
        #expect(try send("tiny", "?size=32").status == 200, "the same bytes again")
        #expect(try send("tiny", "?size=32&mean=9").status == 409, "the same bytes, seen otherwise")
        #expect(try send("tiny", "?scale=-1").status == 422 && send("tiny", "?probes=out,out").status == 422)
        let all = try service.curl("/v1/backbones").json()["backbones"] as? [[String: Any]] ?? []
        #expect(
            all.compactMap { $0["name"] as? String } == ["efficientnet-lite0"] + (hasEncoder ? ["minilm-l6"] : []) + [
                "tiny"
            ]
        )

        let job = Self.job.dropLast() + #","backbone":"tiny"}"#
        #expect(try service.curl("/v1/jobs", "-d", String(job)).status == 202)
        let done = try service.job("photos")
        #expect(done["state"] as? String == "succeeded", "\(done)")
        #expect((done["backbone"] as? [String: Any])?["license"] as? String == "CC0-1.0")
        #expect(try service.curl("/v1/jobs/photos/report.html").text.contains("networks (mlp), finished"))
        let paper = Self.job.dropLast() + #","backbone":"tiny","preset":"paper"}"#
        #expect(try service.curl("/v1/jobs", "-d", String(paper)).text.contains("/preset"))
        #expect(try embeddings(service).contains { $0.hasSuffix("manifest.json") })
        #expect(try service.curl("/v1/backbones/tiny", "-X", "DELETE").status == 204)
        #expect(try embeddings(service).isEmpty, "they go with the network that made them")
        #expect(try service.curl("/v1/jobs/photos/issues").status == 200, "results outlive the network")
        #expect(try service.curl("/v1/backbones/efficientnet-lite0", "-X", "DELETE").status == 409)

        // A transformer as PyTorch exports it declares one output: its blocks become probes all the same.
        let fixture = "\(Service.package)/Tests/BackbonesTests/Fixtures/transformer.onnx"
        let tower = try service.curl("/v1/backbones/tower.onnx", "-T", fixture)
        #expect(try tower.status == 201 && (tower.json()["probes"] as? [Any])?.count == 9, "\(tower.text)")
        let deep = Self.job.dropLast() + #","backbone":"tower","name":"deep"}"#
        #expect(try service.curl("/v1/jobs", "-d", String(deep)).status == 202)
        #expect(try service.job("deep")["state"] as? String == "succeeded")
        let summary = try service.curl("/v1/jobs/deep/summary").json()
        #expect((summary["probe_accuracy"] as? [Any])?.count == 11, "nine probes, and hidden1 and softmax of the head")
        #expect(try service.curl("/v1/backbones/tower", "-X", "DELETE").status == 204)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(service.folder)/data/backbones").isEmpty)
    }

    /// A library other than the one that set-up wrote down would make other numbers under the same name.
    @Test(.enabled(if: hasBackbone, "needs models/, which config/setup.sh fetches"))
    func aReplacedLibraryIsNoticed() throws {
        let home = TemporaryFolder()
        defer { withExtendedLifetime(home) {} }
        let models = "\(home.path)/models"
        try FileManager.default.copyItem(atPath: "\(Service.package)/models", toPath: models)
        try "0.0.1\n".write(toFile: "\(models)/libonnxruntime.so.version", atomically: true, encoding: .utf8)
        let service = try service(models: models)
        _ = try service.curl("/v1/datasets/", "-T", photographs(8, in: service.folder))
        #expect(try service.curl("/v1/jobs", "-d", Self.job).status == 202)
        let done = try service.job("photos")
        #expect(done["state"] as? String == "failed" && "\(done)".contains("0.0.1 is written beside it"), "\(done)")
    }

    /// Without the library everything else works, and the service says what is missing.
    @Test func withoutTheLibraryItSaysSo() throws {
        let service = try service(models: "/nonexistent")
        _ = try service.curl("/v1/datasets/", "-T", photographs(8, in: service.folder))
        let list = try service.curl("/v1/backbones").json()
        #expect((list["backbones"] as? [Any])?.isEmpty == true)
        #expect((list["unavailable"] as? String)?.contains("config/setup.sh") == true)
        let wanted = try service.curl("/v1/jobs", "-d", #"{"dataset":"photos","backbone":"efficientnet-lite0"}"#)
        #expect(wanted.status == 422 && wanted.text.contains("/backbone"), "\(wanted.text)")
        let job = Self.job.dropLast() + #","training":{"epochs":1}}"#
        #expect(try service.curl("/v1/jobs", "-d", String(job)).status == 202)
        let shown = try service.job("photos") { ($0["warnings"] as? [Any])?.isEmpty == false }
        let codes = (shown["warnings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
        #expect(codes.contains("no_backbone") && shown["backbone"] is NSNull, "\(shown)")
    }
}
