import Tasks

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
        var families = ScoreRegistry.families.filter {
            $0.suits(evidence.spec) && $0.needs.isSubset(of: evidence.arrays)
        }
        .map { $0.init(evidence, job) }
        for (position, member) in members.enumerated() {
            Parallel.forEach(&families) { $0.add(member) }
            member.releasePages()
            progress(position + 1)
        }
        var table = ColumnTable()
        for family in families { family.finish(&table) }
        return table
    }

    /// The scores of this split plan that the evidence does not allow, with the arrays that are missing; `held_out` among them where no
    /// member holds any example out, or none trains on any, and the score is null for every example.
    static func missing(_ evidence: EvidenceSet) -> [(score: ScoreDescription, needs: [EvidenceArray])] {
        var present: Set<Membership> = []
        if evidence.members.contains(where: { $0.heldOutCount > 0 }) { present.insert(.heldOut) }
        if evidence.members.contains(where: { $0.heldOutCount < evidence.count }) { present.insert(.training) }
        // Members that are to come may hold out what these do not.
        if evidence.spec.partial { present = [.heldOut, .training] }
        return ScoreRegistry.families.filter { $0.suits(evidence.spec) }.flatMap { family in
            let absent = family.needs.subtracting(evidence.arrays).sorted { $0.rawValue < $1.rawValue }
            return family.scores.compactMap { score in
                let needs = absent + (family.rests(on: score.name).isSubset(of: present) ? [] : [.heldOut])
                return needs.isEmpty ? nil : (score, needs)
            }
        }
    }
}
