import Experiments
import Files
import Foundation
import Logging
import Recipes
import Synchronization
import Tasks
import TestSupport
import Testing

/// What is measured of a machine, with children that say what a test wants.
@Suite struct MachineProfileTests {
    /// Answers each child in turn; counts them.
    private final class Measurer: Launcher {
        let asked = Mutex<[[String]]>([])
        private let answer: @Sendable (_ subject: String) -> [String: Double]?

        init(_ answer: @escaping @Sendable (_ subject: String) -> [String: Double]?) { self.answer = answer }

        func run(
            _ task: ChildTask,
            started: @Sendable (Int32) async -> Void,
            received: @Sendable (ChildLine) async -> Void
        ) async -> ChildExit {
            asked.withLock { $0.append(task.arguments) }
            guard let rates = answer(task.arguments[2]),
                let values = try? JSON(encoding: MachineRates(perSecond: rates))
            else { return .exited(70) }
            await received(ChildLine(.result, values: values))
            return .exited(0)
        }
    }

    private let home = TemporaryFolder()
    private let engine = EngineIdentity(version: "1", instructionSet: "test")
    private let logger = Logger(label: "test")
    private static let ways = ["f32", "f32_library", "bf16"]

    private func profile(
        _ folder: DataFolder?,
        _ mode: MachineProfile.Mode = .measured,
        engine version: String = "1",
        slots: Int = 2
    ) throws -> MachineProfile {
        let engine = EngineIdentity(version: version, instructionSet: "test")
        return try MachineProfile(mode, engine: engine, slots: slots, keptIn: folder)
    }

    @Test func itIsMeasuredOnceAndKept() async throws {
        let folder = try DataFolder("\(home.path)/data", files: .live)
        let measurer = Measurer { _ in ["f32": 100, "f32_library": 50, "bf16": 104] }
        let machine = try profile(folder)
        #expect(machine.isOpen("cnn") && machine.choice(for: "cnn", among: Self.ways) == nil)
        await withTaskGroup { group in
            for _ in 0..<5 { group.addTask { await machine.measure(["cnn"], by: measurer, logger) } }
        }
        #expect(measurer.asked.withLock(\.count) == 2, "two members train at once, so two are measured at once")
        #expect(machine.rates(of: "cnn")?.perSecond == ["f32": 200, "f32_library": 100, "bf16": 208])
        #expect(machine.choice(for: "cnn", among: Self.ways) == "bf16")
        #expect(machine.choice(for: "cnn", among: ["f32", "f32_library"]) == "f32", "bfloat16 was refused")
        // Kept for this machine and engine, and for no other.
        #expect(try !profile(folder).isOpen("cnn"))
        #expect(try profile(folder, engine: "2").isOpen("cnn"))
        #expect(try profile(folder, .fixed).choice(for: "cnn", among: Self.ways) == nil)
        #expect(try !profile(folder, .fixed).isOpen("cnn"))
    }

    /// Less than 3 % is what measurements waver by: what stands first is kept.
    @Test func aLittleIsNoDifference() {
        let rates = MachineRates(perSecond: ["f32": 100, "bf16": 102, "f32_library": 110])
        #expect(rates.best(of: ["f32", "bf16"]) == "f32")
        #expect(rates.best(of: ["bf16", "f32"]) == "bf16")
        #expect(rates.best(of: Self.ways) == "f32_library")
        #expect(MachineRates(perSecond: [:]).best(of: Self.ways) == nil)
        #expect(
            MachineRates(perSecond: ["f32": 100]).best(of: Self.ways) == nil,
            "there was time for one: no comparison"
        )
    }

    /// A child that ends without a word, or has time for some ways only, leaves the rest as it is without measurement.
    @Test func whatIsNotMeasuredIsLeft() async throws {
        let folder = try DataFolder("\(home.path)/data", files: .live)
        let calls = Mutex(0)
        let measurer = Measurer { subject in
            guard subject == "resnet18" else { return nil }
            return calls.withLock {
                $0 += 1
                return $0 == 1 ? ["f32": 10, "bf16": 20] : ["f32": 11]
            }
        }
        let machine = try profile(folder)
        await machine.measure(["cnn", "resnet18"], by: measurer, logger)
        #expect(machine.rates(of: "resnet18")?.perSecond == ["f32": 21])
        #expect(machine.rates(of: "cnn") == nil && !machine.isOpen("cnn"), "this process does not try again")
        await machine.measure(["cnn"], by: measurer, logger)
        #expect(measurer.asked.withLock(\.count) == 4)
        #expect(try profile(folder).isOpen("cnn"), "the next one does")
        #expect(try Files.live.list("\(folder.root)/tasks").isEmpty)
    }

    @Test func pinned() throws {
        #expect(MachineProfile.Mode("measured") == .measured && MachineProfile.Mode("fixed") == .fixed)
        let mode = try #require(MachineProfile.Mode("cnn=bf16, resnet20=f32_library,search=f32"))
        let machine = try profile(nil, mode)
        #expect(!machine.isOpen("cnn"))
        #expect(machine.choice(for: "cnn", among: Self.ways) == "bf16")
        #expect(machine.choice(for: "cnn", among: ["f32"]) == nil, "a processor without it")
        #expect(machine.choice(for: "resnet20", among: Self.ways) == "f32_library")
        #expect(machine.choice(for: "search", among: ["bf16", "f32"]) == "f32")
        for wrong in ["", "cnn", "cnn=fast", "=f32", "search=f32_library", "cnn=bf16;mlp=f32"] {
            #expect(MachineProfile.Mode(wrong) == nil, "\(wrong)")
        }
    }

    @Test func aDamagedFileStopsTheStart() throws {
        let folder = try DataFolder("\(home.path)/data", files: .live)
        try Files.live.write(Array("no JSON".utf8), to: "\(folder.root)/machines.json")
        #expect(throws: MachineProfileError.self) { try profile(folder) }
        #expect(try profile(folder, .fixed).rates(of: "cnn") == nil)
    }
}
