import Arrays
import Datasets
import Difficulty
import Tasks

/// A training log as an NPZ archive: any of the arrays of `LogNames`.
struct NPZLog {
    static let format = "npz"

    let reader: NPZReader
    let names: LogNames
    let geometry: LogGeometry
    let options: LogOptions
    let target: LogTarget?
    /// The row of each example of the log in the evidence.
    let rowOf: [Int]
    let labels: LogLabels
    /// Names of the examples by row, where the log has any.
    let ids: [String]?
    private let notes: [ImportedEvidence.Note]

    init(
        _ reader: NPZReader,
        options: LogOptions,
        target: LogTarget?,
        notes: [ImportedEvidence.Note] = []
    ) throws {
        var notes = notes
        self.reader = reader
        self.options = options
        self.target = target
        names = try LogNames(reader)
        geometry = try LogGeometry(reader, names, target: target?.count, limits: options.limits)
        let source = LogVectors(reader: reader, names: names, geometry: geometry)
        let ids = try source.texts("ids")
        var rowOf = Array(0..<geometry.examples)
        if let target, let ids {
            if let rows = target.rows(of: ids) {
                rowOf = rows
            } else {
                notes.append(
                    .init(
                        code: "ids_not_matched",
                        detail:
                            "The ids of the log are not those of the dataset: its examples are taken in their order."
                    )
                )
            }
        }
        self.rowOf = rowOf
        self.ids = target == nil ? ids : nil
        labels = try source.labels(target: target, rowOf: rowOf, limits: options.limits)
        if !names.unused.isEmpty {
            notes.append(
                .init(
                    code: "unused_arrays",
                    detail:
                        "Arrays of the log that are not known here: \(names.unused.prefix(8).joined(separator: ", "))."
                )
            )
        }
        self.notes = notes
        try checkCombination()
    }

    /// Held-out probabilities come from runs of their own, in which other examples were held out.
    private func checkCombination() throws(LogError) {
        guard names.has("pred_probs") else { return }
        let others = (LogNames.evidence + ["held_out", "p_sq", "init_pred"]).filter {
            $0 != "pred_probs" && names.has($0)
        }
        guard others.isEmpty, names.layers.isEmpty else {
            throw LogError(
                "pred_probs",
                expected: "a log of its own, beside labels, classes, ids and source; dynamics of cross-validated "
                    + "networks go together as logits (M x T x N x C) with held_out (M x N)",
                got: "it together with \((others + names.layers.map(\.name)).prefix(4).joined(separator: ", "))"
            )
        }
    }

    /// Writes the evidence, and the examples where they belong to no dataset.
    func write(to output: LogOutput) throws -> ImportedEvidence {
        try output.begin()
        var log = ImportedEvidence(
            format: Self.format,
            examples: geometry.examples,
            classes: labels.classes.count,
            epochs: geometry.epochs,
            probeNames: names.layers.map(\.name),
            k: 0,
            folds: 1,
            repeats: 1,
            observe: options.observe,
            notes: notes
        )
        let members: [MemberWriter]
        if names.has("pred_probs") {
            let found = try HeldOutProbabilities(stream: stream("pred_probs"), rowOf: rowOf).write(
                to: output,
                classes: labels.classes.count
            )
            (members, log.repeats) = (found.members, found.members.count)
            log.notes += found.notes
        } else {
            members = try writeMembers(to: output, &log)
        }
        if target == nil { try output.write(examples, format: "training_log") }
        try output.finish(members, log)
        return log
    }

    private var examples: LoggedExamples {
        get throws {
            let source = LogVectors(reader: reader, names: names, geometry: geometry)
            return LoggedExamples(
                labels: labels.codes,
                classes: labels.classes,
                sources: try source.texts("sources") ?? ids ?? (0..<geometry.examples).map(String.init),
                ids: ids
            )
        }
    }

    private func stream(_ array: String) throws -> ArrayStream {
        guard let member = names[array], let axes = geometry.axes[array] else {
            throw LogError(array, expected: "an array of this name", got: "none")
        }
        return ArrayStream(reader: reader, axes: axes, member: member)
    }

    // MARK: Members

