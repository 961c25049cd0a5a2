import Tasks

/// Scores that are computed together because they read the same evidence. A family sees the members one after the
/// other, keeps only sums per example, and makes its columns at the end.
///
/// To add a score: one file with a type that conforms to this, and its name in `ScoreRegistry.families`.
protocol ScoreFamily: Sendable {
    /// What it computes, for the manifest; the columns carry these names.
    static var scores: [ScoreDescription] { get }
    /// Arrays without which it computes nothing.
    static var needs: Set<EvidenceArray> { get }
    /// The split plan without which it computes nothing; nil where any will do.
    static var plan: String? { get }
    /// From which members it learns something about an example: a score without any of them is null for every example.
    static func rests(on score: String) -> Set<Membership>
    /// Those of its scores in which a wrong label shows: what planted labels measure.
    static var noiseSensitive: Set<String> { get }

    init(_ evidence: EvidenceSet, _ job: JobFacts)

    /// Takes in one member. Members come in the order of the plan.
    mutating func add(_ member: MemberEvidence)

    /// Appends its columns behind those of the families before it.
    func finish(_ table: inout ColumnTable)
}

/// What an example is to a member.
enum Membership: Sendable, Hashable {
    /// The member trains on it.
    case training
    /// The member holds it out.
    case heldOut
}

extension ScoreFamily {
    static var noiseSensitive: Set<String> { [] }

    static var plan: String? { nil }

    /// Whether the members of a job are split as it needs them.
    static func suits(_ spec: ScoreSpec) -> Bool { plan == nil || plan == spec.plan.name }

    /// Training dynamics are those of members that train on an example; finished networks are asked about what they
    /// never saw.
    static func rests(on score: String) -> Set<Membership> {
        let dynamics: Set<EvidenceArray> = [.correct, .pLabel, .margin]
        return needs.isDisjoint(with: dynamics) ? [.heldOut] : [.training]
    }
}

/// What holds for the whole job, whichever of its members are reduced.
struct JobFacts: Sendable {
    /// The epoch at which label quality is judged; nil without snapshots.
    let tStar: TStar?
    let duplicates: Duplicates

    init(_ evidence: EvidenceSet) throws {
        tStar = try TStar(evidence)
        duplicates = Duplicates(evidence)
    }
}
