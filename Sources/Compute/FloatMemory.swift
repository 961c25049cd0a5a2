internal import Glibc

/// A block of floats that may be large: aligned to cache lines, and backed by huge pages where the system has them,
/// which spares most of the page faults of a first touch. Its content is undefined at first.
public final class FloatMemory {
    /// The floats; valid while this object lives.
    public let floats: UnsafeMutableBufferPointer<Float>
    /// Bytes of a block of `LargeBlocks`; 0 where it is of the heap.
    private let largeBytes: Int

    /// Allocates room for `count` floats.
    public init(count: Int) throws(ComputeError) {
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        let large = bytes >= LargeBlocks.unit ? LargeBlocks.shared.take(bytes) : nil
        largeBytes = large == nil ? 0 : bytes
        var memory = large
        if memory == nil {
            guard posix_memalign(&memory, Arena.alignment, bytes) == 0, memory != nil else {
                throw .outOfMemory(bytes: bytes)
            }
        }
        floats = UnsafeMutableBufferPointer(start: memory?.bindMemory(to: Float.self, capacity: count), count: count)
    }

    deinit {
        if largeBytes > 0 {
            LargeBlocks.shared.give(start, bytes: largeBytes)
        } else {
            free(floats.baseAddress)
        }
    }

    /// The first float.
    public var start: UnsafeMutablePointer<Float> { floats.baseAddress! }
}
