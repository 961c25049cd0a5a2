import Files
import Training

/// The checkpoints of one member: goes on from one, and writes them while it trains. What goes wrong with a checkpoint
/// is said, and never ends the member.
package struct MemberCheckpoints {
    /// The name of the file in the task folder.
    package static let fileName = "checkpoint"

    private let file: CheckpointFile
    private let earlier: CheckpointFile?
    private let note: (WorkerNote) -> Void
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
        note: @escaping (WorkerNote) -> Void
    ) {
        file = CheckpointFile("\(folder)/\(MemberCheckpoints.fileName)", key: key, files: files)
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
                WorkerNote(
                    detail: "goes on from a checkpoint after step \(checkpoint.step), in epoch \(epoch + 1)",
                    resumedFromEpoch: epoch
                )
            )
        } catch {
            note(WorkerNote(detail: "a checkpoint is not used, training begins anew: \(error)"))
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
            note(WorkerNote(detail: "a checkpoint could not be written, training goes on without: \(error)"))
        }
        let end = clock.now
        schedule.wrote(from: start, to: end)
        seconds += (end - start) / .seconds(1)
    }
}

/// What a worker says to the log of the service.
package struct WorkerNote: Encodable, Sendable {
    private let t = "note"
    /// One sentence without its subject, which is the member.
    package var detail: String
    /// Epochs that a checkpoint spared it.
    package var resumedFromEpoch: Int?

    private enum CodingKeys: String, CodingKey {
        case t, detail, resumedFromEpoch
    }

    init(detail: String, resumedFromEpoch: Int? = nil) {
        self.detail = detail
        self.resumedFromEpoch = resumedFromEpoch
    }
}
