import Compute
import Recipes
import Testing
import Training

@Suite struct AugmentationTests {
    /// Every value differs from every other and from zero.
    private struct Numbered: Examples {
        let shape = InputShape.image(height: 5, width: 6, channels: 2)
        let count = 50

        func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
            for place in 0..<60 { destination[place] = Float(row * 100 + place + 1) }
        }
    }

    private func pictures(_ augmentation: Augmentation, epoch: Int = 0, seed: UInt64 = 3) -> [[Float]] {
        let examples = AugmentedExamples(source: Numbered(), augmentation: augmentation, seed: seed, epoch: epoch)
        return (0..<50).map { picture(examples, $0) }
    }

    private func picture(_ examples: some Examples, _ row: Int) -> [Float] {
        Array(unsafeUninitializedCapacity: examples.shape.count) { buffer, count in
            examples.copy(row: row, to: buffer.baseAddress!)
            count = examples.shape.count
        }
    }

    /// Picture `row` shifted and mirrored by the definition.
    private func moved(_ row: Int, down: Int, right: Int, mirrored: Bool) -> [Float] {
        let source = picture(Numbered(), row)
        var result: [Float] = []
        for channel in 0..<2 {
            for y in 0..<5 {
                for x in 0..<6 {
                    let (fromY, fromX) = (y + down, (mirrored ? 5 - x : x) + right)
                    let isInside = (0..<5).contains(fromY) && (0..<6).contains(fromX)
                    result.append(isInside ? source[channel * 30 + fromY * 6 + fromX] : 0)
                }
            }
        }
        return result
    }

    @Test func nothingAskedForNothingChanged() {
        #expect(pictures(Augmentation()) == (0..<50).map { picture(Numbered(), $0) })
    }

    @Test func aCropIsAShiftAndAllShiftsOccur() {
        var seen = Set<[Int]>()
        for epoch in 0..<20 {
            for (row, picture) in pictures(Augmentation(padCrop: 2, flip: true), epoch: epoch).enumerated() {
                var found = 0
                for down in -2...2 {
                    for right in -2...2 {
                        for mirrored in [false, true]
                        where picture == moved(row, down: down, right: right, mirrored: mirrored) {
                            found += 1
                            seen.insert([down, right, mirrored ? 1 : 0])
                        }
                    }
                }
                #expect(found == 1, "row \(row), epoch \(epoch)")
            }
        }
        #expect(seen.count == 50)
    }

    @Test func halfOfThePicturesAreMirrored() {
        let mirrored = (0..<20).reduce(0) { sum, epoch in
            sum
                + pictures(Augmentation(flip: true), epoch: epoch).enumerated()
                .count { $1 == moved($0, down: 0, right: 0, mirrored: true) }
        }
        // 1,000 draws: five standard deviations are 79.
        #expect((421...579).contains(mirrored), "\(mirrored)")
    }

    @Test func aCutoutIsASquareCutOffAtTheBorder() {
        var sizes = Set<Int>()
        for (row, picture) in pictures(Augmentation(cutout: 3)).enumerated() {
            let original = self.picture(Numbered(), row)
            let blank = picture.indices.filter { picture[$0] != original[$0] }
            #expect(blank.allSatisfy { picture[$0] == 0 })
            let channels = Set(blank.map { $0 / 30 })
            #expect(channels == [0, 1])
            let lines = Set(blank.map { $0 % 30 / 6 }).sorted()
            let columns = Set(blank.map { $0 % 6 }).sorted()
            #expect(blank.count == 2 * lines.count * columns.count)
            #expect(lines == Array(lines[0]...lines[lines.count - 1]))
            #expect(columns == Array(columns[0]...columns[columns.count - 1]))
            sizes.insert(lines.count * columns.count)
        }
        #expect(sizes.isSubset(of: [4, 6, 9]) && sizes.contains(9) && sizes.count > 1)
    }

    /// A picture depends on seed, epoch and example alone, and not on what was copied before.
    @Test func whatIsDrawnIsAFunctionOfSeedEpochAndExample() {
        let all = Augmentation(padCrop: 2, flip: true, cutout: 2)
        let examples = AugmentedExamples(source: Numbered(), augmentation: all, seed: 3, epoch: 4)
        let forwards = (0..<50).map { picture(examples, $0) }
        let backwards = (0..<50).reversed().map { picture(examples, $0) }
        #expect(forwards == backwards.reversed())
        #expect(forwards == pictures(all, epoch: 4))
        #expect(forwards != pictures(all, epoch: 5))
        #expect(forwards != pictures(all, epoch: 4, seed: 5))
    }

    /// Evaluation, snapshots and the finished network's logits see the pictures as they are.
    @Test(arguments: Observation.allCases) func onlyTrainingSeesChangedPictures(
        observing: Observation
    ) throws {
        let examples = FormulaExamples(dimensions: [1, 8, 8], count: 30)
        func trained(_ augmentation: Augmentation?) throws -> Trainer {
            var trainer = try Trainer(
                Engine(),
                network: try #require(Networks.named("mlp")),
                shape: examples.shape,
                classes: 3,
                options: NetworkOptions(hidden: [8]),
                labels: (0..<30).map { examples.label($0, classes: 3) },
                heldOut: (0..<30).map { $0 % 3 == 0 },
                settings: TrainingSettings(
                    epochs: 2,
                    batchSize: 10,
                    learningRate: 0.01,
                    augmentation: augmentation,
                    seed: 4
                ),
                observe: observing
            )
            try trainer.run(on: examples)
            return trainer
        }
        let plain = try trained(nil)
        let trainer = try trained(Augmentation(padCrop: 2, flip: true, cutout: 2))
        let dynamics = trainer.dynamics
        #expect(try trainer.model.weights() != plain.model.weights())
        #expect(dynamics.initialPredicted == plain.dynamics.initialPredicted)
        var logits: [Float] = []
        try trainer.model.infer(examples, rows: 0..<30) { _, row in logits += UnsafeBufferPointer(start: row, count: 3)
        }
        #expect(dynamics.finalLogits == logits)
        let last = dynamics.heldOutLogits.suffix(30)
        #expect(Array(last) == trainer.heldOutRows.flatMap { logits[$0 * 3..<$0 * 3 + 3] })
        // In the first mini-batch both networks are the same: only the pictures differ.
        let first = 0..<30
        let differs = first.contains {
            dynamics.loss[$0] != plain.dynamics.loss[$0] && !trainer.heldOutRows.contains($0)
        }
        #expect(differs)
    }
}
