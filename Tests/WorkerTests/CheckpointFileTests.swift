import Compute
import Files
import Foundation
import Recipes
import Synchronization
import Tasks
import TestSupport
import Testing
import Training
import Worker

/// The file of a checkpoint, and what a member does about one that is damaged, foreign or cannot be written.
@Suite struct CheckpointFileTests {
    /// Classes that lie apart.
    private struct Points: Examples {
        let shape = InputShape.features(3)
        let count = 40

        func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
            for column in 0..<3 {
                destination[column] = Float((row * 7 + column * 3) % 5) / 8 + (row % 3 == column ? 1 : 0)
            }
        }
    }

    private let scratch = TemporaryFolder()
    private var path: String { "\(scratch.path)/checkpoint" }

    private func trainer() throws -> Trainer {
        try Trainer(
            Engine(),
            network: try #require(Networks.named("mlp")),
            shape: .features(3),
            classes: 3,
            options: NetworkOptions(hidden: [5]),
            labels: (0..<40).map { $0 % 3 },
            heldOut: (0..<40).map { $0 % 4 == 0 },
            settings: TrainingSettings(epochs: 4, batchSize: 8, learningRate: 0.1, seed: 2)
        )
    }

    /// A checkpoint from the middle of the run.
    private func checkpoint() throws -> Checkpoint {
        var trainer = try self.trainer()
        var taken: Checkpoint?
        try trainer.run(on: Points(), pause: { if $0.step == 7 { taken = try $0.checkpoint() } })
        return try #require(taken)
    }

    @Test func whatIsWrittenIsRead() throws {
        let checkpoint = try self.checkpoint()
        let file = CheckpointFile(path, key: "abc", files: .live)
        #expect(try file.read() == nil)
        try file.write(checkpoint)
        let back = try #require(try file.read())
        #expect(back.step == checkpoint.step)
        #expect(back.tensors == checkpoint.tensors)
        #expect(back.summaries == checkpoint.summaries)
        #expect(back.predicted == checkpoint.predicted)
        // NaN is not equal to itself: the bits are.
        #expect(back.loss.map(\.bitPattern) == checkpoint.loss.map(\.bitPattern))
        #expect(back.heldOutLogits == checkpoint.heldOutLogits)
    }

    /// Wherever a bit flips, and wherever the file ends too early.
    @Test func aDamagedFileIsNoCheckpoint() throws {
        let file = CheckpointFile(path, key: "abc", files: .live)
        try file.write(try checkpoint())
        let good = try Files.live.read(path)
        for place in stride(from: 0, to: good.count, by: good.count / 97) {
            var bad = good
            bad[place] ^= 4
            try Data(bad).write(to: URL(fileURLWithPath: path))
            #expect(throws: (any Error).self, "bit at \(place)") { try file.read() }
            try Data(good.prefix(place)).write(to: URL(fileURLWithPath: path))
            #expect(throws: (any Error).self, "cut at \(place)") { try file.read() }
        }
    }

    @Test func anotherMembersCheckpointIsNotTaken() throws {
        try CheckpointFile(path, key: "abc", files: .live).write(try checkpoint())
        #expect(throws: CheckpointFault.self) { try CheckpointFile(path, key: "abd", files: .live).read() }
    }

    private func run(_ checkpoints: inout MemberCheckpoints) throws -> Trainer {
        var trainer = try self.trainer()
        checkpoints.resume(&trainer)
        try trainer.run(on: Points(), pause: { try checkpoints.pause($0, isStopping: false) })
        checkpoints.finish(trainer)
        return trainer
    }

    /// Damaged, foreign and unfit ones are named in the log, and training begins anew with the same result.
    @Test(arguments: ["damaged", "foreign", "unfit"]) func whatCannotBeUsedIsSaidAndIgnored(how: String) throws {
        let undisturbed = try {
            var trainer = try self.trainer()
            try trainer.run(on: Points())
            return trainer
        }()
        var checkpoint = try self.checkpoint()
        if how == "unfit" { checkpoint.tensors.removeLast() }
        let earlier = "\(scratch.path)/earlier"
        try CheckpointFile(earlier, key: how == "foreign" ? "other" : "abc", files: .live).write(checkpoint)
        if how == "damaged" { try Files.live.write([1, 2, 3], to: earlier) }
        let notes = Mutex<[ChildLine]>([])
        var checkpoints = MemberCheckpoints(
            key: "abc",
            folder: scratch.path,
            earlier: earlier,
            interval: 60,
            files: .live
        ) { note in notes.withLock { $0.append(note) } }
        let trainer = try run(&checkpoints)
        #expect(notes.withLock { $0.compactMap(\.detail) }.contains { $0.contains("training begins anew") })
        #expect(notes.withLock { $0.allSatisfy { $0.values == nil } })
        #expect(trainer.dynamics.finalLogits == undisturbed.dynamics.finalLogits)
    }

    /// A full disk costs the checkpoints and nothing else.
    @Test(arguments: ["open", "write", "fsync", "rename"]) func aFullDiskDoesNotFailTheMember(operation: String) throws
    {
        let notes = Mutex<[ChildLine]>([])
        var checkpoints = MemberCheckpoints(
            key: "abc",
            folder: scratch.path,
            earlier: nil,
            interval: 0,
            files: Files(faults: FaultInjector { $0.operation == operation ? ENOSPC : nil })
        ) { note in notes.withLock { $0.append(note) } }
        let trainer = try run(&checkpoints)
        #expect(trainer.dynamics.fit > 0.5)
        #expect(notes.withLock { $0.count } > 0)
        #expect(notes.withLock { $0.allSatisfy { $0.detail?.contains("training goes on without") == true } })
        #expect(try Files.live.list(scratch.path).isEmpty)
    }

    /// Asked to stop, a member writes where it stands and ends; the next one goes on there and ends with the same bits.
    @Test func aStoppedMemberGoesOnWhereItStopped() throws {
        var undisturbed = try self.trainer()
        try undisturbed.run(on: Points())
        var trainer = try self.trainer()
        var first = MemberCheckpoints(
            key: "abc",
            folder: scratch.path,
            earlier: nil,
            interval: 60,
            files: .live
        ) { _ in }
        #expect(throws: WorkerError.self) {
            try trainer.run(on: Points(), pause: { try first.pause($0, isStopping: $0.step == 7) })
        }
        try Files.live.rename(path, to: "\(scratch.path)/earlier")
        let notes = Mutex<[ChildLine]>([])
        var second = MemberCheckpoints(
            key: "abc",
            folder: scratch.path,
            earlier: "\(scratch.path)/earlier",
            interval: 60,
            files: .live
        ) { note in notes.withLock { $0.append(note) } }
        let resumed = try run(&second)
        #expect(
            notes.withLock {
                $0.map { $0.values?["resumed_from_epoch"].map { String(decoding: $0.encoded(), as: UTF8.self) } }
            } == ["1\n"]
        )
        #expect(resumed.dynamics.finalLogits == undisturbed.dynamics.finalLogits)
        #expect(resumed.dynamics.predicted == undisturbed.dynamics.predicted)
    }

    @Test func checkpointsTakeAtMostAFiftiethOfTheTime() {
        let start = ContinuousClock.now
        var schedule = CheckpointSchedule(seconds: 120, now: start)
        #expect(!schedule.isDue(at: start + .seconds(119)))
        #expect(schedule.isDue(at: start + .seconds(120)))
        schedule.wrote(from: start + .seconds(120), to: start + .seconds(121))
        #expect(!schedule.isDue(at: start + .seconds(240)))
        #expect(schedule.isDue(at: start + .seconds(241)))
        // One that took ten seconds is followed by none for five hundred.
        schedule.wrote(from: start + .seconds(241), to: start + .seconds(251))
        #expect(!schedule.isDue(at: start + .seconds(750)))
        #expect(schedule.isDue(at: start + .seconds(751)))
        #expect(!schedule.isWorthwhile(at: start + .seconds(255)))
        #expect(schedule.isWorthwhile(at: start + .seconds(256)))
    }
}
