import Experiments
import Files
import Foundation
import PlumblineTesting
import Testing

@Suite(.timeLimit(.minutes(2))) struct LibraryTests {
    private func id(_ outcome: UploadOutcome) -> String? {
        switch outcome {
        case .created(let dataset), .existing(let dataset), .accepted(let dataset): dataset.id
        case .refused: nil
        }
    }

    @Test func theSameBytesAreOneDatasetUnderBothNames() async throws {
        let bench = Bench()
        let experiments = try bench.open()
        try await experiments.start()
        let first = try await experiments.add(Bench.upload(), name: "one")
        let second = try await experiments.add(Bench.upload(), name: "two")
        guard case .created = first, case .existing = second else {
            Issue.record("expected created and existing, got \(first), \(second)")
            return
        }
        #expect(id(first) == id(second))
        #expect(try await experiments.library.dataset("two")?.id == id(first))
        #expect(try await experiments.library.list(limit: 10, after: nil).elements.count == 1)
        await experiments.stop()
        withExtendedLifetime(bench) {}
    }

    @Test func tenUploadsAtOnceAreOneDataset() async throws {
        let bench = Bench()
        let experiments = try bench.open()
        try await experiments.start()
        let bytes = try Bench.upload()
        let ids = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<10 { group.addTask { self.id(try await experiments.add(bytes)) } }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(try Files.live.list("\(bench.root)/datasets").count == 1)
        #expect(try Files.live.list("\(bench.root)/incoming").isEmpty)
        await experiments.stop()
    }

    @Test func manyDifferentUploadsAtOnceAllArrive() async throws {
        let bench = Bench()
        let experiments = try bench.open()
        try await experiments.start()
        let ids = try await withThrowingTaskGroup(of: String?.self) { group in
            for index in 0..<12 {
                let bytes = try Bench.upload(shift: Float(index))
                group.addTask { self.id(try await experiments.add(bytes, name: "set\(index)")) }
            }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(ids.count == 12)
        #expect(try Files.live.list("\(bench.root)/datasets").count == 12)
        await experiments.stop()
    }

    @Test func whatCannotBeReadIsRefusedAndLeavesNothing() async throws {
        let bench = Bench()
        let experiments = try bench.open()
        try await experiments.start()
        guard case .refused(let failure) = try await experiments.add(Array("no dataset".utf8)) else {
            Issue.record("it was taken")
            return
        }
        #expect(!failure.detail.isEmpty)
        #expect(try await experiments.library.list(limit: 10, after: nil).elements.isEmpty)
        for folder in ["incoming", "datasets", "tasks"] {
            #expect(try Files.live.list("\(bench.root)/\(folder)").isEmpty)
        }
        await experiments.stop()
    }

    /// A disk that fills up at any durable step: the upload is refused with an error that says so, nothing of it stays,
    /// and what was there before is still there.
    @Test(arguments: ["fsync", "link", "mkdir", "rename"])
    func aFullDiskLosesNothing(operation: String) async throws {
        let bench = Bench()
        let first: String
        do {
            let experiments = try bench.open()
            try await experiments.start()
            first = try #require(id(try await experiments.add(Bench.upload(), name: "old")))
            await experiments.stop()
        }
        let full = Files(
            faults: FaultInjector { call in
                call.operation == operation
                    && (call.path.contains("/incoming") || call.path.contains("/datasets/")
                        || call.path.contains("/tasks"))
                    ? ENOSPC : nil
            }
        )
        do {
            let experiments = try bench.open(files: full)
            try await experiments.start()
            do {
                switch try await experiments.add(Bench.upload(shift: 1), name: "new") {
                case .refused(let failure): #expect(failure.code == "DISK_FULL")
                case let outcome: Issue.record("the upload was acknowledged: \(outcome)")
                }
            } catch let error as FilesError {
                #expect(error.isDiskFull)
            }
            #expect(try await experiments.library.dataset("old")?.id == first)
            #expect(try await experiments.library.list(limit: 10, after: nil).elements.count == 1)
            await experiments.stop()
        }
        let experiments = try bench.open()
        try await experiments.start()
        #expect(try await experiments.library.dataset("old")?.state == .ready)
        #expect(id(try await experiments.add(Bench.upload(shift: 1), name: "new")) != nil)
        await experiments.stop()
    }

    @Test func aSecondServiceOnTheSameFolderIsRefused() throws {
        let bench = Bench()
        let first = try bench.open()
        #expect(throws: DataFolderError.self) { try bench.open() }
        withExtendedLifetime(first) {}
    }

    @Test func aNewerFolderIsRefused() throws {
        let bench = Bench()
        _ = try bench.open()
        try Files.live.write(Array("99\n".utf8), to: "\(bench.root)/VERSION")
        #expect(throws: DataFolderError.self) { try bench.open() }
    }
}
