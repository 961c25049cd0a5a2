import Foundation
import TestSupport
import Testing

/// Runs tests that block while they wait for a process on threads of their own, a few at a time: the threads of the
/// cooperative pool are as many as there are cores, and stay free for the asynchronous tests beside them.
///
/// A time limit also counts the wait for a turn, which is most of it on a busy machine: suites with this trait have
/// one of fifteen minutes, far beyond what any test needs.
package struct BlockingTrait: SuiteTrait, TestTrait, TestScoping {
    package let isRecursive = true

    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        // Suites only hold tests together.
        guard testCase != nil else { return try await function() }
        await Turnstile.shared.enter()
        do {
            try await withTaskExecutorPreference(ThreadExecutor.shared) { try await function() }
        } catch {
            await Turnstile.shared.leave()
            throw error
        }
        await Turnstile.shared.leave()
    }
}

extension Trait where Self == BlockingTrait {
    /// On threads of their own, a few at a time.
    package static var blocking: BlockingTrait { BlockingTrait() }
}

/// Lets as many tests through at once as there are cores: each starts a service with workers.
private actor Turnstile {
    static let shared = Turnstile(width: max(2, ProcessInfo.processInfo.activeProcessorCount))

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(width: Int) { free = width }

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
