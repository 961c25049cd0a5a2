import Compute
import Recipes

/// The chunks of a search that are in memory: all of them, or two at a time.
final class ChunkMemory<Source: ActivationSource> {
    let plan: ChunkPlan
    let source: Source
    private let places: [LoadedChunk]

    /// - Parameters:
    ///   - precision: of the rows in memory: float32 or that of the source
    ///   - inPlace: leaves rows where they are if they are in memory already, as they are; blocks are not padded then
    init(plan: ChunkPlan, source: Source, precision: Precision = .f32, inPlace: Bool = false) throws {
        self.source = source
        if inPlace, let base = source.base {
            self.plan = plan.resident
            places = self.plan.chunks.map {
                LoadedChunk(
                    $0,
                    at: base,
                    width: source.width,
                    precision: source.precision,
                    capacity: ChunkPlan.padded($0.positions.count, to: plan.blockRows)
                )
            }
            return
        }
        self.plan = plan
        let sizes = plan.chunks.map(\.positions.count)
        let kept = plan.isResident ? sizes : Array(repeating: sizes.max() ?? 0, count: 2)
        places = try kept.map {
            try LoadedChunk(
                rows: ChunkPlan.padded($0, to: plan.blockRows),
                width: source.width,
                precision: precision
            )
        }
    }

    /// Brings a chunk into memory without displacing `other`.
    func load(_ chunk: Chunk, besides other: LoadedChunk?) throws -> LoadedChunk {
        let loaded =
            if plan.isResident, let place = plan.chunks.firstIndex(of: chunk) {
                places[place]
            } else {
                places[0] === other ? places[1] : places[0]
            }
        try loaded.load(chunk, from: source)
        return loaded
    }

    /// Writes rows as float32, from memory where all are there, else as the source has them.
    func copy(_ positions: some RandomAccessCollection<Int>, to destination: UnsafeMutablePointer<Float>) throws {
        let rows = Rows(destination, width: source.width)
        guard plan.isResident else { return try source.copy(positions, to: rows) }
        let chunks = try plan.chunks.map { try load($0, besides: nil) }
        for (place, position) in positions.enumerated() {
            guard let loaded = chunks.first(where: { $0.chunk?.positions.contains(position) == true }) else {
                preconditionFailure("no chunk has row \(position)")
            }
            rows.set(place, to: loaded.start(of: position), of: loaded.precision)
        }
    }

    /// Brings every pair of a chunk of references and a chunk of rows into memory, each pair of chunks of references
    /// once.
    ///
    /// - Parameter body: called with the rows and the references.
    func forEachPair(_ body: (LoadedChunk, LoadedChunk) throws -> Void) throws {
        for (index, columns) in plan.chunks.enumerated() where columns.isReference {
            let loadedColumns = try load(columns, besides: nil)
            for chunk in plan.chunks[index...] {
                let loadedRows = chunk == columns ? loadedColumns : try load(chunk, besides: loadedColumns)
                try body(loadedRows, loadedColumns)
            }
        }
    }
}
