import Files
import Foundation
import Tasks

/// How many threads the worker of each network has: those with which all cores together train most examples a second.
///
/// Several workers of one thread each share nothing and usually win; where they do not is measured. The number is part
/// of what identifies a network (its sums add up in another order), so a data folder keeps what was measured.
public struct WorkerThreads: Codable, Sendable, Hashable {
    /// The choice.
    public private(set) var threads: Int
    /// Cores of the machine that it was made for.
    let cores: Int
    /// Examples a second of all workers together, by the threads of each.
    let examplesPerSecond: [Int: Double]

    /// More threads need to be better by this share: fewer workers at once also make the first results later.
    private static let advantage = 0.05

    /// - Parameter examplesPerSecond: for each number of threads; not empty
    init(cores: Int, examplesPerSecond: [Int: Double]) {
        self.cores = cores
        self.examplesPerSecond = examplesPerSecond
        threads = 1
        var best = 0.0
        for (count, rate) in examplesPerSecond.sorted(by: { $0.key < $1.key }) where rate > best * (1 + Self.advantage)
        {
            threads = count
            best = rate
        }
    }

    /// What was measured for this folder on a machine of as many cores.
    ///
    /// - Returns: nil where it was not
    /// - Throws: `WorkerThreadsError.damaged`, `FilesError`
    public static func kept(in folder: DataFolder, cores: Int) throws -> WorkerThreads? {
        let path = path(in: folder)
        guard folder.files.exists(path) else { return nil }
        guard let kept = try? JSONDecoder().decode(WorkerThreads.self, from: Data(folder.files.read(path))),
            kept.cores > 0, kept.threads > 0, kept.cores % kept.threads == 0
        else { throw WorkerThreadsError.damaged(path) }
        return kept.cores == cores ? kept : nil
    }

    /// Measures, some seconds for each divisor of the number of cores, and keeps the choice in the folder.
    ///
    /// - Parameter slots: the most members that train at once; nil: as many as there are cores for
    /// - Throws: `WorkerThreadsError.notMeasured`, `FilesError`
    public static func measure(
        for folder: DataFolder,
        cores: Int,
        slots: Int?,
        by launcher: any Launcher
    ) async throws -> WorkerThreads {
        var rates: [Int: Double] = [:]
        for threads in 1...cores where cores % threads == 0 {
            let workers = min(cores / threads, slots ?? .max)
            rates[threads] = try await rate(of: threads, workers: workers, folder, launcher)
        }
        let found = WorkerThreads(cores: cores, examplesPerSecond: rates)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try folder.files.write(Array(encoder.encode(found)), to: path(in: folder))
        return found
    }

    private static func path(in folder: DataFolder) -> String { "\(folder.root)/threads.json" }

    /// Examples a second of some workers at once.
    private static func rate(
        of threads: Int,
        workers: Int,
        _ folder: DataFolder,
        _ launcher: any Launcher
    ) async throws -> Double {
        try await withThrowingTaskGroup(of: Double.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    let log = "\(folder.root)/tasks/throughput-\(threads)-\(worker).log"
                    let outcome = await Child(
                        ChildTask(
                            arguments: ["throughput", "--threads", "\(threads)"],
                            standardError: log,
                            environment: ChildTask.workerEnvironment(threads: threads)
                        ),
                        by: launcher
                    ).outcome
                    guard outcome.exit == .exited(0), let told: Throughput = try? outcome.result?.decode() else {
                        throw WorkerThreadsError.notMeasured(threads: threads, outcome.exit, log: log)
                    }
                    if folder.files.exists(log) { try folder.files.removeTree(log) }
                    return told.examplesPerSecond
                }
            }
            return try await group.reduce(0, +)
        }
    }
}

/// Why the threads of a worker are not known.
public enum WorkerThreadsError: Error, CustomStringConvertible {
    /// The file says nothing of use.
    case damaged(String)
    /// A child that was to measure them ended without saying anything; its log is there.
    case notMeasured(threads: Int, ChildExit, log: String)

    /// One sentence for people.
    public var description: String {
        switch self {
        case .damaged(let path):
            """
            \(path) does not hold what was measured of the threads of workers. Remove it to have that measured anew, or \
            say how many threads a worker has with --threads.
            """
        case .notMeasured(let threads, let exit, let log):
            """
            a worker of \(threads) \(threads == 1 ? "thread" : "threads") could not be measured: \(exit) (see \(log)). \
            Say how many threads a worker has with --threads.
            """
        }
    }
}
