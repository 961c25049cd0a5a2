internal import CKernels
internal import COneDNN

/// One CPU engine of oneDNN and the stream on which everything compiled for it runs, in order.
///
/// An engine and whatever is made with it belong to one thread: the OpenMP team size is a property of the calling
/// thread (libgomp), so `init(threads:)` sets it there.
public final class Engine {
    let handle: dnnl_engine_t
    let stream: dnnl_stream_t
    /// Size of the OpenMP team of the thread that made the engine.
    public let threads: Int

    /// Opens the CPU engine and lets the calling thread use a team of `threads` OpenMP threads.
    public init(threads: Int = 1) throws(ComputeError) {
        self.threads = max(1, threads)
        omp_set_num_threads(Int32(self.threads))
        var engine: dnnl_engine_t?
        try check(dnnl_engine_create(&engine, dnnl_cpu, 0), "open the CPU engine")
        guard let engine else { throw .library(status: dnnl_runtime_error.rawValue, operation: "open the CPU engine") }
        var stream: dnnl_stream_t?
        let status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue)
        guard status == dnnl_success, let stream else {
            dnnl_engine_destroy(engine)
            throw .library(status: status.rawValue, operation: "open a stream")
        }
        self.handle = engine
        self.stream = stream
    }

    deinit {
        dnnl_stream_destroy(stream)
        dnnl_engine_destroy(handle)
    }

    /// The instruction set that oneDNN generates code for, e.g. `avx2`: different sets give different bits, so it is
    /// part of what identifies a result.
    public static var instructionSet: String {
        switch dnnl_get_effective_cpu_isa() {
        case dnnl_cpu_isa_sse41: "sse41"
        case dnnl_cpu_isa_avx: "avx"
        case dnnl_cpu_isa_avx2: "avx2"
        case dnnl_cpu_isa_avx2_vnni: "avx2_vnni"
        case dnnl_cpu_isa_avx512_core: "avx512_core"
        case dnnl_cpu_isa_avx512_core_vnni: "avx512_core_vnni"
        case dnnl_cpu_isa_avx512_core_bf16: "avx512_core_bf16"
        case dnnl_cpu_isa_avx512_core_amx: "avx512_core_amx"
        case let other: "isa_\(other.rawValue)"
        }
    }

    /// Why everything is slow on this processor; nil where it has what ours is written for.
    public static var processorWarning: String? {
        guard ck_is_supported() == 0 else { return nil }
        return
            "this processor has no AVX2: our own loops do without vectors of it, and training takes many times as long"
    }

    /// The version of the oneDNN library that is loaded, e.g. `2.6.3`.
    public static var libraryVersion: String {
        guard let version = dnnl_version()?.pointee else { return "unknown" }
        return "\(version.major).\(version.minor).\(version.patch)"
    }
}
