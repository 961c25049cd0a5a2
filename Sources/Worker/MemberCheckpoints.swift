import Files
import Tasks
import Training

/// The checkpoints of one member: goes on from one, and writes them while it trains. What goes wrong with a checkpoint
/// is said, and never ends the member.
package struct MemberCheckpoints {
    private let file: CheckpointFile
    private let earlier: CheckpointFile?
    private let note: (ChildLine) -> Void
    private let clock = ContinuousClock()
    private var schedule: CheckpointSchedule
    /// Where the run stood at the last one.
    private var saved: Position?
    /// Seconds spent on writing.
    package private(set) var seconds = 0.0

    private struct Position: Equatable {
        var step: Int
        var epochs: Int

        init(_ trainer: Trainer) {
            step = trainer.step
            epochs = trainer.dynamics.summaries.count
        }
    }

    /// - Parameters:
    ///   - key: the member's.
    ///   - folder: the task folder.
    ///   - earlier: the checkpoint of an earlier attempt; the file need not exist.
    ///   - interval: seconds of work between two.
    ///   - note: takes what the service is to be told.
    package init(
        key: String,
        folder: String,
        earlier: String?,
        interval: Double,
        files: Files,
        note: @escaping (ChildLine) -> Void
    ) {
        file = CheckpointFile("\(folder)/\(TaskFolder.checkpointName)", key: key, files: files)
        self.earlier = earlier.map { CheckpointFile($0, key: key, files: files) }
        self.note = note
        schedule = CheckpointSchedule(seconds: interval, now: clock.now)
    }

    /// Puts a trainer where the checkpoint of an earlier attempt was taken, if there is one that holds.
    package mutating func resume(_ trainer: inout Trainer) {
        do {
            guard let checkpoint = try earlier?.read() else { return }
            try trainer.restore(checkpoint)
            saved = Position(trainer)
            let epoch = checkpoint.step / trainer.stepsPerEpoch
            note(
                ChildLine(
                    .note,
                    detail: "goes on from a checkpoint after step \(checkpoint.step), in epoch \(epoch + 1)",
                    values: try JSON(encoding: TrainingProgress(resumedFromEpoch: epoch))
                )
            )
        } catch {
            note(ChildLine(.note, detail: "a checkpoint is not used, training begins anew: \(error)"))
        }
    }

    /// Between two steps: writes a checkpoint where it is time.
    ///
    /// - Parameter isStopping: whether the member is to end here, with a checkpoint.
    /// - Throws: `WorkerError.interrupted` where it ends.
    package mutating func pause(_ trainer: Trainer, isStopping: Bool) throws {
        if isStopping || schedule.isDue(at: clock.now) { write(trainer) }
        if isStopping { throw WorkerError.interrupted(epoch: trainer.dynamics.summaries.count + 1) }
    }

    /// After the last step and its evaluation, so that a member that is killed while it probes does not train again.
    package mutating func finish(_ trainer: Trainer) {
        if schedule.isWorthwhile(at: clock.now) { write(trainer) }
    }

    private mutating func write(_ trainer: Trainer) {
        let position = Position(trainer)
        guard position != saved else { return }
        let start = clock.now
        do {
            guard let checkpoint = try trainer.checkpoint() else { return }
            try file.write(checkpoint)
            saved = position
        } catch {
            note(ChildLine(.note, detail: "a checkpoint could not be written, training goes on without: \(error)"))
        }
        let end = clock.now
        schedule.wrote(from: start, to: end)
        seconds += (end - start) / .seconds(1)
    }
}
