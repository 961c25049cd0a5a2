import Experiments
import Files
import Foundation
import PlumblineTesting
import TestSupport
import Testing

/// The threads of a worker are those with which all workers together train most.
@Suite struct WorkerThreadsTests {
    private let home = TemporaryFolder()
    private var root: String { home.path }

    private func choose(
        _ rates: [Int: Double],
        cores: Int,
        slots: Int? = nil
    ) async throws -> (Int, [Int]) {
        let launcher = FakeLauncher(examplesPerSecond: rates)
        let folder = try DataFolder(root, files: .live)
        if let kept = try WorkerThreads.kept(in: folder, cores: cores) { return (kept.threads, []) }
        let choice = try await WorkerThreads.measure(for: folder, cores: cores, slots: slots, by: launcher)
        return (choice.threads, launcher.measured.sorted())
    }

    @Test(arguments: [
        // Eight workers of one thread, four of two, two of four, one of eight.
        ([1: 100.0, 2: 190, 4: 370, 8: 700], 1),
        ([1: 100.0, 2: 240, 4: 400, 8: 400], 2),
        // Better by too little.
        ([1: 100.0, 2: 204, 4: 412, 8: 830], 1),
        ([1: 100.0, 2: 250, 4: 600, 8: 1300], 8),
    ])
    func choosesWhatTrainsMost(rates: [Int: Double], expected: Int) async throws {
        let (threads, measured) = try await choose(rates, cores: 8)
        #expect(threads == expected)
        #expect(measured == [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 8])
    }

    /// The number is part of what identifies networks: it stays until the machine is another one.
    @Test func keepsTheChoice() async throws {
        #expect(try await choose([1: 100, 2: 300], cores: 2).0 == 2)
        let again = try await choose([1: 100, 2: 50], cores: 2)
        #expect(again.0 == 2 && again.1.isEmpty)
        #expect(try await choose([1: 100, 3: 50], cores: 3).0 == 1)
    }

    /// Of few members at once each may have more threads.
    @Test func countsNoMoreWorkersThanTrainAtOnce() async throws {
        let found = try await choose([1: 100, 2: 180, 4: 300], cores: 4, slots: 1)
        #expect(found.0 == 4 && found.1 == [1, 2, 4])
    }

    @Test(arguments: [
        "", "{}", #"{"threads":0,"cores":2,"examplesPerSecond":{}}"#,
        #"{"threads":3,"cores":2,"examplesPerSecond":{}}"#,
    ])
    func saysWhatIsDamaged(text: String) throws {
        let folder = try DataFolder(root, files: .live)
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(root)/threads.json"))
        do {
            _ = try WorkerThreads.kept(in: folder, cores: 2)
            Issue.record("\(text) was taken for a measurement")
        } catch let error as WorkerThreadsError {
            #expect(error.description.contains("\(root)/threads.json") && error.description.contains("Remove it"))
        }
    }

    @Test func saysWhyNothingWasMeasured() async throws {
        do {
            _ = try await choose([1: 100], cores: 2)
            Issue.record("two threads were measured by nobody")
        } catch let error as WorkerThreadsError {
            #expect(error.description.contains("2 threads") && error.description.contains("--threads"))
        }
        #expect(!FileManager.default.fileExists(atPath: "\(root)/threads.json"))
    }
}
