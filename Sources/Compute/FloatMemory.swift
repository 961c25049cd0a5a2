internal import Glibc

/// A block of floats that may be large: aligned to cache lines, and backed by huge pages where the system has them,
/// which spares most of the page faults of a first touch. Its content is undefined at first.
public final class FloatMemory {
    /// The floats; valid while this object lives.
    public let floats: UnsafeMutableBufferPointer<Float>

    /// Bytes of a huge page on x86-64 and aarch64.
    private static let hugePage = 2 << 20

    /// Allocates room for `count` floats.
    public init(count: Int) throws(ComputeError) {
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        let isLarge = bytes >= FloatMemory.hugePage
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, isLarge ? FloatMemory.hugePage : Arena.alignment, bytes) == 0, let memory else {
            throw .outOfMemory(bytes: bytes)
        }
        // Advice: nothing depends on it being taken.
        if isLarge { _ = madvise(memory, bytes, MADV_HUGEPAGE) }
        floats = UnsafeMutableBufferPointer(start: memory.bindMemory(to: Float.self, capacity: count), count: count)
    }

    deinit {
        free(floats.baseAddress)
    }

    /// The first float.
    public var start: UnsafeMutablePointer<Float> { floats.baseAddress! }
}
