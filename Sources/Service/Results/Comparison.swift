import Arrays
import Datasets
import Difficulty
import Experiments
import Foundation
import Tasks

/// Two jobs side by side: how alike each score ranks the examples that both have, which examples moved most, and what is
/// different between the two.
struct Comparison: Sendable {
    /// Cells that one comparison may rank: what bounds its time (about a second for ten million).
    static let mostCells = 50_000_000
    /// Shares of the hardest examples whose overlap is told.
    private static let shares = [0.01, 0.05]
    private static let listedChanges = 100

    let first: Results
    let second: Results
    /// Rows of both that are the same example.
    let pairs: [(first: Int, second: Int)]
    let isBySource: Bool

    /// - Parameter isBySource: match examples by their source; by row otherwise
    init(_ first: Results, _ second: Results, isBySource: Bool) throws {
        self.first = first
        self.second = second
        self.isBySource = isBySource
        guard isBySource else {
            pairs = (0..<min(first.count, second.count)).map { ($0, $0) }
            return
        }
        let ours = try first.dataset.sources(0..<first.count)
        let theirs = try second.dataset.sources(0..<second.count)
        // A source that several examples have says nothing.
        let rowOf = Dictionary(theirs.enumerated().map { ($1, $0) }, uniquingKeysWith: { _, _ in -1 })
        let times = Dictionary(ours.map { ($0, 1) }, uniquingKeysWith: +)
        pairs = ours.enumerated().compactMap { row, source in
            guard times[source] == 1, let other = rowOf[source], other >= 0 else { return nil }
            return (row, other)
        }
    }

    /// The scores that both jobs have, of the named ones or of all.
    func scores(_ names: [String]?) throws -> [Column] {
        let (ours, theirs) = (try first.requireTable(), try second.requireTable())
        let common = ours.columns.filter { column in
            !column.isCategory && column.name != "planted" && (column.companion ?? "value") == "value"
                && theirs.column(column.name) != nil
        }
        guard let names else { return common }
        for name in names {
            _ = try first.column(name)
            _ = try second.column(name)
        }
        return common.filter { names.contains($0.name) }
    }

    /// - Parameters:
    ///   - scores: what is compared
    ///   - mover: the score whose biggest movers are listed
    ///   - length: how many of them
    func document(_ scores: [Column], movers mover: Column?, length: Int) throws -> JSON {
        .object([
            ("jobs", [Self.side(first), Self.side(second)]),
            (
                "examples",
                [
                    "compared": .int(pairs.count), "matched_by": isBySource ? "source" : "row_idx",
                    "only_first": .int(first.count - pairs.count), "only_second": .int(second.count - pairs.count),
                ]
            ),
            (
                "changes",
                [
                    "settings": try settings(),
                    "dataset": first.about.id == second.about.id
                        ? .null : [.string(first.about.id), .string(second.about.id)],
                    "labels": try labels(),
                ]
            ),
            ("scores", .array(try scores.map(score))),
            ("movers", try mover.map { try movers($0, length: length) } ?? .null),
        ])
    }

    private static func side(_ results: Results) -> JSON {
        [
            "id": .string(results.job.id), "name": .string(results.job.name), "revision": .int(results.revision),
            "partial": .bool(results.job.isPartial), "members": .int(results.job.revisionMembers),
            "dataset": [
                "id": .string(results.about.id), "name": .string(results.about.name),
                "parent": JSON(results.about.parent), "num_examples": .int(results.count),
            ],
        ]
    }

    // MARK: Scores

    private func values(_ column: Column) throws -> (first: [Float], second: [Float]) {
        let ours = try first.requireTable().floats(column.name)
        let theirs = try second.requireTable().floats(column.name)
        // Of a planted label one job says something that the other cannot: it would only be a difference that was made.
        let (planted, otherPlanted) = (try first.planted(), try second.planted())
        func isPlanted(_ pair: (first: Int, second: Int)) -> Bool {
            planted?[pair.first] == 1 || otherPlanted?[pair.second] == 1
        }
        return (
            pairs.map { isPlanted($0) ? .nan : ours[$0.first] }, pairs.map { isPlanted($0) ? .nan : theirs[$0.second] }
        )
    }

