import Arrays
import Datasets
import Testing

/// Embeddings beside the examples.
@Suite struct FeatureOverlayTests {
    private static let path = ".plumbline/features.npy"
    private let options: IngestOptions = {
        var options = IngestOptions(fileName: "n.csv")
        options.features = path
        return options
    }()
    private let rows: [Float] = [3, 4, 0, 2, 5, 0, 0, 0, 1, 1, 6, 8]
    private let workshop: Workshop

    init() { workshop = Workshop() }

    /// A ZIP of a table of six rows and its features.
    private func upload(_ features: [UInt8]) -> [UInt8] {
        let table = (0..<6).map { "\(($0 * 7 + 3) % 11).5,\($0 % 2 == 0 ? "even" : "odd")\n" }.joined()
        return ZipFixture.bytes([(Self.path, features), ("n.csv", Array(table.utf8))])
    }

    /// Rows have length 1, a row of zeros stays one, and all columns share a deviation.
    @Test func rowsAreOfLengthOne() throws {
        let dataset = try workshop.ingest(upload(ArrayFixture.npy([6, 2], rows)), options)
        let manifest = dataset.manifest
        #expect(manifest.isEmbedding == true && manifest.hasInputs)
        #expect(dataset.features(0) == [0.6, 0.8] && dataset.features(1) == [0, 1] && dataset.features(3) == [0, 0])
        #expect(Set(manifest.normalisation.std).count == 1)
        let variances = try (0..<2).map { column in
            let values = try (0..<6).map { Double(try #require(dataset.features($0))[column]) }
            let mean = values.reduce(0, +) / 6
            return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 6
        }
        #expect(abs(manifest.normalisation.std[0] - ((variances[0] + variances[1]) / 2).squareRoot()) < 1e-6)
    }

    private func named(_ sources: [String], _ rows: [Float]) throws -> [UInt8] {
        try ArrayFixture.npz([
            ("features", ArrayFixture.npy([rows.count / 2, 2], rows)), ("source", NPY.encode(strings: sources)),
        ])
    }

    /// Names say whose each row is, whatever their order, and rows of others are left out.
    @Test func namesSayWhoseARowIs() throws {
        let sources = (0..<6).map { "n.csv:\($0 + 1)" }
        let turned: [Float] = stride(from: 10, through: 0, by: -2).flatMap { [rows[$0], rows[$0 + 1]] }
        let dataset = try workshop.ingest(upload(named(["other"] + sources.reversed(), [9, 9] + turned)), options)
        #expect(dataset.features(0) == [0.6, 0.8] && dataset.features(3) == [0, 0])
        let missing = try workshop.failure(upload(named(["other"] + sources.dropFirst(), rows)), options)
        #expect(missing?.description.contains("\"n.csv:1\"") == true, "\(String(describing: missing))")
        let twice = try workshop.failure(upload(named([sources[1]] + sources.dropFirst(), rows)), options)
        #expect(twice?.description.contains("n.csv:2 again") == true, "\(String(describing: twice))")
        let few = try workshop.failure(upload(named(Array(sources.dropLast()), rows)), options)
        #expect(few?.description.contains("source") == true, "\(String(describing: few))")
    }
}
