/// Random stratified subsets of one train ratio s: which examples run `r` holds out (Difficulty/README.md section 1,
/// "Split plan"; Jiang et al. 2021, section 2).
///
/// Every run by itself trains on a random share s of each class. Runs of a ratio are balanced in cycles of
/// L = 1 / gcd(s, 1) runs (ten for tenths): each run holds out those units of a class that its cycle has held out least
/// so far, drawn by lot among equals, so that after a cycle each has been held out (1-s)L times. With independent draws
/// 35 % of the examples would not once be held out in ten runs at s = 0.9, and have no consistency there.
///
/// Random numbers are those of (seed, `subset`, cycle and ratio): a run is the same in every job that asks for it,
/// whatever the other ratios and however many runs.
public struct SubsetPlan: Sendable, Hashable {
    /// s in percent, 1 to 99.
    public var percent: Int
    /// The job's seed.
    public var seed: UInt64

    /// - Parameters:
    ///   - percent: the train ratio in percent, 1 to 99
    ///   - seed: the job's seed
    public init(percent: Int, seed: UInt64) {
        precondition((1...99).contains(percent), "a train ratio is from 1 to 99 percent")
        self.percent = percent
        self.seed = seed
    }

    /// The stream of random numbers of a run, a cycle or another index at this ratio.
    static func stream(_ index: Int, percent: Int) -> UInt64 { UInt64(index) << 32 | UInt64(percent) }

    /// L: runs after which every unit has been held out equally often.
    public var cycle: Int { 100 / Self.divisor(100, percent) }

    /// The examples that a run does not train on. A class keeps at least one unit to train on; the only unit of its class
    /// is never held out.
    ///
    /// - Parameters:
    ///   - run: from 0
    ///   - labels: N class numbers; -1 where the label is missing: such an example is held out of every run
    ///   - split: N; 1 for the dataset's own test examples, which every run holds out
    ///   - duplicateOf: N; the row of the first identical input: identical inputs stay together
    /// - Returns: N bytes, 1 where the run holds the example out
    public func heldOut(run: Int, labels: [Int32], split: [UInt8], duplicateOf: [Int32]) -> [UInt8] {
        let units = SplitUnits(labels: labels, split: split, duplicateOf: duplicateOf)
        let kept = trainingUnits(run: run, units)
        return labels.indices.map { row in
            split[row] == 0 && labels[row] >= 0 && kept.contains(duplicateOf[row]) ? 0 : 1
        }
    }

    /// The first rows of the units that a run trains on.
    private func trainingUnits(run: Int, _ units: SplitUnits) -> Set<Int32> {
        let (cycle, place) = (run / cycle, run % cycle)
        var generator = CounterGenerator(
            seed: seed,
            purpose: .subset,
            stream: Self.stream(cycle, percent: percent)
        )
        // Classes hold out whole units. With h = q / L the offsets j / L, each once a cycle, round the running total of
        // h times the units up and down so that a class holds out exactly q times its units in a cycle (Hermite's
        // identity), and a run all but exactly its share of the whole.
        let length = self.cycle
        let share = length * (100 - percent) / 100
        var offsets = Array(0..<length)
        generator.shuffle(&offsets)
        let classes = units.classes
        let members = classes.map { units.leaders[$0] ?? [] }
        // How often each unit has been held out in this cycle, in the order of `members`.
        var counts = members.map { [Int](repeating: 0, count: $0.count) }
        var kept: Set<Int32> = []
        for step in 0...place {
            var total = 0
            for index in classes.indices {
                let before = (share * total + offsets[step]) / length
                total += members[index].count
                let wanted = (share * total + offsets[step]) / length - before
                let held = min(wanted, members[index].count - 1)
                var order = Array(members[index].indices)
                generator.shuffle(&order)
                let chosen = Self.least(order, counts[index], held)
                for unit in chosen { counts[index][unit] += 1 }
                if step == place {
                    let out = Set(chosen)
                    kept.formUnion(members[index].indices.filter { !out.contains($0) }.map { members[index][$0] })
                }
            }
        }
        return kept
    }

    /// The first `count` of `order` by how often they were held out. Counts of a class differ by at most two, so
    /// passing over them is faster than sorting.
    private static func least(_ order: [Int], _ counts: [Int], _ count: Int) -> [Int] {
        guard count > 0 else { return [] }
        var chosen: [Int] = []
        chosen.reserveCapacity(count)
        var level = counts.min() ?? 0
        while chosen.count < count {
            for unit in order where counts[unit] == level && chosen.count < count { chosen.append(unit) }
            level += 1
        }
        return chosen
    }

    private static func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
}
