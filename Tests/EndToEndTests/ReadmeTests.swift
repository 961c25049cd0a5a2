import Foundation
import Testing

/// The curl lines of the README, typed as they stand there, one after the other.
@Suite(.serialized, .timeLimit(.minutes(10)), .enabled(if: Program.exists("python3"), "python3 makes the pictures"))
struct ReadmeTests {
    /// The lines of the first block of code below "With curl".
    private func lines() throws -> [String] {
        let readme = try String(contentsOfFile: "\(Service.package)/README.md", encoding: .utf8)
        let section = try #require(readme.components(separatedBy: "## With curl\n").dropFirst().first)
        let block = try #require(section.components(separatedBy: "```").dropFirst().first)
        return block.split(separator: "\n").map(String.init).filter { $0.hasPrefix("curl ") }
    }

    /// 420 digits of three classes, every second pixel of them, as a ZIP of class folders.
    private func makePictures(in folder: String) throws {
        let script = """
            import struct, sys, zipfile, zlib
            arrays = {}
            with zipfile.ZipFile(sys.argv[1]) as z:
                for name in ('x', 'y'):
                    raw = z.read(name + '.npy')
                    arrays[name] = raw[10 + struct.unpack('<H', raw[8:10])[0]:]
            def chunk(kind, data):
                return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
            def png(pixels):
                rows = b''.join(b'\\0' + pixels[28 * r:28 * r + 28:2] for r in range(0, 28, 2))
                return (b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 14, 14, 8, 0, 0, 0, 0))
                        + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
            seen = {}
            with zipfile.ZipFile(sys.argv[2], 'w') as z:
                for i, label in enumerate(arrays['y']):
                    if label > 2 or seen.get(label, 0) >= 140: continue
                    seen[label] = seen.get(label, 0) + 1
                    z.writestr(f'{label}/{i:04}.png', png(arrays['x'][784 * i:784 * i + 784]))
            """
        let sample = "\(Service.package)/public/samples/mnist-5k.npz"
        let made = try Program.run("python3", ["-c", script, sample, "\(folder)/photos.zip"])
        #expect(made.code == 0)
    }

    @Test func everyLineWorksAsWritten() throws {
        let service = try Service()
        try makePictures(in: service.folder)
        let lines = try lines()
        #expect(lines.count >= 8)
        let address = service.url.replacing("http://", with: "")
        for line in lines {
            // A refusal is to fail the line, and a progress bar is not wanted; nothing else is changed.
            let failing = line.hasPrefix("curl -f") ? "" : " --fail-with-body"
            let command = "curl -sS\(failing)" + line.dropFirst(4).replacing("localhost:8080", with: address)
            let result = try Program.run("sh", ["-c", "cd '\(service.folder)' && \(command)"])
            let text = String(decoding: result.output, as: UTF8.self)
            #expect(result.code == 0, "\(line): \(text.prefix(500))")
            if line.contains("events.txt") {
                #expect(text.split(separator: "\n").last?.contains("succeeded") == true, "\(text)")
            }
        }
        let table = try String(contentsOfFile: "\(service.folder)/scores.csv", encoding: .utf8)
        #expect(table.split(separator: "\r\n").count == 421)
    }
}