    private func writeMembers(to output: LogOutput, _ log: inout ImportedEvidence) throws -> [MemberWriter] {
        let flags = try heldOutFlags()
        for (member, flags) in flags.enumerated() {
            for row in flags.indices where flags[row] == 0 && labels.codes[row] < 0 {
                throw LogError(
                    "labels[\(rowOf.firstIndex(of: row) ?? row)]",
                    expected: "a label, since member \(member) trains on the example; held_out = 1 for those without",
                    got: "none"
                )
            }
        }
        let plan = FoldPlan(heldOut: flags, labels: labels.codes)
        (log.folds, log.repeats) = (plan.folds, plan.repeats)
        let members = try flags.enumerated().map {
            try MemberWriter(index: $0.offset, in: output.evidence, heldOut: $0.element, files: output.files)
        }
        try writeDynamics(members, output)
        try writeClasses("init_pred", .initPred, members)
        let finals = try writeFinals(members)
        if !names.layers.isEmpty {
            let layers = LayerProbes(
                streams: try names.layers.map { layer in
                    guard let axes = geometry.axes[layer.member] else {
                        throw LogError(layer.name, expected: "an array of this name", got: "none")
                    }
                    return ArrayStream(reader: reader, axes: axes, member: layer.member)
                },
                labels: labels,
                rowOf: rowOf,
                k: options.k
            )
            // Layers are those of one network: where there are several members the geometry has refused them.
            let probed = try layers.write(members[0], final: finals.first, to: output)
            log.k = probed.k
            log.notes += probed.notes
        }
        return members
    }

    /// M x N; where the log does not say, every member trains on everything.
    private func heldOutFlags() throws -> [[UInt8]] {
        var flags = Array(repeating: [UInt8](repeating: 0, count: geometry.examples), count: geometry.members)
        guard names.has("held_out") else { return flags }
        try stream("held_out").numbers(as: UInt8.self) { at, value in
            guard value <= 1 else { throw LogError(at.place, expected: "0 or 1", got: "\(value)") }
            flags[at.member][rowOf[at.example]] = value
        }
        return flags
    }

    private func writeDynamics(_ members: [MemberWriter], _ output: LogOutput) throws {
        guard geometry.epochs > 0 else { return }
        let source = LogVectors(reader: reader, names: names, geometry: geometry)
        let numbers = try source.epochNumbers()
        let arrays = dynamics
        let dynamics = try members.map {
            try MemberDynamics($0, arrays, epochs: geometry.epochs, labels: labels.codes)
        }
        if names.has("logits"), let classes = geometry.classes {
            for member in dynamics {
                try member.keepHeldOutLogits(
                    classes: classes.count,
                    numbers: numbers,
                    keepsFinal: !names.has("final_logits")
                )
            }
            try stream("logits").rows { at, row in
                dynamics[at.member].record(row, epoch: at.epoch, row: rowOf[at.example])
            }
        } else {
            try copyDynamics(into: dynamics)
        }
        output.progress(0.5)
        let rates = try source.learningRates()
        for (member, dynamics) in zip(members, dynamics) {
            dynamics.noteCurves()
            member.result.learningRate = rates.map { $0.count == 1 ? $0[0] : $0[member.index] }
        }
    }

    /// What the log allows: everything where it has logits, otherwise what it has itself.
    private var dynamics: Set<EvidenceArray> {
        if names.has("logits") { return [.pred, .pLabel, .margin, .loss, .pSquared] }
        var arrays: Set<EvidenceArray> = []
        for (name, array) in [
            ("pred", EvidenceArray.pred), ("p_label", .pLabel), ("margin", .margin), ("loss", .loss),
            ("p_sq", .pSquared),
        ] where names.has(name) {
            arrays.insert(array)
        }
        if !arrays.contains(.pred), names.has("correct") || names.has("margin") { arrays.insert(.correct) }
        return arrays
    }

