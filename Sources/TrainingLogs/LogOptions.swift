public import Datasets
public import Recipes

/// What the sender of a log may say about it.
public struct LogOptions: Sendable, Hashable {
    /// When training examples were observed: `presentation` (at their mini-batch, before the update) or `evaluation` (in a
    /// pass at the end of the epoch); nil where it is not known.
    public var observe: Observation?
    /// Neighbours that vote at each layer; nil: half the smallest class of at least 10 examples, 5 to 30.
    public var k: Int?
    /// What bounds memory, disk and time.
    public var limits: IngestLimits

    /// Options; everything nil is a log that says all itself.
    public init(observe: Observation? = nil, k: Int? = nil, limits: IngestLimits = IngestLimits()) {
        self.observe = observe
        self.k = k
        self.limits = limits
    }
}
