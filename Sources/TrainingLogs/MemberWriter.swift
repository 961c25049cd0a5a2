import Arrays
import Difficulty
import Files
import Recipes
import Tasks

/// The evidence of one member of a log in the making: arrays one by one, the manifest last.
final class MemberWriter {
    let index: Int
    /// N: 1 where the member holds the example out.
    let heldOut: [UInt8]
    /// Filled in as it becomes known.
    var result = MemberResult(learned: true)

    private var folder: EvidenceFolder
    private var unfinished: [(array: EvidenceArray, finish: () throws -> FileDigest)] = []

    /// - Parameter evidence: the folder in which the members' folders are made
    init(index: Int, in evidence: String, heldOut: [UInt8], files: Files) throws {
        self.index = index
        self.heldOut = heldOut
        folder = EvidenceFolder("\(evidence)/\(ImportedEvidence.folder(ofMember: index))", files: files)
        try files.createDirectory(folder.path)
        try put(.heldOut, [heldOut.count], heldOut)
    }

    /// How many examples it holds out.
    var heldOutCount: Int { heldOut.count { $0 != 0 } }

    /// An array that is filled in any order, and finished with the member.
    func canvas<Element: ArrayElement>(
        _ array: EvidenceArray,
        _ type: Element.Type,
        _ shape: [Int]
    ) throws -> NPYCanvas<Element> {
        let canvas = try folder.canvas(array, type, shape)
        unfinished.append((array, canvas.finish))
        return canvas
    }

    /// An array that is whole already.
    func put<Element: ArrayElement>(_ array: EvidenceArray, _ shape: [Int], _ values: [Element]) throws {
        try folder.write(array, values, shape)
    }

    /// An array that no score reads.
    func put<Element: ArrayElement>(_ name: String, _ shape: [Int], _ values: [Element]) throws {
        try folder.write(name, values, shape)
    }

    /// Makes all arrays durable and writes the manifest.
    func finish(key: String, probeNames: [String], k: Int, observe: Observation?) throws {
        for array in unfinished { folder.note(array.array, try array.finish()) }
        unfinished = []
        try folder.finish(
            MemberManifest(
                key: key,
                files: folder.digests,
                probeNames: probeNames.isEmpty ? nil : probeNames,
                k: probeNames.isEmpty ? nil : k,
                result: result,
                spec: .init(observe: observe)
            )
        )
    }
}
