import Recipes

extension Precision {
    /// Whether the processor multiplies such elements itself. oneDNN would otherwise emulate them, slower than float32.
    public var isNative: Bool {
        switch self {
        case .f32: true
        case .bf16: ["avx512_core_bf16", "avx512_core_amx"].contains(Engine.instructionSet)
        }
    }

    /// Bytes of an element.
    public var elementBytes: Int {
        switch self {
        case .f32: 4
        case .bf16: 2
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
