import Compute
import Foundation
import Neighbors
import Recipes
import Tasks
import Training

/// The k-NN probes of a trained member: references are the examples it was trained on, queries are all.
struct Probing {
    /// Numbers of activations that one forward pass may leave for several probes: 448 MiB in float32, half of that in
    /// bfloat16. A probe that is larger is searched alone, and produced again piece by piece as the search asks for it.
    static let sharedNumbers = 112 << 20

    /// Bytes of activations that a search may keep: a third of what each core has, so that a worker on every core
    /// leaves room for the rest. Less memory costs more forward passes and changes no bit.
    static var searchBytes: Int {
        let perCore = Int(ProcessInfo.processInfo.physicalMemory) / ProcessInfo.processInfo.processorCount
        return min(4 << 30, max(1 << 30, perCore / 3))
    }

    private let model: Model
    private let engine: Engine
    /// Probes before the network's own: those of a backbone, which stand in the place of the network's input.
    private let taps: [TapRows]
    /// Runs of probes that share a forward pass, in order.
    private let groups: [[Int]]
    /// Rows by position: references first.
    private let rows: [Int]
    private let references: Int
    private let labels: [Int]
    private let spec: MemberSpec

    /// - Parameter taps: rows of the probes of a backbone
    init(_ trainer: Trainer, engine: Engine, labels: [Int], spec: MemberSpec, taps: [TapRows] = []) {
        self.taps = taps
        model = trainer.model
        rows = trainer.trainRows + trainer.heldOutRows
        references = trainer.trainRows.count
        let all = Self.groups(trainer.model.probeWidths, rows: rows.count)
        groups = taps.isEmpty ? all : all.map { $0.filter { $0 > 0 } }.filter { !$0.isEmpty }
        self.engine = engine
        self.labels = labels
        self.spec = spec
    }

    /// Room for the activations of the last probes, which the last evaluation of the network can leave there; nil where
    /// they are too large for that.
    func lastActivations() throws -> SharedActivations? {
        guard Self.areCollected(groups) else { return nil }
        return try SharedActivations(groups[groups.count - 1], of: model, rows: rows)
    }

    /// Whether the last probes are in memory together.
    private static func areCollected(_ groups: [[Int]]) -> Bool { groups.last?.count ?? 0 > 1 }

    /// Searches probe by probe.
    ///
    /// - Parameters:
    ///   - collected: those of `lastActivations`, filled; given up once they are searched
    ///   - progress: called with the share of the work that is done.
    func run(
        on examples: some Examples,
        collected: inout SharedActivations?,
        watch: inout Stopwatch,
        progress: (Double) -> Void
    ) throws -> ProbeEvidence {
        let widths = model.probeWidths
        // The network's input is the last of the taps, where there are any.
        let shift = max(0, taps.count - 1)
        var evidence = ProbeEvidence(
            probes: widths.count + shift,
            examples: rows.count,
            heldOut: rows.count - references
        )
        var search = try NeighborSearch(
            engine,
            rows: rows,
            references: references,
            k: max(spec.probes.k, min(ProbeEvidence.keptNeighbors, references - 1)),
            ties: TieOrder(seed: spec.probes.tieSeed),
            memoryBudget: Probing.searchBytes
        )
        search.isSinglePrecision = spec.probes.candidates == .f32
        search.isProjected = spec.probes.neighbors == .projected

        let total = Double(widths.reduce(0, +) + taps.dropLast().reduce(0) { $0 + $1.width })
        var done = 0.0
        // The last ones first: they may be there already.
        for group in groups.reversed() {
            watch.restart()
            var shared = collected
            collected = nil
            if shared == nil, group.count > 1 {
                shared = try SharedActivations(group, of: model, rows: rows)
                try shared?.embed(examples, by: model)
            }
            watch.lap("embed")
            for probe in group {
                let share = Double(widths[probe]) / total
                let found: NearestNeighbors =
                    if let shared {
                        try search.nearest(in: shared.part(probe)) { progress(done + $0 * share) }
                    } else {
                        try search.nearest(
                            in: ProducedActivations(model: model, examples: examples, rows: rows, probe: probe)
                        ) { progress(done + $0 * share) }
                    }
                evidence.record(
                    found,
                    probe: probe + shift,
                    rows: rows,
                    labels: labels,
                    classes: spec.dataset.numClasses,
                    k: spec.probes.k
                )
                done += share
                watch.lap("knn")
            }
        }
        for (probe, tap) in taps.enumerated() {
            watch.restart()
            let share = Double(tap.width) / total
            let found = try search.nearest(in: StoredActivations(tap: tap, rows: rows)) { progress(done + $0 * share) }
            evidence.record(
                found,
                probe: probe,
                rows: rows,
                labels: labels,
                classes: spec.dataset.numClasses,
                k: spec.probes.k
            )
            done += share
            watch.lap("knn")
        }
        return evidence
    }

