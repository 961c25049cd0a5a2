import Datasets
import Foundation
import Testing

/// Real data sets, with the class histograms that their makers publish.
@Suite(.enabled(if: RealData.isThere, Comment(rawValue: RealData.reason)))
struct RealDataTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    @Test func mnist() throws {
        let dataset = try workshop.ingest(path: RealData.path("mnist_idx.tar"))
        #expect(dataset.manifest.shape == [28, 28, 1] && dataset.manifest.splits == .init(train: 60000, test: 10000))
        #expect(
            dataset.manifest.classCounts
                == .init(
                    train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
                    test: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
                )
        )
        #expect(dataset.manifest.duplicateExamples == 0 && dataset.manifest.warnings == [])
        // The mean and deviation that every MNIST tutorial normalises by.
        #expect(abs(dataset.manifest.normalisation.mean[0] - 0.1307) < 5e-5)
        #expect(abs(dataset.manifest.normalisation.std[0] - 0.3081) < 5e-5)
        #expect(dataset.labelCodes()[..<5] == [5, 0, 4, 1, 9])
    }

    @Test func fashionMNIST() throws {
        let dataset = try workshop.ingest(path: RealData.path("fashion_mnist_idx.tar"))
        #expect(dataset.manifest.classCounts.train == [Int](repeating: 6000, count: 10))
        #expect(dataset.manifest.classCounts.test == [Int](repeating: 1000, count: 10))
        #expect(abs(dataset.manifest.normalisation.mean[0] - 0.2860) < 5e-5)
    }

    @Test func usps() throws {
        let dataset = try workshop.ingest(path: RealData.path("usps_16x16.npz"))
        #expect(dataset.manifest.shape == [16, 16, 1] && dataset.manifest.splits == .init(train: 7291, test: 2007))
        #expect(
            dataset.manifest.classCounts
                == .init(
                    train: [1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644],
                    test: [359, 264, 198, 166, 200, 160, 170, 147, 166, 177]
                )
        )
        #expect(dataset.warning(.rescaledPixels)?.count == 2)
    }

    @Test func signDigits() throws {
        let dataset = try workshop.ingest(path: RealData.path("sign_digits_700.zip"))
        #expect(dataset.manifest.shape == [32, 32, 3] && dataset.manifest.classes == (0...9).map(String.init))
        #expect(dataset.manifest.classCounts.train == [70, 70, 70, 70, 70, 70, 70, 71, 70, 70])
        #expect(dataset.manifest.originalSizes == .init(smallest: [100, 100], largest: [3024, 3024]))
        #expect(dataset.warning(.reducedImages)?.count == 701)
        #expect(dataset.warning(.unreadableImage) == nil)
        let largest = try #require(
            try (0..<701).first { row in try dataset.pictureSize(row).height != 100 }
        )
        #expect(try dataset.pictureSize(largest) == (1024, 1024))
        #expect(dataset.labelName(largest) == "7")
    }

    @Test func archivesOfOtherThingsAreRefused() throws {
        for name in ["tabular.zip", "text.zip", "mnist_reference_scores.zip"] {
            #expect(throws: IngestError.self, "\(name)") { try workshop.ingest(path: RealData.path(name)) }
        }
    }
}

@Suite struct BundledSampleTests {
    @Test func theSampleIsReadable() throws {
        let dataset = try Workshop().ingest(path: "\(RealData.root)/public/samples/mnist-5k.npz")
        #expect(dataset.manifest.shape == [28, 28, 1])
        #expect(dataset.manifest.classCounts.train == [Int](repeating: 500, count: 10))
        #expect(dataset.manifest.warnings == [])
    }
}
