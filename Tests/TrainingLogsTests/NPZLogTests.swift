import Arrays
import Datasets
import Difficulty
import Foundation
import Tasks
import Testing
import TrainingLogs

@Suite struct NPZLogTests {
    let workshop: Workshop

    init() { workshop = Workshop() }

    /// Two examples of three classes over two epochs. By hand: softmax(ln 2, 0, 0) = 1/2, 1/4, 1/4.
    private var logits: Log {
        let two = Float(log(2.0))
        return Log().with("logits", [2, 2, 3], [two, 0, 0, 0, 0, two, 0, two, 0, two, 0, 0] as [Float])
            .with("labels", [2], [0, 2] as [Int64])
    }

    @Test func logitsGiveEveryDynamics() throws {
        let log = try workshop.read(try logits.bytes)
        #expect(log.evidence.epochs == 2 && log.evidence.classes == 3 && log.evidence.examples == 2)
        #expect(try log.integers("pred") == [0, 2, 1, 0])
        expectNear(try log.floats("p_label"), [0.5, 0.5, 0.25, 0.25])
        expectNear(try log.floats("margin"), [log2, log2, -log2, -log2])
        expectNear(try log.floats("loss"), [log2, log2, 2 * log2, 2 * log2])
        expectNear(try log.floats("p_sq"), [0.375, 0.375, 0.375, 0.375])
        let scores = try log.scores()
        #expect(try scores.column("forgetting_events") == [1, 1])
        #expect(try scores.column("datamap_correctness") == [1, 1])
        #expect(scores.missing.contains("prediction_depth_train") && scores.missing.contains("consistency"))
        #expect(!scores.missing.contains("aum") && !scores.missing.contains("el2n"))
        // Logits of the finished network alone would not do.
        #expect(scores.summary.notComputed.first { $0.score == "consistency" }?.needs == ["final_pred", "held_out"])
    }

    private let log2 = log(2.0)

    @Test func examplesFirstIsTheSameLog() throws {
        // N = 3 is known from the labels, so (3, 2) can only be N x T.
        let labels = Log().with("labels", [3], [0, 1, 1] as [UInt8])
        let a = try workshop.read(try labels.with("correct", [2, 3], [1, 0, 1, 0, 1, 1] as [UInt8]).bytes)
        let b = try workshop.read(try labels.with("correct", [3, 2], [1, 0, 0, 1, 1, 1] as [UInt8]).bytes)
        #expect(try a.integers("correct") == [1, 0, 1, 0, 1, 1])
        #expect(try b.integers("correct") == [1, 0, 1, 0, 1, 1])
    }

    @Test func fortranOrderIsUnderstood() throws {
        var npy = NPYHeader(shape: [2, 3], dtype: "|u1", fortranOrder: true).encoded()
        npy += [1, 0, 0, 1, 1, 1]
        let log = try workshop.read(
            try Log().with("labels", [3], [0, 1, 1] as [UInt8]).with("correct", npy: npy).bytes
        )
        #expect(try log.integers("correct") == [1, 0, 1, 0, 1, 1])
    }

    @Test func correctAloneNeedsNoLabels() throws {
        let log = try workshop.read(
            try Log().with("correct", [3, 2], [true, false, false, true, true, true].map(bit)).bytes
        )
        let scores = try log.scores()
        #expect(try scores.column("forgetting_events") == [1, 0])
        #expect(try log.dataset().manifest.classes == ["unknown"])
        #expect(scores.summary.notComputed.first { $0.score == "aum" }?.needs == ["margin"])
        #expect(scores.summary.notComputed.first { $0.score == "aum" }?.detail.contains("margin or logits") == true)
    }

    private func bit(_ value: Bool) -> UInt8 { value ? 1 : 0 }

    @Test func marginsSayWhatWasRight() throws {
        let log = try workshop.read(
            try Log().with("margin", [2, 2], [0.5, -1, -0.25, 2] as [Float]).with("learning_rate", [2], [1, 0.1]).bytes
        )
        #expect(try log.integers("correct") == [1, 0, 0, 1])
        // The second epoch's rate is below half of the peak, so only the first counts.
        #expect(try log.scores().column("aum") == [0.5, -1])
    }

    @Test func foldsAreFound() throws {
        // Two repeats of two folds over four examples; logits M x T x N x C with T = 1.
        let heldOut: [UInt8] = [1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0, 1]
        var values: [Float] = []
        for member in 0..<4 {
            for row in 0..<4 {
                // Held out from member 3, example 3 is taken for the other class.
                let isRight = !(member == 3 && row == 3)
                values += (row % 2 == 0) == isRight ? [2, 0] : [0, 2]
            }
        }
        let log = try workshop.read(
            try Log().with("labels", [4], [0, 1, 0, 1] as [Int32]).with("held_out", [4, 4], heldOut)
                .with("logits", [4, 1, 4, 2], values).bytes
        )
        #expect(log.evidence.folds == 2 && log.evidence.repeats == 2)
        let scores = try log.scores()
        #expect(try scores.column("consistency") == [1, 1, 1, 0.5])
        #expect(try scores.column("consistency_n") == [2, 2, 2, 2])
        #expect(try scores.column("forgetting_rate_n") == [2, 2, 2, 2])
        #expect(!scores.missing.contains("issue_score"))
    }

