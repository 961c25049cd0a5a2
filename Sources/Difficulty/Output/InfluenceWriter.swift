import Arrays
import Files
import Tasks

/// The influence on each example, as four arrays of N x 20: `detail_influence_idx` (i32, -1 where there is none),
/// `_value` and `_se` (f32, NaN there), and `_significant` (u8).
struct InfluenceWriter {
    let evidence: EvidenceSet
    let folder: String
    let files: Files

    /// Writes them where the job allows it.
    ///
    /// - Returns: what was found, or what it would need; nil for members that are folds
    func write() throws -> InfluenceSummary? {
        guard evidence.spec.ratios != nil else { return nil }
        var summary = InfluenceSummary(
            needs: InfluenceTable.objection(evidence),
            members: evidence.members.count,
            pairs: 0,
            significant: 0,
            level: InfluenceTable.level
        )
        guard summary.needs == nil else { return summary }
        let table = InfluenceTable(evidence)
        summary.pairs = table.pairs
        let kept = InfluenceTable.kept
        func open<Element>(_ name: String, _ type: Element.Type) throws -> NPYWriter<Element> {
            try NPYWriter(path: "\(folder)/detail_influence_\(name).npy", shape: [evidence.count, kept], files: files)
        }
        var rows = try open("idx", Int32.self)
        var values = try open("value", Float.self)
        var errors = try open("se", Float.self)
        var flags = try open("significant", UInt8.self)
        for row in 0..<evidence.count {
            let entries = table.largest(on: row)
            let significant = entries.map { table.isSignificant($0) }
            summary.significant += significant.count { $0 }
            func filled<Element>(_ elements: [Element], with empty: Element) -> [Element] {
                elements + Array(repeating: empty, count: kept - elements.count)
            }
            try rows.append(filled(entries.map { Int32($0.row) }, with: -1))
            try values.append(filled(entries.map { Float($0.value) }, with: .nan))
            try errors.append(filled(entries.map { Float($0.standardError) }, with: .nan))
            try flags.append(filled(significant.map { $0 ? UInt8(1) : 0 }, with: 0))
        }
        _ = try rows.finish()
        _ = try values.finish()
        _ = try errors.finish()
        _ = try flags.finish()
        return summary
    }
}
