internal import Glibc

/// A block of floats that may be large, aligned to cache lines. Its content is undefined at first.
///
/// Of pages of the ordinary size: the system clears huge ones anew from memory that a virtual machine has often given back
/// to its host meanwhile, which took a quarter of the time of a small network where it was measured, and spared nothing.
public final class FloatMemory {
    /// The floats; valid while this object lives.
    public let floats: UnsafeMutableBufferPointer<Float>

    /// Allocates room for `count` floats.
    public init(count: Int) throws(ComputeError) {
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, Arena.alignment, bytes) == 0, let memory else {
            throw .outOfMemory(bytes: bytes)
        }
        floats = UnsafeMutableBufferPointer(start: memory.bindMemory(to: Float.self, capacity: count), count: count)
    }

    deinit {
        free(floats.baseAddress)
    }

    /// The first float.
    public var start: UnsafeMutablePointer<Float> { floats.baseAddress! }
}
