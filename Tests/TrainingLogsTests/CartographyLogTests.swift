import Arrays
import Datasets
import Difficulty
import Foundation
import Tasks
import Testing
import TrainingLogs

/// Logs as the code of Swayamdipta et al. (2020) writes them.
@Suite struct CartographyLogTests {
    let workshop: Workshop

    init() { workshop = Workshop() }

    private func line(_ guid: String, _ epoch: Int, _ logits: String, _ gold: Int) -> String {
        "{\"guid\": \(guid), \"logits_epoch_\(epoch)\": \(logits), \"gold\": \(gold)}"
    }

    /// Three examples, eleven epochs; example 7 is right in even epochs only, and lines come shuffled.
    private func epochs() -> [(String, [UInt8])] {
        (0..<11).map { epoch in
            let texts = [
                line("7", epoch, epoch % 2 == 0 ? "[0, 3.5]" : "[2.5e-1, -1]", 1), line("9", epoch, "[1, 0]", 0),
                line("8", epoch, "[1, 0]", 1),
            ]
            return ("dynamics_epoch_\(epoch).jsonl", lines(epoch % 2 == 0 ? texts : texts.reversed()))
        }
    }

    private func check(_ log: Imported) throws {
        #expect(log.evidence.epochs == 11 && log.evidence.examples == 3 && log.evidence.classes == 2)
        #expect(try log.dataset().sources(0..<3) == ["7", "8", "9"])
        let pred = try log.integers("pred")
        let own: [Int] = (0..<11).map { pred[$0 * 3] }
        #expect(own == [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
        let scores = try log.scores()
        #expect(try scores.column("forgetting_events") == [5, 11, 0])
        #expect(try scores.column("datamap_correctness") == [6, 0, 11])
        #expect(!scores.missing.contains("el2n") && scores.missing.contains("issue_score"))
    }

    @Test func oneFileAnEpoch() throws { try check(try workshop.read(try zip(epochs()))) }

    @Test func oneFileOfAllEpochs() throws {
        try check(try workshop.read(epochs().flatMap { $0.1 }))
    }

    @Test func oneLineAnExample() throws {
        let texts = ["7", "8", "9"].map { guid in
            let logits = (0..<11).map { epoch in
                let own = guid == "7" ? (epoch % 2 == 0 ? "[0, 3.5]" : "[0.25, -1]") : "[1, 0]"
                return "\"logits_epoch_\(epoch)\": \(own)"
            }
            return "{\"guid\": \"\(guid)\", \(logits.joined(separator: ", ")), \"gold\": \(guid == "9" ? "0.0" : "1")}"
        }
        try check(try workshop.read(lines(texts)))
    }

    @Test func labelsMayBeNames() throws {
        let log = try workshop.read(
            lines([
                #"{"guid": "b", "logits_epoch_0": [1, 0], "gold": "yes"}"#,
                #"{"guid": "a", "logits_epoch_0": [0, 1], "gold": "no"}"#,
            ])
        )
        // Sorted: no is class 0.
        #expect(try log.dataset().manifest.classes == ["no", "yes"])
        #expect(try log.scores().column("datamap_correctness") == [0, 0])
    }

    @Test func rowsOfADataSetByGuid() throws {
        let folder = "\(workshop.folder)/target"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try LoggedExamples(labels: [1, 0], classes: ["a", "b"], sources: ["x.jpg", "y.jpg"], ids: ["one", "two"])
            .write(format: "training_log", to: folder)
        let target = try LogTarget(directory: folder)
        let log = try workshop.read(
            lines([line("\"two\"", 0, "[1, 0]", 0), line("\"one\"", 0, "[3, 1]", 1)]),
            target: target
        )
        #expect(try log.floats("margin") == [-2, 1])
        #expect(
            try workshop.refusal(lines([line("\"two\"", 0, "[1, 0]", 0), line("5", 0, "[3, 1]", 1)]), target: target)
                == "guid two: expected guids that are ids, sources or row numbers of the dataset, each once, got two, 5"
        )
    }

    @Test(arguments: [
        (["{\"guid\": 1, \"logits_epoch_0\": [1, 0], \"gold\": 0}", "{\"guid\": 1"], "expected an object that ends"),
        ([#"{"logits_epoch_0": [1, 0], "gold": 0}"#], "log.jsonl:1: expected a guid, got none"),
        ([#"{"guid": 1, "logits_epoch_0": [1, 0]}"#], "log.jsonl:1: expected the label as gold, got none"),
        ([#"{"guid": 1, "gold": 0}"#], "log.jsonl:1: expected logits as logits_epoch_0, logits_epoch_1, ..., got none"),
        (
            [#"{"guid": 1, "logits_epoch_0": [1, 0], "gold": 0}"#, #"{"guid": 2, "logits_epoch_0": [1], "gold": 0}"#],
            "log.jsonl:2: expected 2 logits as in the lines before, got 1 in logits_epoch_0"
        ),
        (
            [
                #"{"guid": 1, "logits_epoch_0": [1, 0], "gold": 0}"#,
                #"{"guid": 1, "logits_epoch_1": [1, 0], "gold": 1}"#,
            ],
            "log.jsonl:2: expected the label 0 that guid 1 had before, got 1"
        ),
        (
            [
                #"{"guid": 1, "logits_epoch_0": [1, 0], "gold": 0}"#,
                #"{"guid": 1, "logits_epoch_0": [1, 0], "gold": 0}"#,
            ],
            "guid 1: expected one line for epoch 0, got two"
        ),
        (
            [
                #"{"guid": 1, "logits_epoch_0": [1, 0], "gold": 0}"#,
                #"{"guid": 2, "logits_epoch_0": [1, 0], "gold": 0}"#,
                #"{"guid": 1, "logits_epoch_2": [1, 0], "gold": 0}"#,
            ], "guid 2: expected a line for each of the epochs 0, 2, got none for epoch 2"
        ),
        ([#"{"guid": 1, "logits_epoch_0": [1, 0], "gold": 5}"#], "gold[0]: expected a class from 0 to 1"),
    ]) func whatIsWrongIsSaidExactly(_ texts: [String], _ message: String) throws {
        let said = try workshop.refusal(lines(texts))
        #expect(said.contains(message), "\(said)")
    }
}
