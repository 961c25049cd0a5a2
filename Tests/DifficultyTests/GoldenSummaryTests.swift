import Arrays
import Difficulty
import Files
import Foundation
import Testing

/// `summary.json` is read by others: what it says stays as it was, key by key. The files in `Fixtures/summaries` are what
/// this program wrote; with `PLUMBLINE_WRITE_GOLDEN=1` the test writes them anew, for changes that are meant.
@Suite struct GoldenSummaryTests {
    /// Jobs that between them have every finding and most warnings.
    enum Example: String, CaseIterable {
        case folds, oneRound, planted, ratios

        func job() throws -> JobArrays {
            var job = try ReferenceTests.job(NPZReader(path: fixture("reference.npz")))
            switch self {
            case .folds: break
            case .oneRound:
                job.members = job.members.filter { $0.key < job.folds - 1 }
                job.repeats = 1
                job.excluded = 1
                for index in job.members.keys { job.members[index]?.fit = 0.8 }
            case .planted:
                let own = job.labels
                let isOut = own.indices.map { own[$0] < 0 || job.split?[$0] == 1 }
                var parts = own.indices.map { isOut[$0] ? 0 : UInt8($0 % 2 == 0 ? 1 : 3) }
                for row in stride(from: 4, to: own.count, by: 3) where !isOut[row] {
                    job.labels[row] = (own[row] + 1) % 4
                    parts[row] += 1
                }
                job.planted = (own, parts)
            case .ratios: job.ratios = (0..<job.folds).map { 0.3 + 0.1 * Double($0) }
            }
            return job
        }
    }

    @Test(arguments: Example.allCases) func isAsItWas(_ example: Example) throws {
        try reduce(example.job()) { output throws in
            let text = try Files.live.read(output.folder + "/summary.json")
            var found = try #require(try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any])
            // How long the reduction took.
            found["timings"] = nil
            let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "Fixtures/summaries/\(example.rawValue).json")
            if ProcessInfo.processInfo.environment["PLUMBLINE_WRITE_GOLDEN"] != nil {
                try JSONSerialization.data(withJSONObject: found, options: .sortedKeys).write(to: path)
            }
            let golden = try JSONSerialization.jsonObject(with: Data(contentsOf: path))
            compare(found, golden, at: "")
        }
    }

    private func compare(_ found: Any?, _ golden: Any?, at path: String) {
        switch (found, golden) {
        case (let found as [String: Any], let golden as [String: Any]):
            for key in Set(found.keys).union(golden.keys).sorted() {
                compare(found[key], golden[key], at: "\(path)/\(key)")
            }
        case (let found as [Any], let golden as [Any]):
            #expect(found.count == golden.count, "\(path)")
            for (place, pair) in zip(found, golden).enumerated() { compare(pair.0, pair.1, at: "\(path)/\(place)") }
        case (let found as NSNumber, let golden as NSNumber):
            // Another processor's logarithm may differ in the last bits.
            let (found, golden) = (found.doubleValue, golden.doubleValue)
            #expect(abs(found - golden) <= 1e-9 * max(1, abs(golden)), "\(path): \(found), was \(golden)")
        case (let found as String, let golden as String): #expect(found == golden, "\(path)")
        case (is NSNull, is NSNull): break
        default: Issue.record("\(path): \(found ?? "absent"), was \(golden ?? "absent")")
        }
    }
}
