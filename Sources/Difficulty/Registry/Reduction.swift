/// Reduces members to columns: every registered family whose evidence is there.
enum Reduction {
    /// - Parameters:
    ///   - members: those to reduce, in the order of the plan; all of the evidence's, or a half of them
    ///   - progress: called after each member with their number so far
    static func run(
        _ evidence: EvidenceSet,
        _ job: JobFacts,
        members: [MemberEvidence],
        progress: (Int) -> Void = { _ in }
    ) -> ColumnTable {
        var families = ScoreRegistry.families.filter { $0.needs.isSubset(of: evidence.arrays) }
            .map { $0.init(evidence, job) }
        for (position, member) in members.enumerated() {
            for index in families.indices { families[index].add(member) }
            progress(position + 1)
        }
        var table = ColumnTable()
        for family in families { family.finish(&table) }
        return table
    }

    /// The scores that this evidence does not allow, with the arrays that are missing.
    static func missing(_ evidence: EvidenceSet) -> [(score: ScoreDescription, needs: [EvidenceArray])] {
        ScoreRegistry.families.flatMap { family in
            let absent = family.needs.subtracting(evidence.arrays).sorted { $0.rawValue < $1.rawValue }
            return absent.isEmpty ? [] : family.scores.map { ($0, absent) }
        }
    }

    /// The scores that are null for every example because no member holds any out, or none trains on any.
    static func unobserved(_ evidence: EvidenceSet) -> [(score: ScoreDescription, needs: [EvidenceArray])] {
        var present: Set<Membership> = []
        if evidence.members.contains(where: { $0.heldOutCount > 0 }) { present.insert(.heldOut) }
        if evidence.members.contains(where: { $0.heldOutCount < evidence.count }) { present.insert(.training) }
        return ScoreRegistry.families.filter { $0.needs.isSubset(of: evidence.arrays) }.flatMap { family in
            family.scores.filter { !family.rests(on: $0.name).isSubset(of: present) }.map { ($0, [.heldOut]) }
        }
    }
}
