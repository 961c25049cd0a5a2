/// What no job goes beyond.
public enum JobLimits {
    /// Tasks that a job may have, members of an ensemble or of a training log.
    public static let mostTasks = 1_000
}
