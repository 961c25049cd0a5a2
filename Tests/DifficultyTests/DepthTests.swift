import Arrays
import Difficulty
import Files
import Foundation
import TestSupport
import Testing

@Suite struct DepthTests {
    /// A job of depth evidence alone: votes (P x N) and final classes per member.
    private func job(
        labels: [Int32],
        classes: Int,
        repeats: Int,
        members: [(held: [UInt8], votes: [[UInt16]], finals: [Int])]
    ) -> JobArrays {
        let arrays = members.map { member in
            MemberArrays(
                heldOut: member.held,
                finalLogits: member.finals.map { sure($0, of: classes) },
                votes: member.votes
            )
        }
        return JobArrays(
            labels: labels,
            classes: (0..<classes).map { "c\($0)" },
            members: Dictionary(uniqueKeysWithValues: arrays.enumerated().map { ($0.offset, $0.element) }),
            folds: 1,
            repeats: repeats
        )
    }

    /// References at 0 (class 0) and 1 (class 1); a query moves by 0.2 per layer towards class 1, its final class.
    @Test func aQueryThatMovesLayerByLayer() throws {
        let starts = [0.0, 0.2, 0.4, 0.6]
        let votes = (0..<4).map { layer in
            starts.map { start -> UInt16 in
                let position = start + 0.2 * Double(layer)
                return abs(position - 0) <= abs(position - 1) ? 0 : 1
            }
        }
        let held = [UInt8](repeating: 1, count: 4)
        let depth = job(labels: [1, 1, 1, 1], classes: 2, repeats: 1, members: [(held, votes, [1, 1, 1, 1])])
        try reduce(depth) { output throws in
            #expect(try output.numbers("prediction_depth_heldout") == [3, 2, 1, 0])
            #expect(try output.numbers("prediction_depth_heldout_filled") == [3, 2, 1, 0])
            #expect(agrees(try output.numbers("prediction_depth_heldout_rel")[1], 2 / 3))
            #expect(try output.numbers("prediction_depth_train").allSatisfy { $0.isNaN })
            #expect(try output.numbers("prediction_depth_train_n") == [0, 0, 0, 0])
        }
    }

    /// The votes must be right from the depth on, not only at it; the target is the network's class, not the label.
    @Test func depthByHand() throws {
        let votes: [[UInt16]] = [[1, 0, 1, 0], [0, 0, 1, 1], [1, 0, 1, 1]]
        let depth = job(
            labels: [0, 1, 0, 0],
            classes: 2,
            repeats: 1,
            members: [([0, 0, 0, 0], votes, [1, 0, 1, 0])]
        )
        try reduce(depth) { output throws in
            #expect(try output.numbers("prediction_depth_train")[..<3] == [2, 0, 0])
            // Even the last probe disagrees.
            #expect(try output.cell("prediction_depth_train", 3) == nil)
            #expect(try output.numbers("prediction_depth_train_undefined") == [0, 0, 0, 1])
            #expect(try output.numbers("prediction_depth_train_filled") == [2, 0, 0, 3])
            #expect(try output.numbers("prediction_depth_train_n") == [1, 1, 1, 0])
        }
    }

    @Test func undefinedDepthsAreCountedNotAveraged() throws {
        // One example held out by four members with depths 1, 2, undefined, 0.
        let votes: [[[UInt16]]] = [[[0], [1], [1]], [[0], [0], [1]], [[1], [1], [0]], [[1], [1], [1]]]
        let depth = job(labels: [1], classes: 2, repeats: 4, members: votes.map { ([1], $0, [1]) })
        try reduce(depth) { output throws in
            #expect(try output.cell("prediction_depth_heldout", 0) == 1)
            #expect(try output.cell("prediction_depth_heldout_n", 0) == 3)
            #expect(agrees(try output.numbers("prediction_depth_heldout_se")[0], Float(1 / 3.0.squareRoot())))
            #expect(try output.cell("prediction_depth_heldout_undefined", 0) == 0.25)
            #expect(try output.cell("prediction_depth_heldout_filled", 0) == 1.5)
            #expect(try output.cell("prediction_depth_heldout_rel", 0) == 0.5)
            #expect(output.summary.undefinedDepth?.heldout == 0.25)
            #expect(output.summary.undefinedDepth?.train == nil)
        }
    }

    /// Two held-out and two training members whose depths (of 4 layers) are given; the expected group.
    struct Corner: Sendable, CustomTestStringConvertible {
        var heldOut: [Int]
        var train: [Int]
        var group: String?
        var testDescription: String { "\(heldOut) \(train)" }
    }

