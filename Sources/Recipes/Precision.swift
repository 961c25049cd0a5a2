/// In what elements activations, their gradients and the weights that operations read are kept.
///
/// Sums are float32 in both, and so are master weights, momenta, gradients of weights, statistics and logits.
public enum Precision: String, Codable, Sendable, Hashable, CaseIterable {
    /// IEEE 754 binary32.
    case f32
    /// bfloat16: the upper half of a binary32, 8 bits of significand (a relative rounding error of at most 2^-8).
    case bf16
}