    /// Runs of probes that share a forward pass, in order.
    private static func groups(_ widths: [Int], rows: Int) -> [[Int]] {
        var groups: [[Int]] = []
        var numbers = 0
        for (probe, width) in widths.enumerated() {
            if numbers + rows * width <= Probing.sharedNumbers, !groups.isEmpty {
                groups[groups.count - 1].append(probe)
                numbers += rows * width
            } else {
                groups.append([probe])
                numbers = rows * width
            }
        }
        return groups
    }

    /// Forward passes over all rows that a search of all probes takes: one for each run of probes, and more where the
    /// activations of one are larger than what may be kept.
    ///
    /// - Parameter isCollected: whether the last evaluation of the network leaves those of the last probes
    static func passes(of model: Model, rows: Int, isCollected: Bool) -> Int {
        let groups = groups(model.probeWidths, rows: rows)
        let all = groups.reduce(0) { $0 + (bytes($1, model, rows) + searchBytes - 1) / searchBytes }
        return isCollected && areCollected(groups) ? all - 1 : all
    }

    /// Bytes of activations at their largest, with those of the search for k neighbours that takes most.
    static func largestBytes(of model: Model, rows: Int, k: Int) -> Int {
        groups(model.probeWidths, rows: rows).map { group in
            let search =
                group.map {
                    NeighborSearch.bytes(
                        rows: rows,
                        width: model.probeWidths[$0],
                        model.probePrecisions[$0],
                        k: k,
                        isThere: group.count > 1,
                        budget: searchBytes
                    )
                }.max() ?? 0
            // A probe that is searched alone is produced into the search's own memory.
            return group.count > 1 ? bytes(group, model, rows) + search : search
        }.max() ?? 0
    }

    private static func bytes(_ group: [Int], _ model: Model, _ rows: Int) -> Int {
        group.reduce(0) { $0 + rows * model.probeWidths[$1] * model.probePrecisions[$1].elementBytes }
    }
}

/// Activations of several probes in memory, from one pass over all rows.
final class SharedActivations {
    private let probes: [Int]
    private let model: Model
    private let rows: [Int]
    private let memory: [Int: FloatMemory]

    /// Room for them.
    ///
    /// - Parameters:
    ///   - model: whose activations they are
    ///   - rows: the example at each position
    init(_ probes: [Int], of model: Model, rows: [Int]) throws {
        self.probes = probes
        self.model = model
        self.rows = rows
        memory = try Dictionary(
            uniqueKeysWithValues: probes.map { probe in
                let bytes = rows.count * model.probeWidths[probe] * model.probePrecisions[probe].elementBytes
                return (probe, try FloatMemory(count: (bytes + 3) / 4))
            }
        )
    }

    private var destinations: [Rows] {
        probes.map {
            Rows(
                UnsafeMutableRawPointer(memory[$0]!.start),
                width: model.probeWidths[$0],
                precision: model.probePrecisions[$0]
            )
        }
    }

    /// Where an evaluation of all examples puts them.
    var collection: ActivationCollection {
        var places = [Int](repeating: 0, count: rows.count)
        for (position, row) in rows.enumerated() { places[row] = position }
        return ActivationCollection(probes: probes, destinations: destinations, places: places)
    }

    /// Produces them.
    func embed(_ examples: some Examples, by model: Model) throws {
        try model.embed(examples, rows: rows, probes: probes, into: destinations)
    }

    /// One probe's part; it keeps the whole alive.
    struct Part: ActivationSource {
        fileprivate let whole: SharedActivations
        fileprivate let values: Rows

        var width: Int { values.width }
        var precision: Precision { values.precision }
        var base: UnsafeRawPointer? { UnsafeRawPointer(values.start) }

        func copy(_ positions: some RandomAccessCollection<Int>, to destination: Rows) {
            withExtendedLifetime(whole) {
                for (place, position) in positions.enumerated() {
                    destination.set(place, to: values[position], of: precision)
                }
            }
        }
    }

    func part(_ probe: Int) -> Part {
        Part(whole: self, values: destinations[probes.firstIndex(of: probe)!])
    }
}

/// Activations of one probe, produced by a forward pass whenever they are asked for.
private struct ProducedActivations<Source: Examples>: ActivationSource {
    let model: Model
    let examples: Source
    let rows: [Int]
    let probe: Int

    var width: Int { model.probeWidths[probe] }
    var precision: Precision { model.probePrecisions[probe] }

    func copy(_ positions: some RandomAccessCollection<Int>, to destination: Rows) throws {
        try model.embed(examples, rows: positions.map { rows[$0] }, probes: [probe], into: [destination])
    }
}