    @Test(arguments: [
        Corner(heldOut: [0, 0], train: [1, 1], group: "easy"),
        Corner(heldOut: [1, 1], train: [4, 4], group: "looks_like_another_class"),
        Corner(heldOut: [2, 2], train: [0, 0], group: "ambiguous_without_label"),
        Corner(heldOut: [3, 4], train: [2, 2], group: "ambiguous"),
        // Undefined (5) counts as deepest.
        Corner(heldOut: [5, 5], train: [5, 5], group: "ambiguous"),
        // Between the cuts.
        Corner(heldOut: [1, 2], train: [0, 0], group: "intermediate"),
        // Mean 0.125 and error 0.125: exactly one error from the cut is far enough.
        Corner(heldOut: [0, 1], train: [0, 0], group: "easy"),
        // Mean 0.625, error 0.375: within one error of the cut.
        Corner(heldOut: [1, 4], train: [0, 0], group: "intermediate"),
        // A single training member has no error.
        Corner(heldOut: [0, 0], train: [0], group: "intermediate"),
        // Below two held-out members, and without any training member.
        Corner(heldOut: [0], train: [0, 0], group: nil),
        Corner(heldOut: [0, 0], train: [], group: nil),
    ])
    func cornersOfTheMap(corner: Corner) throws {
        func votes(_ depth: Int) -> [[UInt16]] { (0..<5).map { [$0 >= depth ? 1 : 0] } }
        let members =
            corner.heldOut.map { ([1] as [UInt8], votes($0), [1]) }
            + corner.train.map { ([0] as [UInt8], votes($0), [1]) }
        try reduce(job(labels: [1], classes: 2, repeats: 1, members: members)) { output throws in
            #expect(try output.categories("group") == [corner.group])
            if let group = corner.group { #expect(output.summary.groups[group] == 1) }
            #expect(output.summary.groups.values.reduce(0, +) == (corner.group == nil ? 0 : 1))
        }
    }

    /// Members that memorise: layer by layer the given label pulls harder on training examples. Flipped labels follow it
    /// only in the last layers, so they and only they are deep in training.
    @Test func flippedLabelsAreTheDeepestInTraining() throws {
        let seed: UInt64 = 31
        var generator = SeededGenerator(seed: seed)
        let count = 60
        let truth = (0..<count).map { $0 % 3 }
        let flipped = Set([7, 20, 51])
        let labels = truth.indices.map { Int32(flipped.contains($0) ? (truth[$0] + 1) % 3 : truth[$0]) }
        let points = truth.map { label -> [Double] in
            let angle = Double(label) * 2 * .pi / 3
            return [4 * cos(angle) + generator.normal() * 0.4, 4 * sin(angle) + generator.normal() * 0.4]
        }
        var members: [(held: [UInt8], votes: [[UInt16]], finals: [Int])] = []
        for index in 0..<4 {
            let held = (0..<count).map { UInt8($0 % 2 == index % 2 ? 1 : 0) }
            let votes = [0.0, 2, 5, 12].map { pull in
                neighbourVotes(points, pull: pull, labels: labels, held: held, k: 3)
            }
            let finals = (0..<count).map { held[$0] == 0 ? Int(labels[$0]) : truth[$0] }
            members.append((held, votes, finals))
        }
        var arrays = job(labels: labels, classes: 3, repeats: 2, members: members)
        arrays.folds = 2
        try reduce(arrays) { output throws in
            let depth = try output.numbers("prediction_depth_train_filled")
            let deepest = Set(depth.indices.sorted { (depth[$0], $1) > (depth[$1], $0) }.prefix(3))
            #expect(deepest == flipped, "seed \(seed): \(depth)")
            #expect(flipped.allSatisfy { depth[$0] >= 2 })
            #expect(try output.numbers("prediction_depth_heldout_filled").allSatisfy { $0 <= 1 })
            for row in flipped { #expect(try output.categories("group")[row] == "looks_like_another_class") }
        }
    }

    /// Majority votes of the k nearest training examples, in a space where training examples are moved by `pull` towards
    /// their label and the query, if it is one, too; never its own vote.
    private func neighbourVotes(
        _ points: [[Double]],
        pull: Double,
        labels: [Int32],
        held: [UInt8],
        k: Int
    ) -> [UInt16] {
        func embed(_ row: Int) -> [Double] {
            var vector = points[row] + [0, 0, 0]
            if held[row] == 0 { vector[2 + Int(labels[row])] = pull }
            return vector
        }
        let embedded = points.indices.map(embed)
        return points.indices.map { row in
            let near = points.indices.filter { held[$0] == 0 && $0 != row }.sorted {
                distance(embedded[row], embedded[$0]) < distance(embedded[row], embedded[$1])
            }
            var votes = [0, 0, 0]
            for other in near.prefix(k) { votes[Int(labels[other])] += 1 }
            return UInt16(votes.indices.max { votes[$0] < votes[$1] } ?? 0)
        }
    }

    private func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
}
