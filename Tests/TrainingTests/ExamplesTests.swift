import Testing
import Training

@Suite struct ExamplesTests {
    @Test func imagesComeChannelByChannel() {
        // Two images of 1 x 2 pixels with three channels.
        let pixels: [UInt8] = [0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6]
        pixels.withUnsafeBufferPointer {
            let examples = ImageExamples(
                pixels: $0,
                height: 1,
                width: 2,
                channels: 3,
                mean: [0, 0.2, 0.4],
                std: [1, 0.5, 2]
            )
            #expect(examples.count == 2)
            #expect(examples.shape.dimensions == [3, 1, 2])
            var values = [Float](repeating: 0, count: 6)
            examples.copy(row: 0, to: &values)
            #expect(values == [0, 0.6, 0, 1.2, 0, 0.3])
        }
    }

    @Test func featuresAreStandardisedByColumn() {
        let table: [Float] = [1, 2, 3, 4]
        table.withUnsafeBufferPointer {
            let examples = FeatureExamples(values: $0, mean: [1, 0], std: [2, 4])
            var values = [Float](repeating: 0, count: 2)
            examples.copy(row: 1, to: &values)
            #expect(values == [1, 1])
        }
    }
}