    private func copyDynamics(into members: [MemberDynamics]) throws {
        let examples = geometry.examples
        func place(_ at: ArrayAxes.Cursor) -> Int { at.epoch * examples + rowOf[at.example] }
        func floats(_ name: String, _ canvas: KeyPath<MemberDynamics, NPYCanvas<Float>?>) throws {
            guard names.has(name) else { return }
            let targets = members.map { $0[keyPath: canvas]?.values }
            try stream(name).numbers(as: Float.self) { at, value in
                guard !value.isNaN, value.isFinite || name == "loss" else {
                    throw LogError(at.place, expected: "a finite number", got: "\(value)")
                }
                if name == "p_label" || name == "p_sq", !(0...1.001).contains(value) {
                    throw LogError(at.place, expected: "a number from 0 to 1", got: "\(value)")
                }
                targets[at.member]?[place(at)] = value
            }
        }
        try floats("p_label", \.pLabel)
        try floats("margin", \.margin)
        try floats("loss", \.loss)
        try floats("p_sq", \.pSquared)
        if names.has("pred") {
            let classes = labels.classes.count
            let targets = members.map { $0.pred?.values }
            try stream("pred").numbers(as: Int64.self) { at, value in
                guard (0..<Int64(classes)).contains(value) else {
                    throw LogError(at.place, expected: "a class from 0 to \(classes - 1)", got: "\(value)")
                }
                targets[at.member]?[place(at)] = UInt16(value)
            }
        } else if names.has("correct") {
            let targets = members.map { $0.correct?.values }
            try stream("correct").numbers(as: UInt8.self) { at, value in
                guard value <= 1 else { throw LogError(at.place, expected: "0 or 1", got: "\(value)") }
                targets[at.member]?[place(at)] = value
            }
        } else {
            // The margin is the label's logit minus the largest other one: above zero the prediction is right.
            for member in members {
                guard let margin = member.margin?.values, let correct = member.correct?.values else { continue }
                for place in margin.indices { correct[place] = margin[place] > 0 ? 1 : 0 }
            }
        }
    }

    // MARK: The finished networks

    private func writeClasses(_ name: String, _ array: EvidenceArray, _ members: [MemberWriter]) throws {
        guard names.has(name) else { return }
        let classes = labels.classes.count
        var values = members.map { _ in [UInt16](repeating: 0, count: geometry.examples) }
        let isShared = geometry.axes[name]?.members == nil
        try stream(name).numbers(as: Int64.self) { at, value in
            guard (0..<Int64(classes)).contains(value) else {
                throw LogError(at.place, expected: "a class from 0 to \(classes - 1)", got: "\(value)")
            }
            values[at.member][rowOf[at.example]] = UInt16(value)
        }
        for member in members {
            try member.put(array, [geometry.examples], values[isShared ? 0 : member.index])
        }
    }

    /// Writes logits or classes of the finished networks, and notes how well they fit.
    ///
    /// - Returns: the class that each member gives each example, where the log says so
    private func writeFinals(_ members: [MemberWriter]) throws -> [[UInt16]] {
        let examples = geometry.examples
        var finals = members.map { _ in [UInt16](repeating: 0, count: examples) }
        if names.has("final_logits"), let classes = geometry.classes?.count {
            let canvases = try members.map { try $0.canvas(.finalLogits, Float.self, [examples, classes]) }
            // Without dynamics the finished network is the one snapshot there is.
            let snapshots = try members.map { member in
                names.has("logits") || member.heldOutCount == 0
                    ? nil
                    : try HeldOutSnapshots(member, epochs: [0], numbers: [max(1, geometry.epochs)], classes: classes)
            }
            try stream("final_logits").rows { at, logits in
                let row = rowOf[at.example]
                for (column, value) in logits.enumerated() {
                    canvases[at.member].values[row * classes + column] = value
                }
                snapshots[at.member]?.record(logits, epoch: 0, row: row)
                finals[at.member][row] = UInt16(LogitRow(logits, label: -1).predicted)
            }
        } else if names.has("final_pred") {
            try writeClasses("final_pred", .finalPred, members)
            try stream("final_pred").numbers(as: Int64.self) { at, value in
                finals[at.member][rowOf[at.example]] = UInt16(value)
            }
        } else {
            return []
        }
        for member in members {
            let rows = labels.codes.indices.filter { member.heldOut[$0] == 0 }
            guard !rows.isEmpty else { continue }
            let right = rows.count { Int32(finals[member.index][$0]) == labels.codes[$0] }
            member.result.fit = Double(right) / Double(rows.count)
        }
        return finals
    }
}
