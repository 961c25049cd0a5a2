import Arrays
import Files
import Tasks

/// The arrays behind the view of one example (votes at each probe, final answers, learning curves) and the sentence that
/// says why, made in blocks of examples so that memory stays bounded whatever N and C are.
struct DetailWriter {
    private let evidence: EvidenceSet
    private let folder: String
    private let files: Files
    private let between: [Int: [Int]]
    private let trainDepth: [Float]?
    private let forgotten: [Float]?
    private let neverLearned: [Float]?
    private let group: [Int32]?
    private let issueType: [Int32]?
    private let trainCuts: GroupCuts.Axis
    private let flagged: [Float]?

    /// Examples at a time: a few megabytes of votes at ten classes and seven probes.
    private static let block = 2048
    /// Blocks after which the memory of what was read is given back.
    private static let blocksHeld = 32

    init(_ evidence: EvidenceSet, table: ColumnTable, issues: [Issue], folder: String, files: Files) {
        self.evidence = evidence
        self.folder = folder
        self.files = files
        between = Dictionary(uniqueKeysWithValues: issues.map { ($0.row, Array($0.top.prefix(2))) })
        trainDepth = table.numbers("prediction_depth_train_filled")
        forgotten = table.numbers("forgetting_events_counted")
        neverLearned = table.numbers("never_learned")
        group = table.codes("group")
        issueType = table.codes("issue_type")
        flagged = table.numbers("aum_flagged")
        let options = evidence.options
        trainCuts = (table.groupCuts ?? GroupCuts(fixed: options.lowDepth, options.highDepth)).train
    }

    /// Writes `detail_*.npy` (those the evidence allows), `why.bin` and `why_offsets.npy`.
    func write() throws {
        let (count, probes, classes, epochs) = (evidence.count, evidence.probes, evidence.classes, evidence.epochs)
        let hasFinals = evidence.arrays.contains(.finalPred)
        let hasVotes = evidence.arrays.contains(.votes)
        let hasCurve = evidence.arrays.contains(.pLabel)
        let hasCorrect = evidence.arrays.contains(.correct)
        func open<Element>(_ name: String, _ type: Element.Type, _ shape: [Int]) throws -> NPYWriter<Element> {
            try NPYWriter(path: "\(folder)/\(name).npy", shape: [count] + shape, files: files)
        }
        var heldVotes = hasVotes ? try open("detail_heldout_votes", UInt16.self, [probes, classes]) : nil
        var trainVotes = hasVotes ? try open("detail_train_votes", UInt16.self, [probes, classes]) : nil
        var heldFinal = hasFinals ? try open("detail_heldout_final", UInt16.self, [classes]) : nil
        var trainFinal = hasFinals ? try open("detail_train_final", UInt16.self, [classes]) : nil
        var trainCurve = hasCurve ? try open("detail_curve_p_label_train", Float.self, [epochs]) : nil
        var heldCurve = hasCurve ? try open("detail_curve_p_label_heldout", Float.self, [epochs]) : nil
        var forgotten = hasCorrect ? try open("detail_forgotten", UInt16.self, [epochs]) : nil
        var why = try WhyWriter(folder: folder, files: files)

        for start in stride(from: 0, to: count, by: Self.block) {
            let rows = start..<min(start + Self.block, count)
            let block = DetailBlock(evidence, rows: rows)
            try heldVotes?.append(block.heldOutVotes)
            try trainVotes?.append(block.trainVotes)
            try heldFinal?.append(block.heldOutFinal)
            try trainFinal?.append(block.trainFinal)
            try trainCurve?.append(block.trainCurve)
            try heldCurve?.append(block.heldOutCurve)
            try forgotten?.append(block.forgotten)
            for row in rows { try why.append(sentence(row, block)) }
            if start / Self.block % Self.blocksHeld == Self.blocksHeld - 1 { evidence.releasePages() }
        }
        _ = try heldVotes?.finish()
        _ = try trainVotes?.finish()
        _ = try heldFinal?.finish()
        _ = try trainFinal?.finish()
        _ = try trainCurve?.finish()
        _ = try heldCurve?.finish()
        _ = try forgotten?.finish()
        try why.finish()
    }

    /// Of the plan `threshold_samples`, whose networks tell nothing else.
    private func sentence(flagged: Float) -> String {
        let noun = evidence.data.noun
        if flagged.isNaN { return "No network was trained on this \(noun) with a label of its own." }
        return flagged > 0
            ? "Its label is learned no better than a class that does not exist, in each network that was given it. Typical of a "
                + "wrong label."
            : "Its label is learned better than a class that does not exist would be."
    }

    private func sentence(_ row: Int, _ block: DetailBlock) -> String {
        if let flagged { return sentence(flagged: flagged[row]) }
        let classes = evidence.classes
        let local = row - block.rows.lowerBound
        let label = evidence.labels[row]
        func votes(_ all: [UInt16]) -> [Int] { all[local * classes..<(local + 1) * classes].map(Int.init) }
        func number(_ column: [Float]?) -> Double? { column.flatMap { $0[row].isNaN ? nil : Double($0[row]) } }
        let why = WhySentence(
            heldOutVotes: votes(block.heldOutFinal),
            trainVotes: votes(block.trainFinal),
            latestDepth: block.latestDepth[local],
            undefined: block.undefined[local],
            lastLayer: max(0, evidence.probes - 1),
            trainDepth: number(trainDepth).map { $0 / Double(max(1, evidence.probes - 1)) },
            label: label >= 0 ? Int(label) : nil,
            forgotten: number(forgotten).map { Int($0) },
            neverLearned: Int(number(neverLearned) ?? 0),
            group: group.flatMap { DifficultyMap.Group(rawValue: $0[row]) },
            issue: issueType.flatMap { IssueKind(rawValue: $0[row]) },
            between: between[row] ?? [],
            classNames: evidence.data.classNames,
            noun: evidence.data.noun,
            trainCuts: trainCuts
        ).text
        guard evidence.isPlanted(row) else { return why }
        let (planted, own) = (evidence.data.classNames[Int(label)], evidence.data.ownLabels[row])
        return
            "This job planted the label \(planted) here in place of \(evidence.data.classNames[Int(own)]), to measure its "
            + "scores; what follows is about the planted label. \(why)"
    }
}

