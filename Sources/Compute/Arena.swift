internal import COneDNN

/// One block of memory, aligned to cache lines, in which all tensors of a computation lie.
///
/// Places are handed out first (`reserve`), memory is allocated once (`allocate`), and nothing is allocated or moved
/// afterwards. `rewind(to:)` lets computations that never run at the same time share the same bytes: the arena is as
/// large as the largest of them.
public final class Arena {
    /// Bytes of a cache line: every tensor begins at a multiple of it.
    public static let alignment = 64

    /// A place in the arena, in bytes from its beginning.
    public struct Region: Sendable {
        let offset: Int
        /// Bytes of the place, a multiple of `alignment`.
        public let byteCount: Int
    }

    /// The engine for which the tensors are.
    public let engine: Engine
    private var used = 0
    /// Bytes needed by everything reserved so far.
    public private(set) var byteCount = 0
    private var tensors: [Tensor] = []
    private var memory: FloatMemory?

    /// An empty arena for computations on `engine`.
    public init(engine: Engine) {
        self.engine = engine
    }

    /// The place up to which the arena is taken, to come back to with `rewind(to:)`.
    public var mark: Int { used }

    /// Gives the places reserved since `mark` to others as well. The tensors in them stay usable, one user at a time.
    public func rewind(to mark: Int) {
        used = mark
    }

    static func roundedUp(_ byteCount: Int) -> Int {
        (byteCount + alignment - 1) / alignment * alignment
    }

    /// Reserves a place; only before `allocate`.
    public func reserve(byteCount count: Int) -> Region {
        precondition(memory == nil, "the arena is allocated already")
        let size = Arena.roundedUp(count)
        defer {
            used += size
            byteCount = max(byteCount, used)
        }
        return Region(offset: used, byteCount: size)
    }

    /// Reserves places side by side, and tells the place that spans them all.
    public func reserve(_ layouts: [Layout]) -> (all: Region, each: [Region]) {
        let start = used
        let regions = layouts.map { reserve(byteCount: $0.byteCount) }
        return (Region(offset: start, byteCount: used - start), regions)
    }

    /// A tensor in a place of its own.
    public func tensor(_ layout: Layout) throws(ComputeError) -> Tensor {
        try tensor(layout, in: reserve(byteCount: layout.byteCount))
    }

    /// A tensor that begins where `region` does, e.g. one of several that are never alive together.
    public func tensor(_ layout: Layout, in region: Region) throws(ComputeError) -> Tensor {
        precondition(layout.byteCount <= region.byteCount, "a tensor of \(layout) does not fit into its place")
        let tensor = try Tensor(layout, arena: self, region: region)
        tensors.append(tensor)
        return tensor
    }

    /// Allocates the memory, zeroed, and gives every tensor its address.
    public func allocate() throws(ComputeError) {
        precondition(memory == nil, "the arena is allocated already")
        let memory = try FloatMemory(count: byteCount / MemoryLayout<Float>.stride)
        memory.floats.update(repeating: 0)
        self.memory = memory
        for tensor in tensors {
            try tensor.bind(to: UnsafeMutableRawPointer(memory.start))
        }
        // From here on a tensor is kept by whoever uses it; the arena only owns the memory.
        tensors = []
    }

    /// The floats of a region, a cache line at a time, e.g. of a run of parameters that one loop passes over.
    public func vectors(in region: Region) -> UnsafeMutableBufferPointer<SIMD16<Float>> {
        UnsafeMutableBufferPointer(
            start: address(of: region).assumingMemoryBound(to: SIMD16<Float>.self),
            count: region.byteCount / Arena.alignment
        )
    }

    /// First byte of a region.
    func address(of region: Region) -> UnsafeMutableRawPointer {
        guard let memory else { preconditionFailure("the arena is not allocated yet") }
        return UnsafeMutableRawPointer(memory.start) + region.offset
    }
}
