import Foundation

/// A process named so that a reused process id cannot be taken for it: by its id and its start time.
struct RunningProcess: Sendable, Hashable {
    var id: Int32
    /// Clock ticks from boot to the start of the process: field 22 of `/proc/<id>/stat` (proc(5)).
    var start: Int

    init(id: Int32, start: Int) {
        self.id = id
        self.start = start
    }

    /// The process of that id as it is now; nil where there is none, or one that has ended and is only waited for.
    init?(_ id: Int32) {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        // The name in parentheses may hold blanks, so fields are counted from its end: the next one is field 3.
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", let start = Int(fields[19]) else { return nil }
        self.id = id
        self.start = start
    }

    /// Waits for processes that are about to end, and kills those that are still there after a while, with their groups.
    static func end(_ processes: [RunningProcess], patience: Duration) async {
        let deadline = ContinuousClock.now + patience
        while processes.contains(where: \.isRunning), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for process in processes where process.isRunning {
            _ = Glibc.kill(-process.id, SIGKILL)
            _ = Glibc.kill(process.id, SIGKILL)
        }
    }

    /// Whether it is still there: this one, and no other of its id.
    private var isRunning: Bool { id > 1 && RunningProcess(id) == self }
}