/// The details of a range of examples, over all members.
private struct DetailBlock {
    let rows: Range<Int>
    /// B x P x C.
    private(set) var heldOutVotes: [UInt16]
    /// B x P x C.
    private(set) var trainVotes: [UInt16]
    /// B x C.
    private(set) var heldOutFinal: [UInt16]
    /// B x C.
    private(set) var trainFinal: [UInt16]
    /// B x T, NaN where no member trains on the example.
    private(set) var trainCurve: [Float]
    /// B x T, NaN where no member holds it out.
    private(set) var heldOutCurve: [Float]
    /// B x T: training members that forget the example at this observation.
    private(set) var forgotten: [UInt16]
    /// B: deepest defined held-out depth.
    private(set) var latestDepth: [Int?]
    /// B: held-out members with an undefined depth.
    private(set) var undefined: [Int]

    init(_ evidence: EvidenceSet, rows: Range<Int>) {
        let (size, probes, classes, epochs) = (rows.count, evidence.probes, evidence.classes, evidence.epochs)
        self.rows = rows
        heldOutVotes = [UInt16](repeating: 0, count: size * probes * classes)
        trainVotes = heldOutVotes
        heldOutFinal = [UInt16](repeating: 0, count: size * classes)
        trainFinal = heldOutFinal
        forgotten = [UInt16](repeating: 0, count: size * epochs)
        latestDepth = [Int?](repeating: nil, count: size)
        undefined = [Int](repeating: 0, count: size)
        trainCurve = []
        heldOutCurve = []
        for member in evidence.members {
            addFinals(member, classes: classes)
            addVotes(member, examples: evidence.count, probes: probes, classes: classes)
            addForgetting(member, labels: evidence.labels, epochs: epochs)
            withExtendedLifetime(member) {}
        }
        trainCurve = curve(evidence, heldOut: false)
        heldOutCurve = curve(evidence, heldOut: true)
    }

    private mutating func addFinals(_ member: MemberEvidence, classes: Int) {
        guard !member.finalPredictions.isEmpty else { return }
        let flags = member.heldOutFlags
        for (local, row) in rows.enumerated() {
            let cell = local * classes + Int(member.finalPredictions[row])
            if flags[row] != 0 { heldOutFinal[cell] += 1 } else { trainFinal[cell] += 1 }
        }
    }

    private mutating func addVotes(_ member: MemberEvidence, examples: Int, probes: Int, classes: Int) {
        guard let votes = member.votes?.elements else { return }
        let flags = member.heldOutFlags
        for probe in 0..<probes {
            for (local, row) in rows.enumerated() {
                let cell = (local * probes + probe) * classes + Int(votes[probe * examples + row])
                if flags[row] != 0 { heldOutVotes[cell] += 1 } else { trainVotes[cell] += 1 }
            }
        }
        guard !member.finalPredictions.isEmpty else { return }
        for (local, row) in rows.enumerated() where flags[row] != 0 {
            var depth = probes
            while depth > 0, votes[(depth - 1) * examples + row] == member.finalPredictions[row] { depth -= 1 }
            if depth == probes {
                undefined[local] += 1
            } else {
                latestDepth[local] = max(latestDepth[local] ?? 0, depth)
            }
        }
    }

    private mutating func addForgetting(_ member: MemberEvidence, labels: [Int32], epochs: Int) {
        let flags = member.heldOutFlags
        let examples = labels.count
        guard member.pred != nil || member.correct != nil else { return }
        var before = [Bool](repeating: false, count: rows.count)
        for t in 0..<epochs {
            for (local, row) in rows.enumerated() where flags[row] == 0 {
                let now: Bool
                if let pred = member.pred {
                    now = Int32(pred.elements[t * examples + row]) == labels[row]
                } else {
                    now = member.correct?.elements[t * examples + row] != 0
                }
                if before[local], !now { forgotten[local * epochs + t] += 1 }
                before[local] = now
            }
        }
    }

    private func curve(_ evidence: EvidenceSet, heldOut: Bool) -> [Float] {
        let epochs = evidence.epochs
        var sums = [Double](repeating: 0, count: rows.count * epochs)
        var counts = [Int](repeating: 0, count: rows.count)
        for member in evidence.members {
            guard let probability = member.pLabel?.elements else { return [] }
            let flags = member.heldOutFlags
            for (local, row) in rows.enumerated() where (flags[row] != 0) == heldOut { counts[local] += 1 }
            for t in 0..<epochs {
                for (local, row) in rows.enumerated() where (flags[row] != 0) == heldOut {
                    sums[local * epochs + t] += Double(probability[t * evidence.count + row])
                }
            }
            withExtendedLifetime(member) {}
        }
        return sums.indices.map { column(counts[$0 / epochs] > 0 ? sums[$0] / Double(counts[$0 / epochs]) : nil) }
    }
}
