import Datasets
import Files
import Foundation
import Testing

/// Real datasets, with the class histograms that their makers publish.
@Suite(.enabled(if: RealData.isThere, Comment(rawValue: RealData.reason)))
struct RealDataTests {
    let workshop: Workshop

    init() { workshop = Workshop() }

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

    @Test func cifar10() throws {
        let dataset = try workshop.ingest(path: RealData.path("cifar10_train_batch_1.zip"))
        #expect(dataset.manifest.shape == [32, 32, 3] && dataset.manifest.splits == .init(train: 10000, test: 0))
        #expect(dataset.manifest.classes[..<3] == ["airplane", "automobile", "bird"])
        #expect(
            dataset.manifest.classCounts.train == [1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981]
        )
        #expect(dataset.manifest.warnings == [])
    }

    /// Rows, classes and columns as the makers of the data give them.
    @Test(arguments: [
        ("iris.csv", [50, 50, 50], 4), ("wine.csv", [59, 71, 48], 13), ("sonar.csv", [111, 97], 60),
        ("ionosphere.csv", [126, 225], 34), ("glass.csv", [70, 76, 17, 13, 9, 29], 9),
        ("ecoli.csv", [143, 77, 2, 2, 35, 20, 5, 52], 7), ("pima-indians-diabetes.csv", [500, 268], 8),
        ("breast-cancer-wisconsin.csv", [458, 241], 9), ("banknote_authentication.csv", [762, 610], 4),
        ("phoneme.csv", [3818, 1586], 5), ("mammography.csv", [10923, 260], 6),
        ("winequality-red.csv", [10, 53, 681, 638, 199, 18], 11),
        ("winequality-white.csv", [20, 163, 1457, 2198, 880, 175, 5], 11),
    ])
    func table(_ name: String, _ counts: [Int], _ columns: Int) throws {
        let dataset = try workshop.ingest(path: try extract("tabular.zip", "tabular/\(name)"))
        #expect(dataset.manifest.classCounts.train == counts, "\(dataset.manifest.classes)")
        #expect(dataset.manifest.shape == [columns])
    }

    @Test func tablesWithCategories() throws {
        let german = try workshop.ingest(path: try extract("tabular.zip", "tabular/german.csv"))
        #expect(german.manifest.classCounts.train == [700, 300] && german.count == 1000)
        let train = try Files.live.read(try extract("tabular.zip", "tabular/adult-train.csv"))
        let test = try Files.live.read(try extract("tabular.zip", "tabular/adult-test.csv"))
        let adult = try workshop.ingest(ZipFixture.bytes([("adult-train.csv", train), ("adult-test.csv", test)]))
        #expect(adult.manifest.classes == ["<=50K", ">50K"] && adult.manifest.classCounts.train == [24720, 7841])
        #expect(adult.manifest.classCounts.test == [12435, 3846])
        #expect(adult.warning(.missingCategories)?.count == 4262 + 2203)
    }

    @Test func text() throws {
        let spam = try workshop.ingest(path: try extract("text.zip", "text/SMSSpamCollection.tsv"))
        #expect(spam.manifest.classes == ["ham", "spam"] && spam.manifest.classCounts.train == [4827, 747])
        let banking = try workshop.ingest(path: try extract("text.zip", "text/banking77_train.csv"))
        #expect(banking.manifest.classes.count == 77 && banking.count == 10003 && banking.manifest.shape == [1024])
    }

    @Test func severalTablesAreNamed() throws {
        for name in ["tabular.zip", "text.zip"] {
            #expect {
                try workshop.ingest(path: RealData.path(name))
            } throws: { error in
                guard case IngestError.severalTables = error else { return false }
                return "\(error)".contains("unzip -p")
            }
        }
    }

    /// One file of an archive, unpacked.
    private func extract(_ archive: String, _ member: String) throws -> String {
        let output = "\(workshop.folder)/\(member.replacing("/", with: "_"))"
        let unzip = Process()
        unzip.executableURL = URL(filePath: "/usr/bin/env")
        unzip.arguments = ["sh", "-c", "unzip -p \"$0\" \"$1\" > \"$2\"", RealData.path(archive), member, output]
        try unzip.run()
        unzip.waitUntilExit()
        return output
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
