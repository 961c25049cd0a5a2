import Arrays
import Difficulty
import Files
import Foundation

/// The evidence of one member in the making: arrays one by one, the manifest last.
final class MemberWriter {
    /// What came out of the training run, as far as the log says.
    struct Result: Encodable {
        let learned = true
        var fit: Double?
        var trainAccuracy: [Double]?
        var heldoutAccuracy: [Double]?
        var trainLoss: [Double]?
        var heldoutLoss: [Double]?
        var learningRate: [Double]?

        enum CodingKeys: String, CodingKey {
            case learned, fit
            case trainAccuracy = "train_accuracy"
            case heldoutAccuracy = "heldout_accuracy"
            case trainLoss = "train_loss"
            case heldoutLoss = "heldout_loss"
            case learningRate = "learning_rate"
        }
    }

    let index: Int
    /// N: 1 where the member holds the example out.
    let heldOut: [UInt8]
    /// Filled in as it becomes known.
    var result = Result()

    private let folder: String
    private let files: Files
    private var digests: [String: FileDigest] = [:]
    private var unfinished: [(name: String, finish: () throws -> FileDigest)] = []

    /// - Parameter evidence: the folder in which the members' folders are made
    init(index: Int, in evidence: String, heldOut: [UInt8], files: Files) throws {
        self.index = index
        self.heldOut = heldOut
        self.files = files
        folder = "\(evidence)/\(ImportedEvidence.folder(ofMember: index))"
        try files.createDirectory(folder)
        try put(EvidenceArray.heldOut.rawValue, [heldOut.count], heldOut)
    }

    /// How many examples it holds out.
    var heldOutCount: Int { heldOut.count { $0 != 0 } }

    /// An array that is filled in any order, and finished with the member.
    func canvas<Element: ArrayElement>(
        _ array: EvidenceArray,
        _ type: Element.Type,
        _ shape: [Int]
    ) throws -> NPYCanvas<Element> {
        let name = "\(array.rawValue).npy"
        let canvas = try NPYCanvas<Element>(path: "\(folder)/\(name)", shape: shape, files: files)
        unfinished.append((name, canvas.finish))
        return canvas
    }

    /// An array that is whole already.
    func put<Element: ArrayElement>(_ name: String, _ shape: [Int], _ values: [Element]) throws {
        digests["\(name).npy"] = try NPY.write(
            NDArray(shape: shape, values: values),
            to: "\(folder)/\(name).npy",
            files: files
        )
    }

    /// Makes all arrays durable and writes the manifest.
    func finish(key: String, probeNames: [String], k: Int, observe: String?) throws {
        for array in unfinished { digests[array.name] = try array.finish() }
        unfinished = []
        let manifest = Manifest(
            key: key,
            files: digests,
            probeNames: probeNames.isEmpty ? nil : probeNames,
            k: probeNames.isEmpty ? nil : k,
            result: result,
            spec: .init(observe: observe)
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try files.write(try encoder.encode(manifest), to: "\(folder)/manifest.json")
    }

    private struct Manifest: Encodable {
        struct Spec: Encodable {
            var observe: String?
        }

        let evidenceVersion = 1
        var key: String
        var files: [String: FileDigest]
        var probeNames: [String]?
        var k: Int?
        var result: Result
        var spec: Spec

        enum CodingKeys: String, CodingKey {
            case key, files, k, result, spec
            case evidenceVersion = "evidence_version"
            case probeNames = "probe_names"
        }
    }
}
