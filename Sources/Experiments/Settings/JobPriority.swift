/// Whose members start first when several jobs want them.
///
/// A job's turn is the time of its submission, moved forward by an hour for each point of its priority; the earliest turn
/// comes first. So a higher priority goes before a lower one, jobs of equal priority go in the order of their submission,
/// and none starves: a job that has waited h hours is passed only by later ones of a priority more than h above its own.
/// Members that run are never stopped for another job.
public enum JobPriority {
    /// What a request may ask for. The whole range is worth about eight days of waiting.
    public static let range = -100...100
}
