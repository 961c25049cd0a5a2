public import Files
import Foundation
import Logging
public import Recipes
import Synchronization
public import Tasks

/// What is known of how fast this machine does things: measured by a child the first time that a job needs to know, and kept in
/// the data folder for this processor and this engine.
///
/// Ways that differ in their bits are resolved into a job's settings, so no result depends on what was measured in silence.
public final class MachineProfile: Sendable {
    /// Whether and by what ways are chosen.
    public enum Mode: Sendable, Hashable {
        /// By measurement.
        case measured
        /// By what the processor has, unmeasured.
        case fixed
        /// By name: what is not named as in `fixed`.
        case pinned([String: String])

        /// - Parameter text: `measured`, `fixed`, or `cnn=bf16,search=f32`; nil where it is none of these
        public init?(_ text: String) {
            switch text {
            case "measured": self = .measured
            case "fixed": self = .fixed
            default:
                var ways: [String: String] = [:]
                for pair in text.split(separator: ",") {
                    let parts = pair.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
                    guard parts.count == 2, !parts[0].isEmpty,
                        parts[0] == MachineRates.search
                            ? Precision(rawValue: parts[1]) != nil : TrainingPath(rawValue: parts[1]) != nil
                    else { return nil }
                    ways[parts[0]] = parts[1]
                }
                guard !ways.isEmpty else { return nil }
                self = .pinned(ways)
            }
        }
    }

    /// How ways are chosen.
    public let mode: Mode
    /// The processor's own name.
    public let processor: String

    /// Digest of what the machine is, and of the engine.
    public let key: String
    private let folder: DataFolder?
    private let lanes: Int
    private let threads: Int
    private let state: Mutex<State>
    private let disk = DiskQueue(label: "experiments.machine")

    private struct State {
        var rates: [String: MachineRates] = [:]
        /// Measurements under way, which others wait for.
        var running: [String: Task<Void, Never>] = [:]
        /// What could not be measured is not tried again by this process.
        var failed: Set<String> = []
    }

