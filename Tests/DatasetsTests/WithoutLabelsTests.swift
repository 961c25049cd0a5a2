import Datasets
import TestSupport
import Testing

/// Uploads with `task=none`: examples that nobody has labelled.
@Suite struct WithoutLabelsTests {
    /// One of each format that can come without labels.
    enum Example: String, CaseIterable {
        case npz, idxInZip, idx, idxInGzip, folder, noFolder, csv

        func upload() throws -> [UInt8] {
            let (pixels, _) = ArrayFixture.digits(6)
            return switch self {
            case .npz: try ArrayFixture.npz([("x", ArrayFixture.npy([6, 8, 8], Array(pixels[..<384])))])
            case .idxInZip: ZipFixture.bytes([("images", ArrayFixture.idx(8, [6, 8, 8], Array(pixels[..<384])))])
            case .idx: ArrayFixture.idx(8, [6, 8, 8], Array(pixels[..<384]))
            case .idxInGzip: Deflate.gzip(ArrayFixture.idx(8, [6, 8, 8], Array(pixels[..<384])))
            case .folder: ZipFixture.bytes((0..<6).map { ("pictures/\($0).png", PictureFixture.png($0)) })
            case .noFolder: ZipFixture.bytes((0..<6).map { ("\($0).png", PictureFixture.png($0)) })
            case .csv: Array("a,b\n3,2\n1,3\n4,5\n1,4\n5,1\n9,0\n".utf8)
            }
        }
    }

    @Test(arguments: Example.allCases) func isStored(_ example: Example) throws {
        let workshop = Workshop()
        let dataset = try workshop.ingest(example.upload(), IngestOptions(task: "none"))
        #expect(dataset.manifest.numExamples == 6)
        #expect(dataset.manifest.classes.isEmpty && dataset.labelCodes() == [Int32](repeating: -1, count: 6))
        if example == .csv { #expect(dataset.manifest.shape == [2]) }
    }
}
