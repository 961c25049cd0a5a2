import Foundation
import ProcessTesting
import Testing

/// The curl lines of the README, typed as they stand there, one after the other.
@Suite(
    .blocking,
    .serialized,
    .timeLimit(.minutes(15)),
    .enabled(if: Program.exists("python3"), "python3 makes the pictures")
)
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

/// The papers of the repository, as their readers walk through them.
@Suite(.blocking) struct PapersTests {
    /// A newcomer reads the README to its end; what is longer belongs into the manual.
    private static let longestReadme = 9_500

    /// Every Markdown file that others lead to, by its path in the repository.
    private func papers() throws -> [String] {
        let folders = ["Sources", "public/manual", "config", "Benchmarks/results"]
        let inFolders = try folders.flatMap { folder in
            try FileManager.default.subpathsOfDirectory(atPath: "\(Service.package)/\(folder)")
                .filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
        }
        return ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Benchmarks/README.md"] + inFolders.sorted()
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    /// What is outside blocks of code.
    private func prose(_ text: String) -> String {
        text.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 0 }.map(\.element).joined()
    }

    /// The anchors of a paper's headings, as GitHub and the manual's page name them.
    private func anchors(_ text: String) -> Set<String> {
        let headings = prose(text).split(separator: "\n").filter { $0.hasPrefix("#") }
        return Set(
            headings.map { heading in
                let words = heading.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
                let kept = words.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " " }
                return kept.replacing(" ", with: "-")
            }
        )
    }

    @Test func everyLinkLeadsSomewhere() throws {
        var count = 0
        for paper in try papers() {
            let here = "\(Service.package)/\(paper)"
            let links = prose(try text(here)).matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }
            for link in links where !link.hasPrefix("https://") {
                count += 1
                let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let folder = URL(fileURLWithPath: here).deletingLastPathComponent()
                let target = parts[0].isEmpty ? here : folder.appendingPathComponent(parts[0]).standardized.path
                #expect(FileManager.default.fileExists(atPath: target), "\(paper): \(link)")
                guard parts.count == 2, target.hasSuffix(".md") else { continue }
                #expect(anchors(try text(target)).contains(parts[1]), "\(paper): \(link)")
            }
        }
        #expect(count > 50)
    }

    @Test func theReadmeIsShort() throws {
        #expect(try text("\(Service.package)/README.md").utf8.count <= Self.longestReadme)
    }
}
