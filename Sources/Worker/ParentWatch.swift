import Foundation

/// Sees when the standard input of this process ends: the parent is gone, and nobody waits for the result.
public enum ParentWatch {
    /// - Parameter ended: what to do then, on a thread of its own; ends the process by default.
    public static func start(_ ended: @escaping @Sendable () -> Void = { _exit(75) }) {
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { return ended() }
            }
        }
    }
}
