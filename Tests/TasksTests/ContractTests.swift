import Arrays
import Files
import Foundation
import Recipes
import Tasks
import TestSupport
import Testing

/// What the service and its children say to each other, both ways.
@Suite struct ContractTests {
    @Test func aLineSurvivesItsText() throws {
        let line = ChildLine(
            .failed,
            phase: "train",
            fraction: 0.5,
            code: "BAD",
            detail: "a \"b\"\n",
            errors: [FailurePlace(pointer: "row 7", detail: "no")],
            values: ["n": 1]
        )
        #expect(!line.text.contains("\n"))
        let back = try #require(ChildLine(line.text))
        #expect(back.t == .failed && back.fraction == 0.5 && back.errors == line.errors && back.detail == line.detail)
        #expect(back.values?["n"].map { String(decoding: $0.encoded(), as: UTF8.self) } == "1\n")
        #expect(ChildLine("not json") == nil && ChildLine(#"{"t":"gossip"}"#) == nil)
    }

    private func write(_ folder: String, key: String = "k") throws {
        var evidence = EvidenceFolder(folder, files: .live)
        try evidence.write(.heldOut, [UInt8]([0, 1]), [2])
        var result = MemberResult(learned: true)
        result.seconds = ["train": 1.5]
        try evidence.finish(
            MemberManifest(key: key, files: evidence.digests, probeNames: ["input"], k: 5, result: result),
            specification: Array(#"{"observe":"evaluation"}"#.utf8)
        )
    }

    @Test func evidenceIsReadAsItIsWritten() throws {
        try TemporaryFolder.with { folder in
            #expect(try TaskManifest.load(from: folder, key: "k", files: .live) == nil)
            try write(folder)
            let manifest = try #require(try TaskManifest.load(from: folder, key: "k", files: .live))
            #expect(manifest.evidenceVersion == 1 && manifest.files.keys.sorted() == ["held_out.npy"])
            let result: TaskResult = try manifest.result.decode()
            #expect(result == TaskResult(learned: true, seconds: ["train": 1.5]))
            let bytes = Data(try Files.live.read("\(folder)/\(TaskFolder.manifestName)"))
            let member = try JSONDecoder().decode(MemberManifest.self, from: bytes)
            #expect(member.spec?.observe == .evaluation && member.probeNames == ["input"] && member.k == 5)
        }
    }

    @Test func evidenceThatDoesNotHoldIsRefused() throws {
        try TemporaryFolder.with { folder in
            try write(folder)
            #expect(throws: EvidenceError.self) { try TaskManifest.load(from: folder, key: "other", files: .live) }
            try Files.live.write([1, 2, 3], to: "\(folder)/held_out.npy")
            #expect(throws: EvidenceError.self) { try TaskManifest.load(from: folder, key: "k", files: .live) }
            try Files.live.remove("\(folder)/held_out.npy")
            #expect(throws: EvidenceError.self) { try TaskManifest.load(from: folder, key: "k", files: .live) }
            try Files.live.write(Array("{".utf8), to: "\(folder)/\(TaskFolder.manifestName)")
            #expect(throws: EvidenceError.self) { try TaskManifest.load(from: folder, key: "k", files: .live) }
        }
    }

    /// A manifest without the arrays it names would be a proof of nothing.
    @Test func withoutItsArraysThereIsNoProof() throws {
        try TemporaryFolder.with { folder in
            let failing = Files(faults: FaultInjector { $0.path.hasSuffix("held_out.npy") ? ENOSPC : nil })
            var evidence = EvidenceFolder(folder, files: failing)
            #expect(throws: (any Error).self) { try evidence.write(.heldOut, [UInt8]([0, 1]), [2]) }
            #expect(evidence.digests.isEmpty)
            let manifest = try TaskManifest.load(from: folder, key: "k", files: .live)
            #expect(manifest == nil)
        }
    }

    @Test func aSpecificationSaysWhoseItIs() throws {
        let spec = MemberSpec(
            key: "k",
            trainKey: "t",
            dataset: .init(
                directory: "/d",
                kind: .features,
                shape: [2],
                numExamples: 4,
                numClasses: 2,
                mean: [0, 0],
                std: [1, 1]
            ),
            labels: "/d/labels.npy",
            heldOut: TaskFolder.heldOutName,
            member: 3,
            model: ModelSettings(name: "mlp"),
            training: TrainingSettings(epochs: 1, batchSize: 2, learningRate: 0.1, seed: 9),
            observe: .presentation,
            probes: .init(k: 3, neighbors: .exact, inputMargin: nil, tieSeed: 5),
            seed: 11,
            threads: 1
        )
        let bytes = try CanonicalJSON.encode(spec)
        #expect(try JSON.raw(bytes).decode(TaskHeader.self) == TaskHeader(task: "member"))
        let back: MemberSpec = try JSON.raw(bytes).decode()
        #expect(try CanonicalJSON.encode(back) == bytes)
    }
}
