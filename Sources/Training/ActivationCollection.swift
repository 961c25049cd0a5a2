import Compute

/// Where activations of some probes go when a network is run on examples.
public struct ActivationCollection {
    /// Numbers of the probes.
    public let probes: [Int]
    /// For each of them room for a row of its width at every place, of float32 or of the probe's precision; must stay there
    /// as long as it is written to.
    public let destinations: [Rows]
    /// By example, the place of its rows.
    public let places: [Int]

    /// Parameters are those of the properties.
    public init(probes: [Int], destinations: [Rows], places: [Int]) {
        self.probes = probes
        self.destinations = destinations
        self.places = places
    }
}
