/// A way in which a network can be trained: in what elements, and by whose convolutions. Ways differ in their bits, not in what
/// they compute; which is the fastest is a matter of the processor.
public enum TrainingPath: String, Codable, Sendable, Hashable, CaseIterable {
    /// float32, our convolutions where they apply.
    case f32
    /// float32, the library's convolutions.
    case f32Library = "f32_library"
    /// bfloat16.
    case bf16

    /// That of settings.
    public init(_ settings: TrainingSettings) {
        self =
            switch settings.precision {
            case .bf16: .bf16
            case .f32: settings.convolution == .library ? .f32Library : .f32
            }
    }

    /// In what elements.
    public var precision: Precision { self == .bf16 ? .bf16 : .f32 }
    /// By whose convolutions; nil: as where nothing is said.
    public var convolution: ConvolutionImplementation? { self == .f32Library ? .library : nil }
}

/// Whose convolutions of 3 x 3 in float32 a network is computed by.
public enum ConvolutionImplementation: String, Codable, Sendable, Hashable, CaseIterable {
    /// Winograd's algorithm, ours, where it applies.
    case own
    /// The library's.
    case library
}