    @Test func probabilitiesAlone() throws {
        let log = try workshop.read(
            try Log().with("labels", strings: ["cat", "dog", "dog"])
                .with("pred_probs", [3, 2], [0.75, 0.25, 0.5, 0.5, 1, 0] as [Double]).bytes
        )
        let scores = try log.scores()
        expectNear(try scores.column("self_confidence"), [0.75, 0.5, 0])
        #expect(try log.dataset().manifest.classes == ["cat", "dog"])
        #expect(scores.missing.isSuperset(of: ["forgetting_events", "memorization"]))
        #expect(scores.summary.notComputed.first { $0.score == "memorization" }?.needs == ["held_out"])
    }

    @Test func runsOfProbabilities() throws {
        let nan = Double.nan
        let log = try workshop.read(
            try Log().with("labels", [2], [0, 1] as [Int8]).with(
                "pred_probs",
                [3, 2, 2],
                [0.9, 0.1, nan, nan, nan, nan, 0.2, 0.8, 0.7, 0.3, 0.4, 0.6]
            ).bytes
        )
        #expect(log.evidence.repeats == 2)
        expectNear(try log.floats("final_logits").map { exp($0) }, [0.9, 0.1, 0.2, 0.8])
        expectNear(try log.floats("final_logits", member: 1).map { exp($0) }, [0.7, 0.3, 0.4, 0.6])
    }

