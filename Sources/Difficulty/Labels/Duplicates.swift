import Arrays
import Tasks

/// Identical and nearly identical inputs that carry different labels.
struct Duplicates: Sendable {
    struct Conflict: Sendable, Hashable {
        /// The other example.
        let row: Int
        /// Whether the inputs are the same, not only nearly.
        let identical: Bool
    }

    /// The first conflicting example of each example that has one.
    let conflicts: [Int: Conflict]

    /// A nearest neighbour closer than this share of the median distance to the nearest neighbour is the same thing
    /// photographed or typed twice. Evidence holds squared distances.
    private static let nearShare: Float = 0.1

    init(_ evidence: EvidenceSet) {
        var conflicts: [Int: Conflict] = [:]
        let labels = evidence.unplantedLabels
        for (row, other) in Self.nearest(evidence) where labels[row] >= 0 && labels[other] >= 0 {
            if labels[row] != labels[other] { conflicts[row] = Conflict(row: other, identical: false) }
        }
        var groups: [Int32: [Int]] = [:]
        for (row, first) in evidence.data.duplicateOf.enumerated() where labels[row] >= 0 {
            groups[first, default: []].append(row)
        }
        for rows in groups.values where rows.count > 1 {
            for row in rows {
                if let other = rows.first(where: { labels[$0] != labels[row] }) {
                    conflicts[row] = Conflict(row: other, identical: true)
                }
            }
        }
        self.conflicts = conflicts
    }

    /// Pairs of an example and its nearest training example in input space that are almost the same.
    private static func nearest(_ evidence: EvidenceSet) -> [(row: Int, other: Int)] {
        guard evidence.arrays.isSuperset(of: [.neighborIndex, .neighborDistance]) else { return [] }
        var distance = [Float](repeating: .infinity, count: evidence.count)
        var neighbor = [Int](repeating: -1, count: evidence.count)
        for member in evidence.members {
            guard let indices = member.neighborIndex, let distances = member.neighborDistance,
                indices.shape == distances.shape, let width = indices.shape.last, width > 0, indices.count > 0
            else { continue }
            let flags = member.heldOutFlags
            var rank = 0
            for row in 0..<evidence.count where flags[row] != 0 {
                let near = distances.elements[rank * width]
                let other = Int(indices.elements[rank * width])
                if near < distance[row], other < evidence.count { (distance[row], neighbor[row]) = (near, other) }
                rank += 1
            }
            withExtendedLifetime(member) {}
        }
        let known = distance.filter { $0.isFinite }.sorted()
        guard !known.isEmpty else { return [] }
        let limit = nearShare * nearShare * known[known.count / 2]
        return neighbor.indices.filter { neighbor[$0] >= 0 && distance[$0] <= limit }.map { ($0, neighbor[$0]) }
    }
}