    private func score(_ column: Column) throws -> JSON {
        let (ours, theirs) = try values(column)
        let largest = column.higherIsHarder ?? true
        return [
            "name": .string(column.name), "title": JSON(column.title),
            "n": .int(zip(ours, theirs).count { !$0.isNaN && !$1.isNaN }),
            "spearman": JSON(Ranks.spearman(ours, theirs)),
            "top_overlap": .array(
                Self.shares.map { share in
                    [
                        "share": .double(share),
                        "overlap": JSON(Ranks.overlap(ours, theirs, share: share, largest: largest)),
                    ]
                }
            ),
        ]
    }

    /// The examples whose rank changed most, ranks counted from 0 (easiest) to 1 (hardest).
    private func movers(_ column: Column, length: Int) throws -> JSON {
        let (ours, theirs) = try values(column)
        let both = ours.indices.filter { !ours[$0].isNaN && !theirs[$0].isNaN }
        let sign: Float = column.higherIsHarder == false ? -1 : 1
        let last = Double(max(1, both.count - 1))
        let before = Ranks.of(both.map { sign * ours[$0] }).map { ($0 - 1) / last }
        let after = Ranks.of(both.map { sign * theirs[$0] }).map { ($0 - 1) / last }
        let order = both.indices.sorted { a, b in
            let (x, y) = (abs(after[a] - before[a]), abs(after[b] - before[b]))
            return x == y ? a < b : x > y
        }
        return [
            "score": .string(column.name),
            "examples": .array(
                try order.prefix(length).map { at in
                    let pair = pairs[both[at]]
                    return [
                        "source": .string(try first.dataset.source(pair.first)),
                        "row_idx": [.int(pair.first), .int(pair.second)],
                        "label": [
                            JSON(first.dataset.labelName(pair.first)), JSON(second.dataset.labelName(pair.second)),
                        ],
                        "value": [.float(ours[both[at]]), .float(theirs[both[at]])],
                        "rank": [.double(before[at]), .double(after[at])],
                    ]
                }
            ),
        ]
    }

    // MARK: What is different

    private func labels() throws -> JSON {
        let changed = pairs.filter {
            first.dataset.labelName($0.first) != second.dataset.labelName($0.second)
        }
        return [
            "changed": .int(changed.count),
            "examples": .array(
                try changed.prefix(Self.listedChanges).map { pair in
                    [
                        "source": .string(try first.dataset.source(pair.first)),
                        "row_idx": [.int(pair.first), .int(pair.second)],
                        "label": [
                            JSON(first.dataset.labelName(pair.first)), JSON(second.dataset.labelName(pair.second)),
                        ],
                    ]
                }
            ),
        ]
    }

    /// The settings that differ, each by its JSON pointer.
    private func settings() throws -> JSON {
        let (ours, theirs) = (try Self.leaves(first.job.settings), try Self.leaves(second.job.settings))
        return .array(
            Set(ours.keys).union(theirs.keys).sorted().compactMap { pointer in
                let (before, after) = (ours[pointer] ?? .null, theirs[pointer] ?? .null)
                guard before.encoded() != after.encoded() else { return nil }
                return ["pointer": .string(pointer), "values": [before, after]]
            }
        )
    }

    private static func leaves(_ settings: [UInt8]?) throws -> [String: JSON] {
        var leaves: [String: JSON] = [:]
        // None while a job waits for its dataset.
        guard let settings else { return leaves }
        func visit(_ value: JSON, _ pointer: String) {
            guard case .object(let fields) = value else {
                leaves[pointer] = value
                return
            }
            for (name, field) in fields { visit(field, "\(pointer)/\(name)") }
        }
        visit(try JSONDecoder().decode(JSON.self, from: Data(settings)), "")
        return leaves
    }
}
