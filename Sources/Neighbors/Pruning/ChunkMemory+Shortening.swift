import Compute

extension ChunkMemory {
    /// Shortens all rows to their projections on a few directions fitted to a sample of the references.
    ///
    /// - Parameters:
    ///   - shortWidth: floats in a short row: one direction fewer, and the norm of what they leave out
    ///   - rows: all rows, the references first
    ///   - references: the references
    ///   - isRounded: whether short rows are to be numbers of bfloat16
    /// - Returns: nil where a row is not finite or the directions are no use
    func shortened(to shortWidth: Int, rows: Int, references: Int, isRounded: Bool) throws -> ProjectedRows? {
        let width = source.width
        let sampleRows = Directions.sampleRows(for: shortWidth, references: references)
        let directions: Directions
        do {
            let sample = try FloatMemory(count: sampleRows * width)
            try copy((0..<sampleRows).map { $0 * references / sampleRows }, to: sample.start)
            directions = try Directions(
                most: shortWidth - 1,
                sample: sample.start,
                sampleRows: sampleRows,
                width: width
            )
        }
        guard directions.count > 0, directions.deviation < 0.01 else { return nil }
        let short = try ProjectedRows(
            directions,
            width: shortWidth,
            rows: rows,
            references: references,
            isRounded: isRounded
        )
        for chunk in plan.chunks {
            let loaded = try load(chunk, besides: nil)
            try short.project(chunk.positions, at: loaded.all)
        }
        return short.isFinite ? short : nil
    }
}
