import Arrays
import Datasets
import Difficulty
import Experiments
import Files
import Foundation
import Tasks

/// Everything about one example: its scores, its votes layer by layer, its learning curve, its nearest neighbours, and
/// the sentence that says why. Each part is one read of one row of an array.
struct ExampleReport: Sendable {
    var results: Results
    var row: Int
    /// Names of the probes, the input first.
    var probeNames: [String]
    var files: OpenFiles
    /// Index and folder of each member that the scores rest on.
    var members: [(index: Int, folder: String)]

    private var manifest: DatasetManifest { results.dataset.manifest }
    private var classes: [String] { manifest.classes }

    func document() throws -> JSON {
        let dataset = results.dataset
        let data = "/v1/datasets/\(results.about.id)/examples/\(row)"
        let isImages = manifest.showsPictures
        var fields: [(String, JSON)] = [
            ("row_idx", .int(row)), ("source", .string(try dataset.source(row))), ("id", JSON(try dataset.id(row))),
            ("split", .string(dataset.split(row).rawValue)),
            ("label", JSON(dataset.labelName(row))), ("suggested_label", try category("suggested_label")),
            ("group", try category("group")), ("issue_type", try category("issue_type")),
            ("review", JSON(results.reviews.byRow[row])),
            ("planted", .bool(try results.isPlanted(row))), ("partial", .bool(results.job.isPartial)),
        ]
        if isImages {
            let size = try dataset.pictureSize(row)
            fields.append(
                ("image", ["src": .string("\(data)/image"), "width": .int(size.width), "height": .int(size.height)])
            )
        } else {
            fields += [
                ("image", .null), ("text", JSON(try dataset.text(row))),
                ("features", .array((dataset.features(row) ?? []).map { .float($0) })),
            ]
        }
        if results.table != nil {
            fields += [
                ("why", JSON(try why())), ("scores", try scores()),
                ("consistency_profile", try consistencyProfile()), ("probes", try probes()),
                (
                    "final_predictions",
                    [
                        "heldout": try votes("detail_heldout_final", probe: 0, of: 1),
                        "train": try votes("detail_train_final", probe: 0, of: 1),
                    ]
                ), ("learning_curve", try learningCurve()), ("neighbors", try neighbors()),
                ("influence", try influence()), ("influence_needs", JSON(try influenceNeeds())),
            ]
        } else {
            fields += [
                ("why", .null), ("scores", .object([])), ("consistency_profile", .null), ("probes", []),
                ("final_predictions", .null),
                ("learning_curve", .null), ("neighbors", []), ("influence", .null),
                ("influence_needs", "No network has finished yet."),
            ]
        }
        fields.append(
            (
                "links",
                [
                    "page": .string("/jobs/\(results.job.id)/examples/\(row)"),
                    "job": .string("/v1/jobs/\(results.job.id)"),
                ]
            )
        )
        return .object(fields)
    }

    private func path(_ name: String) -> String { "\(results.folder)/\(name)" }

    /// Whether the evidence allowed an array; a training log that was sent in may hold little.
    private func has(_ name: String) -> Bool { Files.live.exists(path("\(name).npy")) }

    private func category(_ name: String) throws -> JSON {
        guard let table = results.table, let column = table.column(name) else { return .null }
        return try table.value(column, row)
    }

    /// Each score with its companions: `{"value", "se", "n", ...}`.
    private func scores() throws -> JSON {
        guard let table = results.table else { return .object([]) }
        var order: [String] = []
        var entries: [String: [(String, JSON)]] = [:]
        var bounds: [String: (lo: JSON, hi: JSON)] = [:]
        for column in table.columns where !column.isCategory && column.name != "planted" {
            let score = column.score ?? column.name
            if entries[score] == nil {
                order.append(score)
                entries[score] = []
            }
            let value = try table.value(column, row)
            switch column.companion {
            case "lo": bounds[score, default: (nil, nil)].lo = value
            case "hi": bounds[score, default: (nil, nil)].hi = value
            default: entries[score]?.append((column.companion ?? "value", value))
            }
        }
        return .object(
            order.map { score in
                var fields = entries[score] ?? []
                if let bounds = bounds[score] { fields.append(("interval", [bounds.lo, bounds.hi])) }
                return (score, .object(fields))
            }
        )
    }

    /// The consistency at each train ratio, ascending; null where the job has none.
    private func consistencyProfile() throws -> JSON {
        guard let table = results.table, let ratios = results.facts.ratios else { return .null }
        return .array(
            try ratios.map { ratio in
                let name = ScoreManifest.consistencyColumn(at: ratio)
                func value(_ companion: String) throws -> JSON {
                    try table.column(name + companion).map { try table.value($0, row) } ?? .null
                }
                return [
                    "train_ratio": .double(ratio), "value": try value(""), "n": try value("_n"),
                    "se": try value("_se"), "interval": [try value("_lo"), try value("_hi")],
                ]
            }
        )
    }

