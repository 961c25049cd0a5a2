import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Recipes
import Service
import Synchronization
import Testing

/// A disk that is nearly full, as a test tells it.
@Suite(.timeLimit(.minutes(2))) struct DiskRoomTests {
    /// Free space that a test sets.
    private final class Disk: Sendable {
        private let free = Mutex<UInt64>(1 << 40)

        func set(_ bytes: UInt64) { free.withLock { $0 = bytes } }
        var files: Files { Files(faults: FaultInjector(freeSpace: { self.free.withLock { $0 } })) }
    }

    private func request(seed: UInt64 = 0) -> DifficultyOrder {
        var request = DifficultyOrder(dataset: "toy")
        request.folds = 2
        request.repeats = 1
        request.training.seed = seed
        return request
    }

    @Test func whatWouldNotFitIsRefusedWithBothNumbers() async throws {
        let (bench, disk) = (Bench(), Disk())
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open(files: disk.files, minFreeBytes: 1_000_000)
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        // Room for what is kept free, but not for the members beside it.
        disk.set(1_000_001)
        await #expect {
            try await experiments.submit(request())
        } throws: { error in
            guard case ExperimentError.noRoom(let shortage) = error else { return false }
            return shortage.free == 1_000_001 && shortage.minimum == 1_000_000 && shortage.needed > 1_000_001
                && "\(error)".contains("1000001 bytes") && "\(error)".contains("\(shortage.needed) bytes")
        }
        #expect(throws: ExperimentError.self) { try experiments.room.require(2) }
        #expect(try experiments.room.free() == 1_000_001)
        try experiments.room.require(1)
        // Members that are there need no room.
        disk.set(1 << 40)
        _ = try await experiments.finished(try await experiments.submit(request()).id)
        await experiments.stop()
    }

    @Test func membersPauseAndGoOnWhenThereIsRoom() async throws {
        let disk = Disk()
        // The first member takes all the room there was.
        let bench = Bench(
            FakeLauncher { index, attempt in
                guard index == 0, attempt == 1 else { return .succeed }
                disk.set(10)
                return .diskFull
            }
        )
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open(slots: 1, files: disk.files, minFreeBytes: 1_000_000)
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let id = try await experiments.submit(request()).id
        let job = try await experiments.job(id) { $0.shortage != nil }
        #expect(job.state == .running && job.shortage?.free == 10)
        #expect(bench.launcher.workerStarts.count == 1)
        disk.set(1 << 40)
        let done = try await experiments.finished(id)
        #expect(done.state == .succeeded && done.shortage == nil)
        // It was no failure of the member's: it has all its attempts left.
        #expect(bench.launcher.workerStarts.map(\.attempt) == [1, 2, 1])
        await experiments.stop()
    }

    @Test func aLimitThatIsNotTheDisksIsAFailure() async throws {
        let bench = Bench(FakeLauncher { _, _ in .diskFull })
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let job = try await experiments.finished(try await experiments.submit(request()).id)
        #expect(job.state == .failed && job.failure?.code == "MEMBER_FAILED")
        await experiments.stop()
    }
}
