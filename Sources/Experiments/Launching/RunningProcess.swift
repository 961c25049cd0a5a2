import Foundation

/// A process named so that a reused process id cannot be taken for it: by its id and its start time.
struct RunningProcess: Sendable, Hashable {
    var id: Int32
    /// Clock ticks from boot to the start of the process: field 22 of `/proc/<id>/stat` (proc(5)).
    var start: Int

    /// The process of that id as it is now; nil where there is none.
    init?(_ id: Int32) {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        // The name in parentheses may hold blanks, so fields are counted from its end: the next one is field 3.
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let start = Int(fields[19]) else { return nil }
        self.id = id
        self.start = start
    }

    /// Kills the process and its group, if it is still the one that was meant.
    static func kill(id: Int32, startedAt start: Int) {
        guard id > 1, let process = RunningProcess(id), process.start == start else { return }
        _ = Glibc.kill(-id, SIGKILL)
        _ = Glibc.kill(id, SIGKILL)
    }
}
