import Arrays
import Foundation
import ProcessTesting
import Testing

@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct UploadTests {
    /// A file of pseudo-random bytes, which no format claims.
    private func noise(_ megabytes: Int, in folder: String) throws -> String {
        let path = "\(folder)/noise.bin"
        #expect(
            try Program.run("sh", ["-c", "head -c \(megabytes)M /dev/urandom > \(path)"]).code == 0
        )
        return path
    }

    @Test func aLargeUploadTakesNoMemoryAndWhatCannotBeReadLeavesNothing() throws {
        let service = try Service()
        let before = service.peakMemory
        let answer = try service.curl("/v1/datasets/", "-T", try noise(300, in: service.folder))
        #expect(answer.status == 422, "\(answer.text)")
        #expect(service.peakMemory - before < 64 << 20, "grew by \((service.peakMemory - before) >> 20) MiB")
        #expect(try entries(service, "incoming").isEmpty)
        #expect(try entries(service, "datasets").isEmpty)
        #expect((try service.curl("/v1/datasets").json()["datasets"] as? [Any])?.isEmpty == true)
    }

    @Test func anAbortedUploadLeavesNothing() throws {
        let service = try Service()
        let file = try noise(50, in: service.folder)
        // curl gives up in the middle of a slow upload.
        let curl = try Program.run(
            "curl",
            ["-sS", "--limit-rate", "2M", "--max-time", "1", "-T", file, "\(service.url)/v1/datasets/"]
        )
        #expect(curl.code != 0)
        #expect(try entries(service, "incoming").isEmpty)
        #expect((try service.curl("/v1/datasets").json()["datasets"] as? [Any])?.isEmpty == true)
    }

    @Test func theSameFileTwiceAndTwiceAtOnceIsOneDataset() throws {
        let service = try Service()
        let file = try Samples.digits(20, in: service.folder)
        let both = try (0..<2).map { index in
            try Program(
                "curl",
                ["-sS", "-o", "\(service.folder)/answer\(index)", "-T", file, "\(service.url)/v1/datasets/"]
            )
        }
        for program in both { #expect(program.wait() == 0) }
        let third = try service.curl("/v1/datasets", "-F", "file=@\(file)", "-F", "name=form")
        #expect(third.status == 200, "\(third.text)")
        #expect((try service.curl("/v1/datasets").json()["datasets"] as? [Any])?.count == 1)
        #expect(try service.curl("/v1/datasets/form").json()["id"] as? String == third.json()["id"] as? String)
        #expect(try entries(service, "datasets").count == 1)
        let raw = try service.curl("/v1/datasets?name=raw", "--data-binary", "@\(file)")
        #expect(raw.status == 200)
        let zipped = try Program.run("sh", ["-c", "gzip -k -f \(file)"])
        #expect(zipped.code == 0)
        let packed = try service.curl(
            "/v1/datasets?name=packed",
            "-H",
            "Content-Encoding: gzip",
            "--data-binary",
            "@\(file).gz"
        )
        #expect(packed.status == 200, "\(packed.text)")
        let chunked = try service.curl(
            "/v1/datasets?name=chunked",
            "-H",
            "Transfer-Encoding: chunked",
            "--data-binary",
            "@\(file)"
        )
        #expect(chunked.status == 200, "\(chunked.text)")
    }

    @Test func hostileUploadsAreRefusedAndTheServiceLives() throws {
        let service = try Service()
        let script = """
            import io, sys, zipfile, tarfile, struct
            folder = sys.argv[1]
            def zip_of(name, entries, **k):
                with zipfile.ZipFile(f'{folder}/{name}', 'w', zipfile.ZIP_DEFLATED) as z:
                    for n, d in entries: z.writestr(n, d)
            zip_of('bomb.zip', [('a/1.png', bytes(400 << 20))])
            zip_of('traversal.zip', [('../../etc/x.png', b'no picture'), ('/abs/y.png', b'no picture')])
            zip_of('nested.zip', [('a/in.zip', open(f'{folder}/traversal.zip', 'rb').read())])
            png = b'\\x89PNG\\r\\n\\x1a\\n' + struct.pack('>I', 13) + b'IHDR' + struct.pack('>IIBBBBB', 60000, 60000, 8, 2, 0, 0, 0) + b'0000'
            zip_of('huge.zip', [(f'{c}/{i}.png', png) for c in 'ab' for i in range(3)])
            with tarfile.open(f'{folder}/links.tar', 'w') as t:
                for n in ('a/1.png', 'b/2.png'):
                    e = tarfile.TarInfo(n); e.type = tarfile.SYMTYPE; e.linkname = '/etc/passwd'; t.addfile(e)
            whole = open(f'{folder}/digits.npz', 'rb').read()
            open(f'{folder}/torn.npz', 'wb').write(whole[:len(whole) // 2])
            shape = b"{'descr': '|u1', 'fortran_order': False, 'shape': (4611686018427387904, 4, 4), }"
            npy = b'\\x93NUMPY\\x01\\x00' + struct.pack('<H', len(shape)) + shape
            zip_of('overflow.npz', [('x.npy', npy), ('y.npy', npy)])
            """
        _ = try Samples.digits(5, in: service.folder)
        let made = try Program.run("python3", ["-c", script, service.folder])
        #expect(made.code == 0)
        for name in ["bomb.zip", "traversal.zip", "nested.zip", "huge.zip", "links.tar", "torn.npz", "overflow.npz"] {
            let answer = try service.curl("/v1/datasets/", "-T", "\(service.folder)/\(name)")
            #expect(answer.status == 422, "\(name): \(answer.status) \(answer.text.prefix(300))")
        }
        #expect(try service.curl("/healthz").status == 200)
        #expect(try entries(service, "datasets").isEmpty)
        #expect(try entries(service, "incoming").isEmpty)
    }

    @Test func tablesSayWhatTheyAre() throws {
        let service = try Service()
        let table = "species,leaf,plant\n" + (0..<8).map { "\($0 % 2),\($0 * $0),p\($0)\n" }.joined()
        let path = try write(Array(table.utf8), "plants.csv", in: service)
        let sent = try service.curl("/v1/datasets/?label=species&id=plant", "-T", path)
        #expect(sent.status == 201, "\(sent.text)")
        let dataset = try service.curl("/v1/datasets/plants").json()
        #expect(dataset["format"] as? String == "csv" && dataset["feature_names"] as? [String] == ["leaf"])
        let rows = try service.curl("/v1/datasets/plants/rows?offset=2&length=1").text
        #expect(rows.contains("\"source\":\"plants.csv:4\"") && rows.contains("\"id\":\"p2\""))
        let form = try service.curl(
            "/v1/datasets",
            ["-F", "file=@\(path)", "-F", "label=species", "-F", "id=plant", "-F", "task=classification"]
        )
        #expect(form.status == 200, "\(form.text)")
        for (query, status) in [("task=regression", 422), ("label=", 422), ("label=colour", 422), ("lable=leaf", 400)] {
            #expect(try service.curl("/v1/datasets/?\(query)", "-T", path).status == status, "\(query)")
        }
        let broken = try write(Array((table + "1,2\n").utf8), "broken.csv", in: service)
        let answer = try service.curl("/v1/datasets/", "-T", broken)
        #expect(
            answer.text.contains("broken.csv:10: expected 3 cells as the other lines have, got 2."),
            "\(answer.text)"
        )
    }

    @Test func aFormMayHaveManyFiles() throws {
        let service = try Service()
        func idx(_ shape: [Int], _ values: [UInt8]) -> [UInt8] {
            [0, 0, 8, UInt8(shape.count)] + shape.flatMap { [0, 0, 0, UInt8($0)] } + values
        }
        let images = try write(idx([6, 8, 8], (0..<384).map { UInt8($0 % 251) }), "images", in: service)
        let labels = try write(idx([6], [0, 1, 0, 1, 0, 1]), "labels", in: service)
        let two = ["-F", "images=@\(images)", "-F", "labels=@\(labels)"]
        let pair = try service.curl("/v1/datasets", two + ["-F", "name=pair"])
        #expect(try pair.status == 201 && pair.json()["kind"] as? String == "images", "\(pair.text)")
        let values = NDArray(shape: [6, 2], values: (0..<12).map(Float.init))
        let features = try write(NPY.encode(values), "features.npy", in: service)
        let both = try service.curl("/v1/datasets", ["-F", "features=@\(features)"] + two + ["-F", "name=both"])
        #expect(both.status == 201, "\(both.text)")
        #expect(try both.json()["kind"] as? String == "features" && both.json()["has_pictures"] as? Bool == true)
        let heads = try service.curl(
            "/v1/jobs",
            "-d",
            #"{"dataset":"both","dry_run":true,"probes":{"k":1},"ensemble":{"folds":2}}"#
        )
        #expect(
            try (heads.json()["training"] as? [String: Any])?["epochs"] as? Int == 12,
            "as on a backbone: \(heads.text)"
        )
        let picture = try service.curl("/v1/datasets/both/examples/3/image")
        #expect(picture.status == 200 && picture.body.starts(with: [0x89, 0x50, 0x4e, 0x47]))
        let same = try service.curl("/v1/datasets", "-F", "file=@\(images)", "-F", "file=@\(images)")
        #expect(same.status == 422 && same.text.contains("filename=cat/1.jpg"), "\(same.text)")
        #expect(try service.curl("/v1/datasets", "-F", "features=@\(features)").status == 422)
        #expect(try entries(service, "incoming").isEmpty)
    }

    private func write(_ bytes: [UInt8], _ name: String, in service: Service) throws -> String {
        let path = "\(service.folder)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func entries(_ service: Service, _ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(service.folder)/data/\(folder)")
    }
}
