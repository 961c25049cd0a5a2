import Compute
import Recipes

extension NetworkOptions {
    /// Names of those that are set, as requests call them.
    private var set: [String] {
        [
            hidden.map { _ in "hidden" }, channels.map { _ in "channels" }, dense.map { _ in "dense" },
            norm.map { _ in "norm" }, weightStandardization.map { _ in "weight_standardization" },
        ].compactMap { $0 }
    }

    /// What is wrong where options are set that `network` does not take.
    func objection(for network: String, taking known: [String]) -> Network.Objection? {
        guard let foreign = set.first(where: { !known.contains($0) }) else { return nil }
        return Network.Objection(
            option: foreign,
            "\(network) has no \(foreign); it takes \(known.joined(separator: " and "))"
        )
    }

    /// The statistics of a normalisation over `channels`: 32 groups as Wu and He (2018), but never fewer than four
    /// channels in one, of which the smallest images would leave too few pixels.
    func statistics(channels: Int) -> Normalization.Statistics {
        switch norm ?? .group {
        case .batch: .batch
        case .group: .group(channels: max(4, channels / 32))
        }
    }

    /// A convolution without a bias, as a normalisation follows, of side `size`.
    func convolution(_ channels: Int, size: Int = 3, stride: Int = 1) -> Layer.Kind {
        .convolution(
            Layer.Filter(
                channels: channels,
                size: size,
                stride: stride,
                hasBias: false,
                isStandardized: weightStandardization ?? false
            )
        )
    }
}
