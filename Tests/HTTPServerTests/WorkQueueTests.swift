import HTTPServer
import HTTPTypes
import TestSupport
import Testing

@Suite("The queue for blocking work")
struct WorkQueueTests {
    @Test("Never more jobs at a time than its width, and all of them")
    func width() async throws {
        let queue = WorkQueue(label: "test.width", width: 3)
        let running = Shared(0)
        let most = Shared(0)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<500 {
                group.addTask {
                    try await queue.run {
                        let now = running.change {
                            $0 += 1; return $0
                        }
                        most.change { $0 = max($0, now) }
                        defer { running.change { $0 -= 1 } }
                        return number
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 499 * 500 / 2)
        #expect((1...3).contains(most.value))
        #expect(running.value == 0)
    }

    @Test("Errors come back, and a full queue refuses")
    func full() async throws {
        struct Broken: Error {}
        let queue = WorkQueue(label: "test.full", width: 1, capacity: 1)
        await #expect(throws: Broken.self) { try await queue.run { throw Broken() } }
        let gate = Gate()
        let started = Gate()
        async let first = queue.run {
            started.open(); return gate.waitBlocking()
        }
        await started.wait()
        // One job waits; of two more, at least one finds no place.
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    do { return try await queue.run { true } } catch {
                        return (error as? Problem)?.status != .serviceUnavailable
                    }
                }
            }
            var outcomes: [Bool] = []
            for await outcome in group {
                outcomes.append(outcome)
                gate.open()
            }
            return outcomes
        }
        #expect(outcomes.sorted { !$0 && $1 } == [false, true])
        #expect(try await first)
    }
}
