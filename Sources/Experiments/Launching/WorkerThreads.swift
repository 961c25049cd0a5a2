import Files
import Foundation

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

    /// What was measured for this folder and as many cores, or else what is measured now: some seconds for each divisor
    /// of the number of cores.
    ///
    /// - Throws: `WorkerThreadsError` where nothing could be measured, `FilesError`
    public static func measured(
        for folder: DataFolder,
        cores: Int,
        by launcher: any Launcher
    ) async throws -> WorkerThreads {
        let path = "\(folder.root)/threads.json"
        if folder.files.exists(path) {
            let kept = try JSONDecoder().decode(WorkerThreads.self, from: Data(folder.files.read(path)))
            if kept.cores == cores { return kept }
        }
        var rates: [Int: Double] = [:]
        for threads in 1...cores where cores % threads == 0 {
            rates[threads] = try await rate(of: threads, workers: cores / threads, folder, launcher)
        }
        let found = WorkerThreads(cores: cores, examplesPerSecond: rates)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try folder.files.write(Array(encoder.encode(found)), to: path)
        return found
    }

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
                    let told = ToldRate()
                    let exit = await launcher.run(
                        ChildTask(
                            arguments: ["throughput", "--threads", "\(threads)"],
                            standardError: log,
                            environment: ChildTask.workerEnvironment(threads: threads)
                        ),
                        started: { _ in },
                        received: { message in await told.take(message) }
                    )
                    guard exit == .exited(0), let rate = await told.rate else {
                        throw WorkerThreadsError(threads: threads, exit: exit, log: log)
                    }
                    if folder.files.exists(log) { try folder.files.removeTree(log) }
                    return rate
                }
            }
            return try await group.reduce(0, +)
        }
    }
}

/// Why the threads of a worker could not be measured.
public struct WorkerThreadsError: Error, CustomStringConvertible {
    let threads: Int
    let exit: ChildExit
    let log: String

    /// One sentence for people.
    public var description: String {
        """
        a worker of \(threads) \(threads == 1 ? "thread" : "threads") could not be measured: \(exit) (see \(log)). \
        Say how many threads a worker has with --threads.
        """
    }
}

/// What a child measured before it ended.
private actor ToldRate {
    private(set) var rate: Double?

    func take(_ message: ChildMessage) { rate = message.examplesPerSecond ?? rate }
}