    /// - Parameters:
    ///   - mode: how ways are chosen
    ///   - engine: what trains
    ///   - threads: of a worker
    ///   - slots: members that train at once
    ///   - folder: where what was measured is kept; nil: nowhere
    /// - Throws: `MachineProfileError.damaged`, `FilesError`
    public init(
        _ mode: Mode,
        engine: EngineIdentity,
        threads: Int = 1,
        slots: Int = 1,
        keptIn folder: DataFolder? = nil
    ) throws {
        self.mode = mode
        self.folder = folder
        self.threads = threads
        // As many at once as will train at once; beyond some the shares of memory no longer change.
        lanes = min(slots, 4)
        let facts = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        func fact(_ name: String) -> String {
            facts.split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: ":", maxSplits: 1).last
                .map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
        }
        processor = fact("model name")
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let machine = [
            processor, fact("cpu family"), fact("model\t"), fact("flags"), "\(cores)", "\(threads)", engine.version,
            engine.instructionSet,
        ]
        key = SHA256Hasher.hash(Array(machine.joined(separator: "\n").utf8))
        state = Mutex(State())
        if let folder, mode == .measured {
            let kept = try Self.kept(in: folder.root, files: folder.files)[key]
            state.withLock { $0.rates = kept?.rates ?? [:] }
        }
    }

    /// What was measured of a network, or of `MachineRates.search`; nil where nothing was.
    public func rates(of subject: String) -> MachineRates? { state.withLock { $0.rates[subject] } }

    /// The way that was chosen among some.
    ///
    /// - Parameter ways: in the order of preference
    /// - Returns: nil where it is to be as without measurement
    public func choice(for subject: String, among ways: [String]) -> String? {
        switch mode {
        case .fixed: nil
        case .pinned(let pinned): pinned[subject].flatMap { ways.contains($0) ? $0 : nil }
        case .measured: rates(of: subject)?.best(of: ways)
        }
    }

    /// Whether something is to be measured before a job can be drafted.
    public func isOpen(_ subject: String) -> Bool {
        mode == .measured && state.withLock { $0.rates[subject] == nil && !$0.failed.contains(subject) }
    }

    /// Measures what is open, one after the other and each once: whoever needs the same waits for it. What cannot be measured is
    /// logged and left as it is without measurement.
    public func measure(_ subjects: [String], by launcher: any Launcher, _ logger: Logger) async {
        for subject in subjects where isOpen(subject) {
            let task = state.withLock { state in
                if let running = state.running[subject] { return running }
                let task = Task { await self.measure(subject, by: launcher, logger) }
                state.running[subject] = task
                return task
            }
            await task.value
        }
    }

    private func measure(_ subject: String, by launcher: any Launcher, _ logger: Logger) async {
        do {
            let rates = try await measured(subject, by: launcher)
            state.withLock {
                $0.rates[subject] = rates
                $0.running[subject] = nil
            }
            try await disk.run { try self.keep() }
            let told = rates.perSecond.sorted { $0.key < $1.key }.map { "\($0.key) \(Int($0.value))" }.joined(
                separator: ", "
            )
            logger.info(
                "measured how this machine does it fastest",
                metadata: ["subject": "\(subject)", "per second": "\(told)"]
            )
        } catch {
            state.withLock {
                $0.running[subject] = nil
                if $0.rates[subject] == nil { $0.failed.insert(subject) }
            }
            logger.warning(
                "not measured, left as the processor's features say",
                metadata: ["subject": "\(subject)", "reason": "\(error)"]
            )
        }
    }

    /// The sum of some children at once.
    private func measured(_ subject: String, by launcher: any Launcher) async throws -> MachineRates {
        let log = folder.map { "\($0.root)/tasks/measure-\(subject).log" } ?? "/dev/null"
        return try await withThrowingTaskGroup(of: MachineRates.self) { group in
            for lane in 0..<lanes {
                group.addTask { [threads] in
                    let outcome = await Child(
                        ChildTask(
                            arguments: ["measure", "--subject", subject, "--threads", "\(threads)"],
                            standardError: "\(log).\(lane)",
                            environment: ChildTask.workerEnvironment(threads: threads)
                        ),
                        by: launcher
                    ).outcome
                    try await self.disk.run {
                        guard let folder = self.folder, folder.files.exists("\(log).\(lane)") else { return }
                        try folder.files.remove("\(log).\(lane)")
                    }
                    guard outcome.exit == .exited(0), let told: MachineRates = try? outcome.result?.decode(),
                        !told.perSecond.isEmpty
                    else { throw MachineProfileError.notMeasured(subject, outcome.exit) }
                    return told
                }
            }
            var sum: [String: Double] = [:]
            var count: [String: Int] = [:]
            for try await told in group {
                for (way, rate) in told.perSecond {
                    sum[way, default: 0] += rate
                    count[way, default: 0] += 1
                }
            }
            // A way that only some had time for says nothing of all.
            return MachineRates(perSecond: sum.filter { count[$0.key] == lanes })
        }
    }

    // MARK: The file

    /// What is kept of one.
    public struct Machine: Codable, Sendable {
        /// The processor's own name.
        public var processor: String
        /// What was measured, by network, or `MachineRates.search`.
        public var rates: [String: MachineRates]
    }

    private static func path(in root: String) -> String { "\(root)/machines.json" }

    /// All machines of a data folder, by the digest of what they are.
    ///
    /// - Parameter root: the folder, which may be a running service's
    /// - Throws: `MachineProfileError.damaged`, `FilesError`
    public static func kept(in root: String, files: Files = .live) throws -> [String: Machine] {
        let path = path(in: root)
        guard files.exists(path) else { return [:] }
        do {
            return try JSONDecoder().decode([String: Machine].self, from: Data(files.read(path)))
        } catch let error as DecodingError {
            throw MachineProfileError.damaged(path, "\(error)")
        }
    }

    private func keep() throws {
        guard let folder else { return }
        var machines = try Self.kept(in: folder.root, files: folder.files)
        machines[key] = Machine(processor: processor, rates: state.withLock(\.rates))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try folder.files.write(Array(encoder.encode(machines)), to: Self.path(in: folder.root))
    }
}

/// Why nothing is known of a machine.
public enum MachineProfileError: Error, CustomStringConvertible {
    /// The file says nothing of use.
    case damaged(String, String)
    /// A child that was to measure something ended without a word.
    case notMeasured(String, ChildExit)

    /// One sentence for people.
    public var description: String {
        switch self {
        case .damaged(let path, let reason):
            "\(path) does not hold what was measured of machines (\(reason)). Remove it to have that measured anew."
        case .notMeasured(let subject, let exit): "\(subject) could not be measured: \(exit)"
        }
    }
}
