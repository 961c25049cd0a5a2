import Datasets
import Foundation
import TestSupport
import Testing

/// Random text-like and binary uploads to the readers of tables and CIFAR batches, made by changing good ones and by putting
/// together what their grammars are made of: the answer is a dataset or an error, soon, never a crash.
///
/// 150 a reader by default; `PLUMBLINE_FUZZ_SECONDS=300 swift test -c release --filter FuzzTests` goes on for so
/// long. A finding becomes a case of `findings`.
@Suite struct FuzzTests {
    private static let seconds = Double(ProcessInfo.processInfo.environment["PLUMBLINE_FUZZ_SECONDS"] ?? "") ?? 0
    /// Longer than any upload here needs, even on a busy machine.
    private static let longest = Duration.seconds(20)

    @Test(arguments: ["csv", "tsv", "jsonl", "cifar", "csv-gz", "csv-zip"]) func anythingGoes(kind: String) throws {
        let workshop = Workshop()
        let seed = UInt64.random(in: 0 ... .max)
        print("fuzzing \(kind): seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let seeds = Self.seeds(kind)
        var outcomes: [String: Int] = [:]
        var executions = 0
        let end = Date().addingTimeInterval(Self.seconds)
        while executions < 150 || Date() < end {
            executions += 1
            var upload = seeds.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 1...6, using: &generator) { Self.change(&upload, kind, &generator) }
            if kind == "csv-gz" { upload = Deflate.gzip(upload) }
            if kind == "csv-zip" { upload = ZipFixture.bytes([("a/t.csv", upload)], deflated: executions % 2 == 0) }
            var options = IngestOptions(format: Bool.random(using: &generator) ? nil : Self.format(kind))
            options.label = [nil, nil, "a", "1"].randomElement(using: &generator)!
            options.task = [nil, "classification"].randomElement(using: &generator)!
            let clock = ContinuousClock()
            var error: IngestError?
            let time = try clock.measure { error = try workshop.failure(upload, options) }
            outcomes[error?.code.rawValue ?? "dataset", default: 0] += 1
            #expect(error?.description.isEmpty != true)
            #expect(time < Self.longest, "seed \(seed), execution \(executions): \(time)")
        }
        print("fuzzing \(kind): \(executions) executions: \(outcomes)")
        #expect(outcomes.count >= 2, "seed \(seed): \(outcomes)")
    }

    /// What has broken a reader once.
    @Test(arguments: findings) func findingsStayFixed(_ finding: Finding) throws {
        let error = try Workshop().failure(finding.upload, finding.options)
        #expect(error?.description.isEmpty != true)
    }

    struct Finding: Sendable, CustomTestStringConvertible {
        var why: String
        var upload: [UInt8]
        var options = IngestOptions()

        var testDescription: String { why }
    }

    private static let findings: [Finding] = [
        Finding(why: "a UTF-16 mark and one byte", upload: [0xff, 0xfe, 0x61]),
        Finding(why: "lone surrogates", upload: [0xff, 0xfe, 0, 0xd8, 0, 0xdc, 0, 0xdc, 0, 0xd8]),
        Finding(why: "only separators", upload: Array(",,,,\n,,,,\n,,,,\n".utf8)),
        Finding(why: "only line ends", upload: Array("\r\n\r\r\n\n".utf8), options: IngestOptions(format: "csv")),
        Finding(why: "an array of nothing", upload: Array("[{}]".utf8)),
        Finding(why: "deep brackets", upload: Array("{\"a\":".utf8) + [UInt8](repeating: 0x5b, count: 100_000)),
    ]

    private static func format(_ kind: String) -> String {
        switch kind {
        case "jsonl", "cifar": kind
        default: "csv"
        }
    }

    private static func seeds(_ kind: String) -> [[UInt8]] {
        switch kind {
        case "cifar":
            return [10, 20].map { classes in
                (0..<6).flatMap { row in
                    [UInt8](repeating: UInt8(row % classes), count: classes / 10)
                        + (0..<3072).map { UInt8(truncatingIfNeeded: $0 * 3 + row) }
                }
            }
        case "jsonl":
            return [
                (0..<6).map {
                    "{\"a\": \($0)\t,\"b\":\"t\\u00e4\($0 % 2)\",\"c\":[1,2.5,-3e2],\"label\":\"\($0 % 2)\"}\n"
                },
                ["["] + (0..<6).map { "\($0 > 0 ? "," : ""){\"x\":\($0 * $0),\"y\":\($0 % 2 == 0)}" } + ["]"],
            ].map { Array($0.joined().utf8) }
        default:
            let separator = kind == "tsv" ? "\t" : ","
            return [
                ["a,b,c,label\n"] + (0..<8).map { "\($0 * $0),\"x \"\"\($0 % 3)\"\"\",w\($0) v\($0),\($0 % 2)\r\n" },
                (0..<8).map { "\(Double($0) * 1.5),?,\($0 % 2 == 0 ? "left" : "right")\n" },
                ["id;größe;y\n"] + (0..<8).map { "k\($0);\($0),5;\($0 % 2)\n" },
            ].map { Array($0.joined().replacing(",", with: separator).utf8) }
        }
    }

    private static let words: [String: [String]] = [
        "jsonl": [
            "{", "}", "[", "]", "\"", "\\", ":", ",", "null", "true", "1e999", "-", "\\ud800", "\\u0000", "\n", "NaN",
            "{\"a\":1}", "\u{feff}", "\"label\":",
        ],
        "csv": [
            ",", ";", "\t", "|", "\"", "\"\"", "\n", "\r", "\r\n", "NA", "?", "nan", "inf", "1e39", "1e-400", "-0", "'",
            "\u{feff}", "ä", " ", "label", "0x1", "\u{1a}", "99999999999999999999",
        ],
    ]

    private static func change(_ upload: inout [UInt8], _ kind: String, _ generator: inout SeededGenerator) {
        if upload.isEmpty { upload = [0x2c] }
        let at = Int.random(in: 0..<upload.count, using: &generator)
        let words = words[kind == "jsonl" ? "jsonl" : "csv"]!
        switch Int.random(in: 0..<9, using: &generator) {
        case 0: upload[at] = UInt8.random(in: 0...255, using: &generator)
        case 1: upload[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: upload.removeSubrange(at..<min(upload.count, at + Int.random(in: 1...40, using: &generator)))
        case 3: upload.insert(contentsOf: upload[at..<min(upload.count, at + 60)], at: at)
        case 4: upload.removeSubrange(at...)
        case 5:
            upload.insert(
                contentsOf: [[0xff, 0xfe], [0xfe, 0xff], [0xef, 0xbb, 0xbf]].randomElement(using: &generator)!,
                at: 0
            )
        case 6:
            upload = Array(
                (0..<Int.random(in: 1...80, using: &generator)).map { _ in words.randomElement(using: &generator)! }
                    .joined().utf8
            )
        default: upload.insert(contentsOf: Array(words.randomElement(using: &generator)!.utf8), at: at)
        }
        if upload.count > 1 << 16 { upload.removeSubrange((1 << 16)...) }
    }
}
