/// What decides the bits of a training run besides its settings.
public struct EngineIdentity: Codable, Hashable, Sendable {
    /// Version of the training code and of the library below it.
    public var version: String
    /// The instruction set in use, such as `avx2`.
    public var instructionSet: String

    /// - Parameters:
    ///   - version: version of the training code and of the library below it
    ///   - instructionSet: the instruction set in use
    public init(version: String, instructionSet: String) {
        self.version = version
        self.instructionSet = instructionSet
    }
}
