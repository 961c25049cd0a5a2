import Compute
import Recipes

/// A run of rows that are in memory together, in whole blocks: either references or queries only.
struct Chunk: Hashable {
    let positions: Range<Int>
    let isReference: Bool

    /// Blocks of `blockRows` rows, the last one perhaps shorter.
    func blocks(of blockRows: Int) -> [Range<Int>] {
        stride(from: positions.lowerBound, to: positions.upperBound, by: blockRows).map {
            $0..<min($0 + blockRows, positions.upperBound)
        }
    }
}

/// How the rows of a search are divided so that no more than a budget of memory is taken.
struct ChunkPlan {
    /// Rows of a block: the side of a distance tile.
    let blockRows: Int
    /// References first.
    let chunks: [Chunk]
    /// Whether all chunks are in memory at once; otherwise two are.
    let isResident: Bool
    private let references: Int

    /// Blocks of at most this many rows: a tile of 512 x 512 floats stays in the cache, and 512 rows are enough for a
    /// matrix product at full speed.
    static let largestBlock = 512

    /// - Parameters:
    ///   - rowBytes: of a row
    ///   - budget: bytes of rows that may be in memory at once
    init(references: Int, queries: Int, rowBytes: Int, budget: Int) {
        let blocks = (references + ChunkPlan.largestBlock - 1) / ChunkPlan.largestBlock
        let blockRows = ChunkPlan.padded((references + blocks - 1) / blocks, to: 16)
        let blockBytes = blockRows * rowBytes
        let referenceBlocks = (references + blockRows - 1) / blockRows
        let otherBlocks = (queries - references + blockRows - 1) / blockRows
        isResident = (referenceBlocks + otherBlocks) * blockBytes <= budget
        let chunkRows = isResident ? max(queries, 1) : max(1, budget / 2 / blockBytes) * blockRows
        func divide(_ rows: Range<Int>, isReference: Bool) -> [Chunk] {
            stride(from: rows.lowerBound, to: rows.upperBound, by: chunkRows).map {
                Chunk(positions: $0..<min($0 + chunkRows, rows.upperBound), isReference: isReference)
            }
        }
        self.references = references
        self.blockRows = blockRows
        chunks = divide(0..<references, isReference: true) + divide(references..<queries, isReference: false)
    }

    /// The same with all rows in memory at once.
    var resident: ChunkPlan {
        let rows = chunks.map(\.positions.upperBound).max() ?? 0
        return ChunkPlan(references: references, queries: rows, rowBytes: 1, budget: .max)
    }

    static func padded(_ count: Int, to multiple: Int) -> Int {
        (count + multiple - 1) / multiple * multiple
    }
}

/// A chunk in memory: its rows, zeros up to a whole block, and the squared norm of each row.
final class LoadedChunk {
    private(set) var chunk: Chunk?
    private let memory: FloatMemory?
    private let rows: Rows
    /// Infinite beyond the last row.
    let norms: UnsafeMutablePointer<Float>
    /// Whether `norms` are those of the chunk.
    private(set) var isMeasured = false
    /// All rows rounded to bfloat16, once `round` was called.
    private var rounded: FloatMemory?
    private let capacity: Int
    private var width: Int { rows.width }

    init(rows: Int, width: Int, precision: Precision) throws {
        let memory = try FloatMemory(count: (rows * width * precision.elementBytes + 3) / 4)
        self.memory = memory
        self.rows = Rows(UnsafeMutableRawPointer(memory.start), width: width, precision: precision)
        norms = .allocate(capacity: rows)
        capacity = rows
    }

    /// A chunk that lies in memory already and is neither copied nor padded; norms and rounded rows are.
    init(_ chunk: Chunk, at base: UnsafeRawPointer, width: Int, precision: Precision, capacity: Int) {
        memory = nil
        // Never written: `load` returns at once for the chunk that is here already.
        rows = Rows(UnsafeMutableRawPointer(mutating: base), width: width, precision: precision)
            .from(chunk.positions.lowerBound)
        norms = .allocate(capacity: capacity)
        norms.initialize(repeating: .infinity, count: capacity)
        self.capacity = capacity
        self.chunk = chunk
    }

    /// What the numbers of the rows are.
    var precision: Precision { rows.precision }

    deinit {
        norms.deallocate()
    }

    /// Makes `chunk` the one in memory.
    func load(_ chunk: Chunk, from source: some ActivationSource) throws {
        guard chunk != self.chunk else { return }
        self.chunk = nil
        isMeasured = false
        let count = chunk.positions.count
        try source.copy(chunk.positions, to: rows)
        // Zero is all bits zero in either precision.
        rows[count].initializeMemory(
            as: UInt8.self,
            repeating: 0,
            count: (capacity - count) * width * precision.elementBytes
        )
        norms.update(repeating: .infinity, count: capacity)
        self.chunk = chunk
    }

    /// The squared norms of all rows about `center` (nil: about zero), as rounded to bfloat16 if so asked.
    ///
    /// - Parameter error: told of each position the norm of what rounding leaves out.
    func measure(about center: UnsafePointer<Float>?, rounded: Bool = false, error: (Int, Double) -> Void = { _, _ in })
    {
        guard let chunk else { return }
        let room = UnsafeMutablePointer<Float>.allocate(capacity: width)
        defer { room.deallocate() }
        for row in 0..<chunk.positions.count {
            let values = rows.floats(row, count: width, in: room)
            if rounded {
                let measure = Rounding.measure(values, about: center, count: width)
                norms[row] = Float(measure.squaredNorm)
                error(chunk.positions.lowerBound + row, measure.squaredError.squareRoot())
                continue
            }
            norms[row] = Float(Distances.squaredNorm(values, about: center, width: width))
        }
        isMeasured = true
    }

    /// Keeps all rows about `center` rounded to bfloat16 as well, so that each is rounded once and not for every tile.
    func round(about center: UnsafePointer<Float>?) throws {
        guard let chunk else { return }
        let memory = try rounded ?? FloatMemory(count: (capacity * width + 1) / 2)
        rounded = memory
        let start = UnsafeMutableRawPointer(memory.start).assumingMemoryBound(to: UInt16.self)
        let room = try FloatMemory(count: width)
        let count = chunk.positions.count
        for row in 0..<count {
            Rounding.round(
                rows.floats(row, count: width, in: room.start),
                about: center,
                count: width,
                into: start + row * width
            )
        }
        (start + count * width).update(repeating: 0, count: (capacity - count) * width)
    }

    /// The rounded rows from a position on; nil where they are not kept.
    func roundedRows(from position: Int) -> UnsafeRawPointer? {
        rounded.map { UnsafeRawPointer($0.start) + place(of: position) * width * 2 }
    }

    /// First number of the row at a position.
    func start(of position: Int) -> UnsafeMutableRawPointer { rows[place(of: position)] }

    /// The row at a position as floats: where it is, or in `room`, which is then written.
    func floats(of position: Int, in room: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
        rows.floats(place(of: position), count: width, in: room)
    }

    /// The rows from the first one on.
    var all: Rows { rows }

    /// The rows from that at a position on.
    func rows(from position: Int) -> Rows { rows.from(place(of: position)) }

    private func place(of position: Int) -> Int { position - (chunk?.positions.lowerBound ?? 0) }

    /// Norms from the row at a position on.
    func norms(from position: Int) -> UnsafeMutablePointer<Float> {
        norms + place(of: position)
    }
}
