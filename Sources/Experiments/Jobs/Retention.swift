import Foundation
import Logging

/// Removes finished jobs that have become old: at the start, and every hour.
actor Retention {
    /// After how many days; nil keeps all jobs.
    nonisolated let days: Double?
    private let logger: Logger
    private var watch: Task<Void, Never>?

    private static let pause = Duration.seconds(3_600)

    init(days: Double?, logger: Logger) {
        self.days = days
        self.logger = logger
    }

    /// - Parameter remove: removes the jobs that ended before a time
    func start(_ remove: @escaping @Sendable (Date) async throws -> Void) {
        guard let days else { return }
        watch = Task { [logger] in
            while !Task.isCancelled {
                do {
                    try await remove(Date(timeIntervalSinceNow: -days * 86_400))
                } catch {
                    logger.error("old jobs could not be removed", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// Waits for a removal that is under way.
    func stop() async {
        watch?.cancel()
        await watch?.value
    }
}

extension Experiments {
    /// Removes jobs that ended before a time, with all that nobody else refers to: never one that runs or that another
    /// job goes on from.
    ///
    /// - Returns: their ids
    @discardableResult
    package func removeJobs(endedBefore time: Date) async throws -> [String] {
        // In a task of its own: GRDB refuses calls in a cancelled one, and half a removal would stay.
        try await whole { [self] in
            var removed: [String] = []
            // One that only removed jobs went on from becomes free itself.
            while true {
                let expired = try await queue.removeExpired(before: time.timeIntervalSince1970)
                guard !expired.isEmpty else { break }
                for id in expired { try await removeLeftovers(of: id) }
                removed += expired
            }
            if !removed.isEmpty {
                logger.notice("old jobs were removed", metadata: ["jobs": "\(removed.joined(separator: ", "))"])
            }
            return removed
        }
    }
}
