import Arrays
import Difficulty
import Files
import Testing

/// The sentence that says why, word for word.
@Suite struct WhyTests {
    /// Three networks hold all examples out, four train on all of them; seven layers. Example 0 is the one to explain, the
    /// others are plain cats and dogs.
    private func sentence(
        label: Int32 = 0,
        heldOut: [(answer: Int, depth: Int)],
        train: [(answer: Int, depth: Int, correct: String)],
        probability: [Double] = [0.97, 0.02, 0.01],
        kind: String = "images"
    ) throws -> String {
        let labels = [label, 0, 1, 2, 0, 1, 2]
        var members: [Int: MemberArrays] = [:]
        func votes(_ answers: [Int], depth: Int) -> [[UInt16]] {
            (0..<7).map { layer in
                answers.enumerated().map { row, answer in UInt16(row == 0 && layer < depth ? (answer + 1) % 3 : answer)
                }
            }
        }
        for (index, member) in heldOut.enumerated() {
            let answers = [member.answer] + labels[1...].map { Int($0) }
            let certain = labels.enumerated().map { row, label in
                logits(row == 0 ? probability : (0..<3).map { $0 == Int(label) ? 0.9 : 0.05 })
            }
            members[index] = MemberArrays(
                heldOut: [UInt8](repeating: 1, count: 7),
                correct: (0..<3).map { _ in [UInt8](repeating: 0, count: 7) },
                finalLogits: answers.map { sure($0, of: 3) },
                snapshotEpochs: [1],
                heldOutLogits: [certain],
                votes: votes(answers, depth: member.depth)
            )
        }
        for (position, member) in train.enumerated() {
            let answers = [member.answer] + labels[1...].map { Int($0) }
            let observed = member.correct.map { character in
                [character == "1" ? 1 : 0] + [UInt8](repeating: 1, count: 6)
            }
            members[heldOut.count + position] = MemberArrays(
                heldOut: [UInt8](repeating: 0, count: 7),
                correct: observed,
                finalLogits: answers.map { sure($0, of: 3) },
                snapshotEpochs: [1],
                heldOutLogits: [[]],
                votes: votes(answers, depth: member.depth)
            )
        }
        let job = JobArrays(
            labels: labels,
            classes: ["cat", "dog", "cow"],
            members: members,
            folds: 1,
            repeats: members.count,
            kind: kind
        )
        return try reduce(job) { output throws in try output.why(0) }
    }

    @Test func aWrongLabel() throws {
        let text = try sentence(
            heldOut: [(1, 2), (1, 1), (1, 0)],
            train: [(0, 6, "011"), (0, 5, "011"), (0, 6, "001"), (0, 6, "111")],
            probability: [0.02, 0.95, 0.03]
        )
        #expect(
            text == """
                All 3 networks that never saw this picture call it dog, by layer 2 of 6 at the latest; networks trained on \
                "cat" follow that label only in the last layers; once learned it was never forgotten. Typical of a wrong label.
                """
        )
    }

    @Test func aLabelThatIsRefused() throws {
        let text = try sentence(
            heldOut: [(1, 0), (1, 0)],
            train: [(1, 0, "000"), (1, 0, "000"), (1, 0, "010"), (0, 0, "101")],
            probability: [0.02, 0.95, 0.03],
            kind: "features"
        )
        #expect(
            text == """
                Both networks that never saw this example call it dog, from the input on; only 1 of 4 networks trained on \
                "cat" ends up giving that label; it was never learned in 2 of 4 trainings. Typical of a wrong label.
                """
        )
    }

    @Test func anEasyPicture() throws {
        let text = try sentence(
            heldOut: [(0, 0), (0, 0), (0, 0)],
            train: [(0, 0, "111"), (0, 0, "111"), (0, 0, "111"), (0, 0, "111")]
        )
        #expect(
            text == """
                All 3 networks that never saw this picture call it cat, as its label says, from the input on; once learned it \
                was never forgotten. Typical of an easy picture.
                """
        )
    }

    @Test func aDividedVote() throws {
        let text = try sentence(
            heldOut: [(0, 4), (1, 3), (1, 7)],
            train: [(0, 1, "101"), (0, 2, "101"), (0, 1, "010"), (0, 2, "111")],
            probability: [0.45, 0.5, 0.05]
        )
        #expect(
            text == """
                Of 3 networks that never saw this picture, 2 call it dog and 1 calls it cat, and in 1 of 3 even the last \
                layer's neighbours vote for another class; networks trained on "cat" follow that label from the early layers \
                on; it was forgotten 3 times in 4 trainings. Typical of a picture between dog and cat.
                """
        )
    }

    @Test func aPictureWithoutALabel() throws {
        let text = try sentence(label: -1, heldOut: [(2, 3)], train: [])
        #expect(text == "The one network that never saw this picture calls it cow, by layer 3 of 6 at the latest.")
    }

    @Test func aTestPictureWithAnotherLabel() throws {
        let text = try sentence(heldOut: [(2, 3), (2, 1)], train: [], probability: [0.3, 0.3, 0.4])
        #expect(
            text == """
                Both networks that never saw this picture call it cow, not cat as its label says, by layer 3 of 6 at the \
                latest. Typical of an unusual picture: no class is probable.
                """
        )
    }
}
