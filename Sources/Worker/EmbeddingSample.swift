import Backbones
import Compute
import Files
import Recipes
import Tasks
import Training

/// A few pictures through a backbone: what a calibration measures it by, and what stands for all pictures in what it measures
/// then. Nothing is written.
struct EmbeddingSample {
    /// Pictures.
    private static let count = 16
    /// Processor time after which no more are taken.
    private static let enoughSeconds = 3.0

    /// Rows of each probe.
    let taps: [TapRows]
    /// The rows of the last one, standardised as for training.
    let examples: RepeatedExamples
    /// Processor time of one picture.
    let seconds: Double

    /// - Throws: `BackboneError`, `IngestError` where a picture cannot be read
    init(_ spec: EmbeddingSpec, of dataset: MemberSpec.Data) throws {
        let embedder = try Embedder(
            spec,
            of: dataset.directory,
            watchdog: Watchdog(overdue: WorkerFailure.overdue(spec.backbone)),
            files: .live
        )
        let probes = spec.backbone.probes
        var rows = probes.map { _ in [Float]() }
        let most = min(Self.count, dataset.numExamples)
        var count = 0
        let start = ProcessorClock.seconds()
        while count < most, count == 0 || ProcessorClock.seconds() - start < Self.enoughSeconds {
            let place = count
            count += 1
            let values = try embedder.embed(place * dataset.numExamples / most)
            var offset = 0
            for (number, probe) in probes.enumerated() {
                rows[number] += values[offset..<offset + probe.width]
                offset += probe.width
            }
        }
        seconds = (ProcessorClock.seconds() - start) / Double(count)
        taps = zip(rows, probes).map { TapRows(sample: $0, width: $1.width) }
        examples = RepeatedExamples(rows[probes.count - 1], width: spec.backbone.width, count: dataset.numExamples)
    }
}

/// Some rows that stand for many, each again and again.
struct RepeatedExamples: Examples {
    let shape: InputShape
    let count: Int
    private let rows: TapRows
    private let mean: [Float]
    private let factor: Float

    init(_ values: [Float], width: Int, count: Int) {
        shape = .features(width)
        self.count = count
        rows = TapRows(sample: values, width: width)
        let centre = values.withUnsafeBufferPointer { EmbeddingCentre($0, width: width) }
        mean = centre.mean.map { Float($0) }
        factor = Float(1 / (centre.std.first ?? 1))
    }

    func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
        rows.copy(row: row, to: 0, of: Rows(destination, width: rows.width))
        for column in mean.indices { destination[column] = (destination[column] - mean[column]) * factor }
    }
}
