/// When a member writes its checkpoints: after so much work, but never so often that they take more than a fiftieth of
/// the time.
public struct CheckpointSchedule {
    /// Two minutes: what a crash may cost, against the tenths of a second that a checkpoint takes.
    public static let defaultSeconds = 120.0
    /// Work worth a checkpoint where there is a reason to write one anyway, such as the end of training.
    private static let worthwhile = Duration.seconds(5)
    /// A checkpoint may take this share of the time between two.
    private static let share = 50

    private let interval: Duration
    private var last: ContinuousClock.Instant
    private var next: ContinuousClock.Instant

    /// - Parameters:
    ///   - seconds: of work between two checkpoints.
    ///   - now: when the work begins.
    package init(seconds: Double, now: ContinuousClock.Instant) {
        interval = .seconds(seconds)
        last = now
        next = now + interval
    }

    /// Whether it is time for one.
    package func isDue(at now: ContinuousClock.Instant) -> Bool { now >= next }

    /// Whether enough was done since the last one that it would be a pity to do it again.
    package func isWorthwhile(at now: ContinuousClock.Instant) -> Bool {
        now - last >= min(interval, CheckpointSchedule.worthwhile)
    }

    /// Notes a checkpoint, or an attempt at one.
    package mutating func wrote(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) {
        last = end
        next = end + max(interval, (end - start) * CheckpointSchedule.share)
    }
}
