import Backbones
import Foundation
import Synchronization
import Testing

/// What takes too much processor time is seen while it runs; what waits, or is quick, is not.
@Suite struct WatchdogTests {
    @Test(.timeLimit(.minutes(1))) func whatDoesNotEndIsSeen() {
        let late = Mutex<[Int]>([])
        let dog = Watchdog(seconds: 0.2) { row in late.withLock { $0.append(row) } }
        dog.watching(1) {}
        dog.watching(7) {
            var sum = 0.0
            // Until it is seen, and no longer.
            while late.withLock(\.isEmpty) { for step in 0..<10_000 { sum += Double(step).squareRoot() } }
            #expect(sum > 0)
        }
        #expect(late.withLock(\.first) == 7)
    }
}
