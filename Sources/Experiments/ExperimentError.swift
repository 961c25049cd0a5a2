/// Why a request about experiments cannot be met.
public enum ExperimentError: Error, Sendable, CustomStringConvertible {
    /// No dataset of that id or name.
    case noDataset(String)
    /// The dataset is still being parsed, or could not be.
    case datasetNotReady(String, DatasetSummary.State, Failure?)
    /// Jobs refer to the dataset.
    case datasetInUse(String, jobs: [String])
    /// The dataset's folder lacks a file.
    case noFile(String)
    /// The disk has too little room.
    case noRoom(DiskRoom.Shortage)
    /// A dry run could not be measured.
    case calibrationFailed(String)
    /// So many jobs wait or run that no more are taken.
    case queueFull(Int)
    /// An idempotency key was used before, for another request.
    case keyReused(String)
    /// The job that an idempotency key stands for was removed.
    case keySpent(String, String)

    /// One sentence for people.
    public var description: String {
        switch self {
        case .noDataset(let id): "there is no dataset \(id)"
        case .datasetNotReady(let id, let state, let failure):
            state == .ingesting
                ? "the dataset \(id) is still being read"
                : "the dataset \(id) could not be read: \(failure?.detail ?? "")"
        case .datasetInUse(let id, let jobs):
            "the dataset \(id) is used by \(jobs.count) job(s): \(jobs.prefix(5).joined(separator: ", "))"
        case .noFile(let name): "the dataset's folder lacks \(name)"
        case .noRoom(let shortage): "\(shortage)"
        case .calibrationFailed(let why): "the cost could not be measured: \(why)"
        case .queueFull(let limit): "\(limit) jobs wait or run already, and no more are taken; try again later"
        case .keyReused(let key):
            "the Idempotency-Key \(key) was used for another request; a new request needs a new key"
        case .keySpent(let key, let job):
            "the Idempotency-Key \(key) stands for the job \(job), which was removed; a new request needs a new key"
        }
    }
}
