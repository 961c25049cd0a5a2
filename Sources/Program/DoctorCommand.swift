import ArgumentParser
import Backbones
import Compute
import EnsembleKind
import Experiments
import Foundation
import Recipes
import Tasks
import Training
import Worker

/// `plumbline doctor`: what this program is, what the machine has, and in which ways networks are trained on it.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this machine has, and in which ways networks are trained on it."
    )

    @Option(help: "The service's data folder, which may be in use.")
    var dataDir = "data"
    @Option(help: "The folder of the pretrained networks.")
    var modelsDir = "models"
    @Flag(help: "Measure now, on one core, instead of telling what a service measured.")
    var measure = false

    func run() throws {
        let engine = ModelCatalog.trainable.engine
        let machine = try MachineProfile(.fixed, engine: engine)
        print("plumbline \(Version.program), engine \(engine.version)")
        print(
            "processor \(machine.processor), \(ProcessInfo.processInfo.activeProcessorCount) cores, \(engine.instructionSet)"
        )
        if let word = Engine.processorWarning { print("warning: \(word)") }
        let shelf = BackboneShelf(models: modelsDir)
        let networks = shelf.entries.map(\.backbone.name).joined(separator: ", ")
        print("pretrained networks: \(networks.isEmpty ? "none (config/setup.sh fetches them)" : networks)")
        if measure {
            for subject in Networks.all.map(\.name) + [MachineRates.search] {
                tell(subject, MachineRates(perSecond: try PathMeasurement.rates(of: subject, threads: 1, seconds: 4)))
            }
            return
        }
        let machines = try MachineProfile.kept(in: dataDir)
        if machines.isEmpty {
            print("nothing was measured for \(dataDir) yet: the first job that needs it has it measured")
        }
        for (_, known) in machines.sorted(by: { $0.value.processor < $1.value.processor }) {
            print("measured for \(dataDir) on \(known.processor):")
            for (subject, rates) in known.rates.sorted(by: { $0.key < $1.key }) { tell(subject, rates) }
        }
    }

    private func tell(_ subject: String, _ rates: MachineRates) {
        let name = subject.padding(toLength: 9, withPad: " ", startingAt: 0)
        let unit = subject == MachineRates.search ? "rows/s" : "samples/s"
        let told = rates.perSecond.sorted { $0.value > $1.value }.map { "\($0.key) \(Int($0.value))" }
        print("  \(name) \(told.joined(separator: ", ")) \(unit)")
    }
}
