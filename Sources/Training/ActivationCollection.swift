/// Where activations of some probes go when a network is run on examples.
public struct ActivationCollection {
    /// Numbers of the probes.
    public let probes: [Int]
    /// For each of them room for a row of its width at every place; must stay there as long as it is written to.
    public let destinations: [UnsafeMutablePointer<Float>]
    /// By example, the place of its rows.
    public let places: [Int]

    /// Parameters are those of the properties.
    public init(probes: [Int], destinations: [UnsafeMutablePointer<Float>], places: [Int]) {
        self.probes = probes
        self.destinations = destinations
        self.places = places
    }
}
