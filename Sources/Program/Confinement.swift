import CLinux
import Foundation

/// What a child gives up before it touches foreign bytes (architecture rule 9): new privileges, sockets, unlimited memory,
/// files, descriptors and processor time, and, where the kernel has Landlock, every folder but the ones it needs.
struct Confinement {
    /// Bytes of private memory (RLIMIT_DATA; an address-space limit would count mapped files).
    var dataBytes: UInt64
    /// Largest file it may write.
    var fileBytes: UInt64
    /// Open descriptors.
    var descriptors: UInt64
    /// Seconds of processor time; nil leaves it open.
    var cpuSeconds: UInt64?
    /// The folders it may write to.
    var writable: [String]
    /// The folders it may read besides the system's; nil: all.
    var readable: [String]?

    /// For the reader of uploads: it sees only the open upload and its output folder. A large upload may take longer, and leave
    /// larger files; a second of one core for each MiB is several times what photographs take.
    static func ingest(_ upload: Int32, writing folder: String) -> Confinement {
        var status = stat()
        let bytes = fstat(upload, &status) == 0 ? UInt64(max(0, status.st_size)) : 0
        return Confinement(
            dataBytes: 8 << 30,
            fileBytes: max(8 << 30, 2 * bytes),
            descriptors: 64,
            cpuSeconds: 3_600 + bytes >> 20,
            writable: [folder],
            readable: []
        )
    }

    /// For a member: it reads datasets that this program wrote, and where it runs a backbone, which may be anybody's, nothing
    /// else.
    ///
    /// - Parameters:
    ///   - folder: of the task
    ///   - needs: what a backbone needs; nil without one
    ///   - checkpoint: the file of an earlier attempt
    static func worker(writing folder: String, backbone needs: BackboneNeeds?, checkpoint: String? = nil) -> Confinement
    {
        let shelf = checkpoint.map { ($0 as NSString).deletingLastPathComponent }
        return Confinement(
            // A network that somebody sent gets what it was looked at with.
            dataBytes: needs == nil ? 16 << 30 : 8 << 30,
            fileBytes: 16 << 30,
            descriptors: 256,
            cpuSeconds: nil,
            writable: [folder] + (needs?.writable ?? []),
            readable: needs.map { $0.readable + [shelf].compactMap { $0 } }
        )
    }

    /// For a network that somebody sent: a minute, and what a large transformer takes.
    static func inspection(of library: String, writing folder: String) -> Confinement {
        Confinement(
            dataBytes: 8 << 30,
            fileBytes: 1 << 20,
            descriptors: 64,
            cpuSeconds: 60,
            writable: [folder],
            readable: [(library as NSString).deletingLastPathComponent]
        )
    }

    /// For a reduction: it maps the arrays of all members.
    static func score(writing folder: String) -> Confinement {
        Confinement(
            dataBytes: 16 << 30,
            fileBytes: 16 << 30,
            descriptors: 65_536,
            cpuSeconds: nil,
            writable: [folder],
            readable: nil
        )
    }

    /// Applies all of it to this process, while it has one thread only. There is no way back.
    ///
    /// - Throws: `ConfinementError` where the kernel refuses, or where a second thread runs already, which Landlock would
    ///   not restrict; a kernel without Landlock is no refusal
    func apply() throws {
        guard try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count == 1 else {
            throw ConfinementError(call: "a second thread runs", code: EBUSY)
        }
        guard clinux_no_new_privileges() == 0 else { throw ConfinementError(call: "no_new_privs", code: errno) }
        // A kernel that was built without it is no refusal.
        guard clinux_forbid_sockets() == 0 || errno == EINVAL else {
            throw ConfinementError(call: "seccomp", code: errno)
        }
        try limit("RLIMIT_CORE", clinux_limit_core(0))
        try limit("RLIMIT_DATA", clinux_limit_data(dataBytes))
        try limit("RLIMIT_FSIZE", clinux_limit_file_size(fileBytes))
        var current = rlimit()
        getrlimit(__rlimit_resource_t(7), &current)  // RLIMIT_NOFILE
        try limit("RLIMIT_NOFILE", clinux_limit_descriptors(min(descriptors, UInt64(current.rlim_max))))
        if let cpuSeconds { try limit("RLIMIT_CPU", clinux_limit_cpu_seconds(cpuSeconds)) }
        // A file past its limit is an error of write(), not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        _ = setpriority(__priority_which_t(0), 0, 10)  // PRIO_PROCESS
        try restrictFiles()
    }

    private func limit(_ name: String, _ status: Int32) throws {
        if status != 0 { throw ConfinementError(call: name, code: errno) }
    }

    /// Landlock access bits of its first version (landlock(7)).
    private enum Access {
        static let execute: UInt64 = 1 << 0
        static let readFile: UInt64 = 1 << 2
        static let readFolder: UInt64 = 1 << 3
        static let all: UInt64 = (1 << 13) - 1
    }

    private func restrictFiles() throws {
        guard clinux_landlock_abi() >= 1 else { return }
        let ruleset = clinux_landlock_create(Access.all)
        guard ruleset >= 0 else { throw ConfinementError(call: "landlock_create_ruleset", code: errno) }
        defer { close(ruleset) }
        for folder in writable { try allow(folder, Access.all & ~Access.execute, in: ruleset) }
        let system = ["/usr", "/lib", "/lib64", "/etc", "/proc", "/sys", "/dev"]
        for folder in readable.map({ system + $0 }) ?? ["/"] where access(folder, F_OK) == 0 {
            try allow(folder, Access.readFile | Access.readFolder | Access.execute, in: ruleset)
        }
        guard clinux_landlock_restrict(ruleset) == 0 else {
            throw ConfinementError(call: "landlock_restrict_self", code: errno)
        }
    }

    private func allow(_ folder: String, _ access: UInt64, in ruleset: Int32) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ConfinementError(call: "open \(folder)", code: errno) }
        defer { close(descriptor) }
        guard clinux_landlock_allow(ruleset, descriptor, access) == 0 else {
            throw ConfinementError(call: "landlock_add_rule \(folder)", code: errno)
        }
    }
}

/// The kernel refused to confine a child: it does not run then.
struct ConfinementError: Error, CustomStringConvertible {
    var call: String
    var code: Int32
    var description: String { "cannot confine this process: \(call): \(String(cString: strerror(code)))" }
}
