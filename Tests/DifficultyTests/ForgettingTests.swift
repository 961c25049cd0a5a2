import Arrays
import Difficulty
import Files
import Foundation
import Testing

@Suite struct ForgettingTests {
    /// Counts of one example by hand.
    struct Case: Sendable, CustomTestStringConvertible {
        var observations: String
        var events: Int32
        var orAll: Int
        var first: Int32
        var lastWrong: Int32
        var testDescription: String { observations }
    }

    @Test(arguments: [
        Case(observations: "000", events: 0, orAll: 3, first: 0, lastWrong: 3),
        Case(observations: "111", events: 0, orAll: 0, first: 1, lastWrong: 0),
        Case(observations: "001", events: 0, orAll: 0, first: 3, lastWrong: 2),
        Case(observations: "100", events: 1, orAll: 1, first: 1, lastWrong: 3),
        Case(observations: "10101", events: 2, orAll: 2, first: 1, lastWrong: 4),
        Case(observations: "0110", events: 1, orAll: 1, first: 2, lastWrong: 4),
        Case(observations: "", events: 0, orAll: 0, first: 0, lastWrong: 0),
    ])
    func countsByHand(example: Case) {
        var tally = ForgettingTally(count: 1)
        var forgotten = 0
        for character in example.observations { tally.observe([character == "1" ? 1 : 0]) { _ in forgotten += 1 } }
        #expect(tally.events[0] == example.events)
        #expect(tally.eventsOrAll(0) == example.orAll)
        #expect(tally.firstCorrect[0] == example.first)
        #expect(tally.lastWrong[0] == example.lastWrong)
        #expect(forgotten == Int(example.events))
    }

    /// A real log of 3,000 MNIST examples over 50 presentations, with the counts that its authors published.
    @Test(.enabled(if: sharedLog != nil, "needs training_log_mnist3000.zip in ../shared/data"))
    func realLogAgreesExactly() throws {
        let (correct, expected) = try readLog(try #require(sharedLog))
        let (examples, presentations) = (correct.shape[0], correct.shape[1])
        #expect(examples == 3000 && presentations == 50 && expected.count == 3000)
        let matrix = (0..<presentations).map { t in (0..<examples).map { correct.values[$0 * presentations + t] } }

        var tally = ForgettingTally(count: examples)
        for row in matrix { tally.observe(row) }
        for row in 0..<examples {
            #expect(Int(tally.events[row]) == expected[row].events)
            #expect(tally.eventsOrAll(row) == expected[row].orAll)
            // The log counts presentations from 0 and gives -1 where there is none.
            #expect(Int(tally.firstCorrect[row]) - 1 == expected[row].first)
            #expect(Int(tally.lastWrong[row]) == expected[row].needed)
        }

        // The same through the whole reduction: evidence that holds nothing but who was right when.
        let member = MemberArrays(heldOut: [UInt8](repeating: 0, count: examples), correct: matrix)
        let job = JobArrays(
            labels: [Int32](repeating: 0, count: examples),
            classes: ["0"],
            members: [0: member],
            folds: 1,
            repeats: 1
        )
        try reduce(job) { output throws in
            #expect(try output.numbers("forgetting_events") == expected.map { Float($0.orAll) })
            #expect(try output.numbers("forgetting_events_counted") == expected.map { Float($0.events) })
            #expect(try output.numbers("presentations_to_learn") == expected.map { Float($0.needed) })
            let missing = Set(output.summary.notComputed.map(\.score))
            #expect(missing.contains("prediction_depth_heldout") && missing.contains("issue_score"))
            #expect(!missing.contains("forgetting_events"))
            #expect(output.summary.notComputed.first { $0.score == "aum" }?.needs == ["margin"])
        }
    }

    private struct Expected {
        var events: Int
        var orAll: Int
        var first: Int
        var needed: Int
    }

    private func readLog(_ path: String) throws -> (NDArray<UInt8>, [Expected]) {
        // The log is a ZIP archive of an NPZ archive and a CSV file.
        let outer = try NPZReader(path: path)
        let inner = try NPZReader(bytes: outer.contents("training_log/mnist3000_training_log.npz"))
        let table = try outer.contents("training_log/mnist3000_expected_forgetting.csv")
        let lines = String(decoding: table, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst()
        let expected = try lines.map { line in
            let cells = line.split(separator: ",").map(String.init)
            return Expected(
                events: try #require(Int(cells[1])),
                orAll: try #require(Int(cells[2])),
                first: try #require(Int(cells[3])),
                needed: try #require(Int(cells[4]))
            )
        }
        let index = try inner.array("index", as: Int64.self)
        #expect(index.values.map(Int.init) == lines.compactMap { Int($0.prefix { $0 != "," }) })
        return (try inner.array("correct", as: UInt8.self), expected)
    }
}

/// The package's neighbour folder with real data, where it is there.
private let sharedLog: String? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let path = root.appendingPathComponent("../shared/data/training_log_mnist3000.zip").standardized.path
    return Files.live.exists(path) ? path : nil
}()