    /// The sentence that says why its scores are as they are.
    func why() throws -> String? {
        let offsets = try files.row(UInt64.self, of: path("why_offsets.npy"), row: 0, count: manifest.numExamples + 1)
        let reader = try files.reader(path("why.bin"))
        let (from, to) = (Int(offsets[row]), Int(offsets[row + 1]))
        guard to > from else { return nil }
        return String(decoding: try reader.read(at: from, count: to - from), as: UTF8.self)
    }

    /// The votes of one probe as `{"cat": 2, "dog": 1}`, the commonest first; classes without a vote are left out.
    private func votes(_ name: String, probe: Int, of probes: Int) throws -> JSON {
        guard has(name) else { return nil }
        let counts = try files.row(
            UInt16.self,
            of: path("\(name).npy"),
            row: row * probes + probe,
            count: classes.count
        )
        return .object(
            counts.indices.filter { counts[$0] > 0 }
                .sorted { (counts[$1], $0) < (counts[$0], $1) }
                .map { (classes[$0], .int(Int(counts[$0]))) }
        )
    }

    private func probes() throws -> JSON {
        .array(
            try probeNames.enumerated().map { probe, name in
                [
                    "probe": .int(probe), "name": .string(name),
                    "heldout_votes": try votes("detail_heldout_votes", probe: probe, of: probeNames.count),
                    "train_votes": try votes("detail_train_votes", probe: probe, of: probeNames.count),
                ]
            }
        )
    }

    private func learningCurve() throws -> JSON {
        let epochs = results.facts.epochs
        guard epochs > 0 else { return nil }
        func curve(_ name: String) throws -> JSON {
            guard has(name) else { return nil }
            return .array(
                try files.row(Float.self, of: path("\(name).npy"), row: row, count: epochs).map { .float($0) }
            )
        }
        let forgotten =
            has("detail_forgotten")
            ? try files.row(UInt16.self, of: path("detail_forgotten.npy"), row: row, count: epochs) : nil
        return [
            "epoch": .array((1...epochs).map { .int($0) }),
            "p_label_train_mean": try curve("detail_curve_p_label_train"),
            "p_label_heldout_mean": try curve("detail_curve_p_label_heldout"),
            "forgotten": forgotten.map { .array($0.map { .int(Int($0)) }) } ?? .null,
        ]
    }

    private static let keptInfluences = 20

    /// The training examples of largest influence, the largest first; null where the job has none.
    private func influence() throws -> JSON {
        guard has("detail_influence_idx") else { return .null }
        func part<Element: ArrayElement>(_ name: String, _ type: Element.Type) throws -> [Element] {
            try files.row(type, of: path("detail_influence_\(name).npy"), row: row, count: Self.keptInfluences)
        }
        let (values, errors) = (try part("value", Float.self), try part("se", Float.self))
        let significant = try part("significant", UInt8.self)
        return .array(
            try part("idx", Int32.self).enumerated().filter { $0.element >= 0 }.map { place, other in
                [
                    "row_idx": .int(Int(other)), "source": .string(try results.dataset.source(Int(other))),
                    "label": JSON(results.dataset.labelName(Int(other))), "value": .float(values[place]),
                    "se": .float(errors[place]), "significant": .bool(significant[place] != 0),
                ]
            }
        )
    }

    /// What the job would need for influence; nil where it has it.
    private func influenceNeeds() throws -> String? {
        if has("detail_influence_idx") { return nil }
        struct Excerpt: Decodable {
            var influence: InfluenceSummary?
        }
        let summary = try JSONDecoder().decode(Excerpt.self, from: Data(try files.whole(path("summary.json"))))
        return summary.influence?.needs
            ?? "influence needs random subsets: \"ensemble\": {\"plan\": \"subsets\", \"ratios\": [0.7], \"runs\": 200}"
    }

    /// The five nearest training examples at each probe, for each member that holds this example out.
    private func neighbors() throws -> JSON {
        var entries: [JSON] = []
        let count = manifest.numExamples
        for member in members where Files.live.exists("\(member.folder)/neighbor_idx.npy") {
            let heldOut = try files.row(UInt8.self, of: "\(member.folder)/held_out.npy", row: 0, count: count)
            guard heldOut[row] == 1 else { continue }
            let place = heldOut[..<row].reduce(0) { $0 + Int($1) }
            let held = heldOut.reduce(0) { $0 + Int($1) }
            for probe in probeNames.indices {
                let indices = try files.row(
                    UInt32.self,
                    of: "\(member.folder)/neighbor_idx.npy",
                    row: probe * held + place,
                    count: 5
                )
                let distances = try files.row(
                    Float.self,
                    of: "\(member.folder)/neighbor_dist.npy",
                    row: probe * held + place,
                    count: 5
                )
                let known = indices.filter { Int($0) < count }
                entries.append([
                    "member": .int(member.index), "probe": .int(probe),
                    "row_idx": .array(known.map { .int(Int($0)) }),
                    "label": .array(known.map { JSON(results.dataset.labelName(Int($0))) }),
                    "distance": .array(distances.prefix(known.count).map { .float($0) }),
                ])
            }
        }
        return .array(entries)
    }
}
