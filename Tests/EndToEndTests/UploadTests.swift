import Foundation
import ProcessTesting
import Testing

/// What uploads must not do to the service's process, and what its children keep from it.
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

    /// What would be made of an upload is told, and nothing of it is kept; the upload itself is answered alike.
    @Test func aPreviewReadsAndStoresNothing() throws {
        let service = try Service()
        let path = "\(service.folder)/pets.csv"
        let rows = (0..<40).map { "\($0 * 37 % 40),\(Double($0 * $0 % 23) / 2),\($0 % 3 == 0 ? "cat" : "dog")\n" }
            .joined()
        try Data(("Unnamed: 0,weight,species\n" + rows).utf8).write(to: URL(filePath: path))
        let preview = try service.curl("/v1/datasets/?preview=true", "-T", path)
        #expect(preview.status == 200, "\(preview.text)")
        let document = try preview.json()
        let reading = try #require(document["reading"] as? [String: Any])
        #expect((reading["label"] as? [String: Any])?["column"] as? String == "species")
        let columns = try #require(reading["columns"] as? [[String: Any]])
        #expect(columns.map { $0["role"] as? String } == ["ignored", "input", "label"])
        #expect(columns[0]["undo"] as? String == "use=Unnamed: 0")
        #expect((document["rows"] as? [Any])?.count == 20)
        for folder in ["incoming", "datasets", "tasks"] { #expect(try entries(service, folder).isEmpty, "\(folder)") }
        #expect((try service.curl("/v1/datasets").json()["datasets"] as? [Any])?.isEmpty == true)
        // A question is asked in both alike.
        let asked = try service.curl("/v1/datasets/?preview=true&ignore=colour", "-T", path)
        #expect(asked.status == 422 && asked.text.contains("ignore=colour"), "\(asked.text)")
        let stored = try service.curl("/v1/datasets/", "-T", path)
        #expect(stored.status == 201)
        #expect(try stored.json()["reading"] as? NSDictionary == reading as NSDictionary)
    }

    /// Equal content shares storage only: what is said is said of the upload that is answered.
    @Test func equalContentIsAnsweredWithItsOwnWarnings() throws {
        let service = try Service()
        let rows = (0..<40).map { "\(Double($0 * $0) / 8),\($0 % 3 == 0 ? "cat" : "dog")" }
        let path = "\(service.folder)/pets.csv"
        try Data(("weight,species,notes\n" + rows.map { $0 + ",x\n" }.joined()).utf8).write(to: URL(filePath: path))
        let first = try service.curl("/v1/datasets/", "-T", path).json()
        #expect((first["warnings"] as? [[String: Any]])?.map { $0["code"] as? String } == ["ignored_columns"])
        try Data(("weight,species\n" + rows.map { $0 + "\n" }.joined()).utf8).write(to: URL(filePath: path))
        let second = try service.curl("/v1/datasets/", "-T", path).json()
        #expect(second["id"] as? String == first["id"] as? String)
        #expect((second["warnings"] as? [Any])?.isEmpty == true)
        #expect(((second["reading"] as? [String: Any])?["columns"] as? [Any])?.count == 2)
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

    private func entries(_ service: Service, _ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(service.folder)/data/\(folder)")
    }
}