    @Test func examplesOfADataSet() throws {
        let folder = "\(workshop.folder)/target"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try LoggedExamples(labels: [1, 0, 1], classes: ["cat", "dog"], sources: ["a", "b", "c"], ids: nil)
            .write(format: "training_log", to: folder)
        let target = try LogTarget(directory: folder)
        let correct = Log().with("correct", [1, 3], [0, 1, 1] as [UInt8])
        // By name, in another order.
        let named = try workshop.read(try correct.with("ids", strings: ["c", "a", "b"]).bytes, target: target)
        #expect(try named.integers("correct") == [1, 1, 0])
        #expect(!FileManager.default.fileExists(atPath: "\(named.output)/\(ImportedEvidence.datasetFolder)"))
        let unnamed = try workshop.read(try correct.with("ids", [3], [7, 8, 9] as [Int64]).bytes, target: target)
        #expect(try unnamed.integers("correct") == [0, 1, 1])
        #expect(unnamed.evidence.notes.map(\.code) == ["ids_not_matched"])
        #expect(
            try workshop.refusal(try correct.with("labels", strings: ["dog", "dog", "dog"]).bytes, target: target)
                == "labels[1]: expected the label of row 1 of the dataset, 'cat', got 'dog'"
        )
        #expect(
            try workshop.refusal(
                try Log().with("correct", [2, 4], [UInt8](repeating: 1, count: 8)).bytes,
                target: target
            )
            .hasPrefix("correct: expected shape (T, N) with N = 3")
        )
    }

    @Test func anArchiveMayHoldTheLog() throws {
        let inner = try Log().with("correct", [1, 2], [0, 1] as [UInt8]).bytes
        let log = try workshop.read(try zip([("log/log.npz", inner), ("log/readme.txt", Array("hello".utf8))]))
        #expect(try log.integers("correct") == [0, 1])
        #expect(log.evidence.notes.map(\.code) == ["unused_files"])
    }

    struct Broken: Sendable, CustomTestStringConvertible {
        var log: @Sendable () throws -> [UInt8]
        var message: String
        var testDescription: String { message }
    }

    static let broken: [Broken] = [
        Broken(
            log: { try Log().with("weights", [2], [1, 2] as [Float]).bytes },
            message: "the log: expected at least one of the arrays correct, pred, p_label, margin, loss, logits, "
                + "final_logits, final_pred, pred_probs, or layer_0, layer_1, ..., got weights"
        ),
        Broken(
            log: {
                try Log().with("labels", [2], [0, 1] as [Int8]).with("ids", strings: ["a", "b", "c"])
                    .with("correct", [1, 2], [0, 1] as [UInt8]).bytes
            },
            message: "ids: expected N = 2 examples as in labels, got N = 3"
        ),
        Broken(
            log: { try Log().with("correct", [2, 2], [0, 1, 2, 1] as [UInt8]).bytes },
            message: "correct[1, 0]: expected 0 or 1, got 2"
        ),
        Broken(
            log: { try Log().with("correct", [1, 2], [0, 0.5] as [Float]).bytes },
            message: "correct[0, 1]: expected a number that fits uint8, got 0.5"
        ),
        Broken(
            log: { try Log().with("margin", [1, 3], [0, .nan, 1] as [Float]).bytes },
            message: "margin[0, 1]: expected a finite number, got nan"
        ),
        Broken(
            log: {
                try Log().with("correct", [2, 2], [0, 1, 1, 1] as [UInt8]).with(
                    "margin",
                    [3, 2],
                    [1, 1, 1, 1, 1, 1] as [Float]
                )
                .bytes
            },
            message: "margin: expected T = 2 as in correct, got T = 3"
        ),
        Broken(
            log: {
                try Log().with("correct", [2, 1, 2], [0, 1, 1, 1] as [UInt8]).with("held_out", [2], [0, 1] as [UInt8])
                    .bytes
            },
            message: "held_out: expected an axis of members before the others, M = 2 as in correct, got (2,)"
        ),
        Broken(
            log: {
                try Log().with("logits", [1, 2, 2], [0, 1, 1, .infinity] as [Float]).with(
                    "labels",
                    [2],
                    [0, 1] as [Int8]
                ).bytes
            },
            message: "logits[0, 1, 1]: expected a finite number, got inf"
        ),
        Broken(
            log: { try Log().with("logits", [1, 2, 2], [0, 1, 1, 0] as [Float]).bytes },
            message:
                "labels: expected an array of N classes or names: logits alone does not say what is right, got none"
        ),
        Broken(
            log: {
                try Log().with("logits", [1, 2, 2], [0, 1, 1, 0] as [Float]).with("labels", [2], [0, 2] as [Int8]).bytes
            },
            message: "labels[1]: expected a class from 0 to 1, or -1 for none, got 2"
        ),
        Broken(
            log: {
                try Log().with("logits", [1, 2, 2], [0, 1, 1, 0] as [Float]).with("labels", [2], [0, -1] as [Int8])
                    .bytes
            },
            message:
                "labels[1]: expected a label, since member 0 trains on the example; held_out = 1 for those without, "
                + "got none"
        ),
        Broken(
            log: {
                try Log().with("logits", [1, 2, 3], [0, 1, 1, 0, 1, 1] as [Float]).with("labels", strings: ["a", "b"])
                    .bytes
            },
            message:
                "labels: expected 3 names, one for each column of logits; an array `classes` gives the names in that "
                + "order, got 2 names"
        ),
        Broken(
            log: {
                try Log().with("pred_probs", [2, 2], [0.5, 0.5, 0.9, 0.4]).with("labels", [2], [0, 1] as [Int8]).bytes
            },
            message: "pred_probs[1]: expected probabilities that add up to 1, got a sum of 1.3"
        ),
        Broken(
            log: {
                try Log().with("pred_probs", [2, 2], [0.5, 0.5, 3, -2]).with("labels", [2], [0, 1] as [Int8]).bytes
            },
            message:
                "pred_probs[1, 0]: expected a probability from 0 to 1 (logits are sent as final_logits with held_out), "
                + "got 3.0"
        ),
        Broken(
            log: {
                try Log().with("pred_probs", [1, 2], [0.5, 0.5]).with("labels", [1], [0] as [Int8])
                    .with("correct", [2, 1], [0, 1] as [UInt8]).bytes
            },
            message: "got it together with correct"
        ),
        Broken(
            log: { NPY.encode(NDArray(shape: [2, 2], values: [0.5, 0.5, 0.5, 0.5])) },
            message: "got one array without labels"
        ),
        Broken(log: { Array("hello".utf8) }, message: "the upload: expected an NPZ archive"),
        Broken(
            log: { try zip([("a.npz", try Log().bytes), ("b.npz", try Log().bytes)]) },
            message: "several trainings go into one NPZ with an axis of members, got a.npz, b.npz"
        ),
        Broken(log: { try zip([("photo.jpg", [1, 2, 3])]) }, message: "got photo.jpg"),
        Broken(
            log: {
                try Log().with("correct", [1, 2], [0, 1] as [UInt8]).with("epochs", [1], [70_000] as [Int64]).bytes
            },
            message: "epochs[0]: expected a number up to 65535 above the one before it, got 70000"
        ),
    ]

    @Test(arguments: broken) func whatIsWrongIsSaidExactly(_ broken: Broken) throws {
        let said = try workshop.refusal(try broken.log())
        #expect(said.contains(broken.message), "\(said)")
    }

    @Test func anArrayThatPromisesTooMuchTakesNoDisk() throws {
        // A header of 2^50 numbers in front of one.
        let npy = NPYHeader(shape: [1 << 25, 1 << 25], dtype: "|u1").encoded() + [1]
        #expect(throws: (any Error).self) { try workshop.read(try Log().with("correct", npy: npy).bytes) }
        let left = try FileManager.default.subpathsOfDirectory(atPath: workshop.folder)
        #expect(!left.contains { $0.hasSuffix(".npy") }, "\(left)")
    }
}
