internal import COneDNN
import Recipes

/// Elements in a fixed layout: in an arena, or a view of memory that belongs to somebody else.
public final class Tensor {
    /// Shape and memory order.
    public let layout: Layout
    let memory: dnnl_memory_t
    private let engine: Engine
    private let arena: Arena?
    private let region: Arena.Region

    /// A tensor at the beginning of a place in an arena; it has its address once the arena is allocated.
    init(_ layout: Layout, arena: Arena, region: Arena.Region) throws(ComputeError) {
        self.layout = layout
        self.engine = arena.engine
        self.arena = arena
        self.region = Arena.Region(offset: region.offset, byteCount: Arena.roundedUp(layout.byteCount))
        self.memory = try Tensor.memory(layout, engine: arena.engine)
    }

    /// A view of foreign memory, to be pointed at it by `look(at:)`.
    init(viewing layout: Layout, engine: Engine) throws(ComputeError) {
        self.layout = layout
        self.engine = engine
        self.arena = nil
        self.region = Arena.Region(offset: 0, byteCount: layout.byteCount)
        self.memory = try Tensor.memory(layout, engine: engine)
    }

    deinit {
        dnnl_memory_destroy(memory)
    }

    private static func memory(_ layout: Layout, engine: Engine) throws(ComputeError) -> dnnl_memory_t {
        var memory: dnnl_memory_t?
        let status = withUnsafePointer(to: layout.descriptor) {
            // A null handle is DNNL_MEMORY_NONE: the address follows.
            dnnl_memory_create(&memory, $0, engine.handle, nil)
        }
        try check(status, "make a tensor of \(layout)")
        guard let memory else {
            throw .library(status: dnnl_out_of_memory.rawValue, operation: "make a tensor of \(layout)")
        }
        return memory
    }

    func bind(to base: UnsafeMutableRawPointer) throws(ComputeError) {
        try check(dnnl_memory_set_data_handle(memory, base + region.offset), "place a tensor of \(layout)")
    }

    /// Points a view at memory, which must live until the operations that use the view have run. oneDNN takes all
    /// addresses as mutable; it does not write to operands.
    func look(at values: UnsafeRawPointer) throws(ComputeError) {
        precondition(arena == nil, "only a view can be moved")
        try check(
            dnnl_memory_set_data_handle(memory, UnsafeMutableRawPointer(mutating: values)),
            "place a view of \(layout)"
        )
    }

    /// The elements of a float32 tensor as they lie in memory, padding included. Valid while the tensor lives; not for
    /// views.
    public var floats: UnsafeMutableBufferPointer<Float> {
        precondition(layout.precision == .f32, "a tensor of bfloat16 has no floats")
        return UnsafeMutableBufferPointer(
            start: UnsafeMutableRawPointer(vectors.baseAddress!).assumingMemoryBound(to: Float.self),
            count: layout.byteCount / MemoryLayout<Float>.stride
        )
    }

    /// First byte. Valid while the tensor lives; not for views.
    public var start: UnsafeMutableRawPointer { UnsafeMutableRawPointer(vectors.baseAddress!) }

    /// The elements a cache line at a time; what lies between the last element and the end of its line belongs to no
    /// one. Valid while the tensor lives; not for views.
    public var vectors: UnsafeMutableBufferPointer<SIMD16<Float>> {
        guard let arena else { preconditionFailure("a view does not own its elements") }
        return arena.vectors(in: region)
    }

    /// The values in row-major order as float32, without padding. Allocates; not for the inner loop.
    public func rowMajorValues() throws(ComputeError) -> [Float] {
        let temporary = Arena(engine: engine)
        let plain = try temporary.tensor(.rowMajor(layout.dimensions))
        try temporary.allocate()
        try Primitive(
            Reorder.operation(engine, from: layout, to: plain.layout),
            [.source: self, .destination: plain]
        ).run()
        return Array(plain.floats.prefix(layout.elementCount))
    }

    /// Sets all elements from row-major values. Allocates; not for the inner loop.
    public func assign(rowMajor values: [Float]) throws(ComputeError) {
        precondition(values.count == layout.elementCount, "\(values.count) values for a tensor of \(layout)")
        let temporary = Arena(engine: engine)
        let plain = try temporary.tensor(.rowMajor(layout.dimensions))
        try temporary.allocate()
        _ = plain.floats.update(fromContentsOf: values)
        try Primitive(
            Reorder.operation(engine, from: plain.layout, to: layout),
            [.source: plain, .destination: self]
        ).run()
    }
}
