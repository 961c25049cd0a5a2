internal import COneDNN

/// Floats in an arena, in a fixed layout.
public final class Tensor {
    /// Shape and memory order.
    public let layout: Layout
    let memory: dnnl_memory_t
    private let arena: Arena
    private let region: Arena.Region

    init(_ layout: Layout, arena: Arena, region: Arena.Region) throws(ComputeError) {
        self.layout = layout
        self.arena = arena
        self.region = Arena.Region(
            offset: region.offset,
            byteCount: Arena.roundedUp(layout.byteCount)
        )
        var memory: dnnl_memory_t?
        let status = withUnsafePointer(to: layout.descriptor) {
            // A null handle is DNNL_MEMORY_NONE: the address follows when the arena is allocated.
            dnnl_memory_create(&memory, $0, arena.engine.handle, nil)
        }
        try check(status, "make a tensor of \(layout)")
        guard let memory else {
            throw .library(status: dnnl_out_of_memory.rawValue, operation: "make a tensor of \(layout)")
        }
        self.memory = memory
    }

    deinit {
        dnnl_memory_destroy(memory)
    }

    func bind(to base: UnsafeMutableRawPointer) throws(ComputeError) {
        try check(dnnl_memory_set_data_handle(memory, base + region.offset), "place a tensor of \(layout)")
    }

    /// The elements as they lie in memory, padding included. Valid while the tensor lives.
    public var floats: UnsafeMutableBufferPointer<Float> {
        guard let base = arena.base else { preconditionFailure("the arena is not allocated yet") }
        let start = (base + region.offset).assumingMemoryBound(to: Float.self)
        return UnsafeMutableBufferPointer(start: start, count: layout.byteCount / MemoryLayout<Float>.stride)
    }

    /// The elements a cache line at a time; what lies between the last element and the end of its line is zero or
    /// padding.
    public var vectors: UnsafeMutableBufferPointer<SIMD16<Float>> {
        arena.vectors(in: region)
    }

    /// The values in row-major order, without padding. Allocates; not for the inner loop.
    public func rowMajorValues() throws(ComputeError) -> [Float] {
        let temporary = Arena(engine: arena.engine)
        let plain = try temporary.tensor(.rowMajor(layout.dimensions))
        try temporary.allocate()
        try Primitive(
            Reorder.operation(arena.engine, from: layout, to: plain.layout),
            [.source: self, .destination: plain]
        ).run()
        return Array(plain.floats.prefix(layout.elementCount))
    }

    /// Sets all elements from row-major values. Allocates; not for the inner loop.
    public func assign(rowMajor values: [Float]) throws(ComputeError) {
        precondition(values.count == layout.elementCount, "\(values.count) values for a tensor of \(layout)")
        let temporary = Arena(engine: arena.engine)
        let plain = try temporary.tensor(.rowMajor(layout.dimensions))
        try temporary.allocate()
        _ = plain.floats.update(fromContentsOf: values)
        try Primitive(
            Reorder.operation(arena.engine, from: plain.layout, to: layout),
            [.source: plain, .destination: self]
        ).run()
    }
}
