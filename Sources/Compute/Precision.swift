/// In what elements activations, their gradients and the weights that operations read are kept.
///
/// Sums are float32 in both, and so are master weights, momenta, gradients of weights, statistics and logits.
public enum Precision: String, Sendable, Hashable, CaseIterable {
    /// IEEE 754 binary32.
    case f32
    /// bfloat16: the upper half of a binary32, 8 bits of significand (a relative rounding error of at most 2^-8).
    case bf16

    /// Whether the processor multiplies such elements itself. oneDNN would otherwise emulate them, slower than float32.
    public var isNative: Bool {
        switch self {
        case .f32: true
        case .bf16: ["avx512_core_bf16", "avx512_core_amx"].contains(Engine.instructionSet)
        }
    }

    /// Channels in a block of own layouts: a vector of the instruction set that the precision needs.
    public var channelBlock: Int {
        switch self {
        case .f32: 8
        case .bf16: 16
        }
    }
}
