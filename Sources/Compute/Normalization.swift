internal import CKernels
import Recipes

/// Batch or group normalisation of images N x C x H x W with blocked channels, in one pass with the addition and the
/// ReLU that may follow: max(0, scale * (x - mean) / sqrt(variance + epsilon) + shift + skip).
///
/// Own kernels, because oneDNN 2.6 sums a channel's statistics serially in float32: over a batch of 128 x 16 x 32 x 32
/// (AVX2) its variance is off by 3e-5 and its output by 1e-5, ours, with sums in float64, by 6e-8 (measured against
/// float64; where channels have a mean of ten deviations, 5e-5 and 2e-7). In a network that error turns up magnified:
/// it moves activations across zero, and the ReLU's gradient of each one that crosses is all or nothing. Of ResNet-20's
/// activations on 32 images three crossing ones make the whole difference between PyTorch's float32 gradients and
/// float64, 1e-3; with the signs of float64 it is 1e-6. A hundred times the error crosses a hundred times as often.
public struct Normalization: Sendable {
    /// Over what mean and variance are taken.
    public enum Statistics: Sendable, Hashable {
        /// Each channel over the whole batch in training, running averages in evaluation (Ioffe and Szegedy 2015).
        case batch
        /// That many neighbouring channels of one image at a time (Wu and He 2018).
        case group(channels: Int)
    }

    /// Added to variances, as in PyTorch.
    public static let epsilon: Float = 1e-5
    /// Share of the current batch in the running averages, as in PyTorch.
    public static let momentum: Float = 0.1

    /// Whether max(0, .) is taken at the end.
    public let relu: Bool
    private let shape: ck_normalization

    /// - Parameters:
    ///   - source: N x C x H x W; C a multiple of a block of channels, and of the channels of a group.
    ///   - precision: of source, destination and their gradients; all else is float32.
    ///   - relu: whether max(0, .) is taken at the end.
    public init(_ statistics: Statistics, source: [Int], precision: Precision = .f32, relu: Bool) {
        precondition(source.count == 4 && source[1] % precision.channelBlock == 0)
        let group: Int
        switch statistics {
        case .batch: group = 0
        case .group(let channels):
            precondition(channels > 0 && source[1] % channels == 0)
            group = channels
        }
        self.relu = relu
        shape = ck_normalization(
            images: Int32(source[0]),
            channels: Int32(source[1]),
            pixels: Int32(source[2] * source[3]),
            group: Int32(group),
            bf16: precision == .bf16 ? 1 : 0,
            epsilon: Normalization.epsilon,
            momentum: Normalization.momentum
        )
    }

    /// Bytes of the statistics that `forward` leaves for `backward`.
    public var statisticsByteCount: Int {
        2 * Int(shape.channels) * (shape.group > 0 ? Int(shape.images) : 1) * MemoryLayout<Float>.stride
    }

    /// Bytes of scratch memory.
    public var scratchByteCount: Int { 6 * Int(shape.channels) * MemoryLayout<Double>.stride }

    /// Running averages of a batch normalisation, C each.
    public struct Running {
        /// Of the means.
        public let mean: Tensor
        /// Of the unbiased variances.
        public let variance: Tensor

        /// Parameters are those of the properties.
        public init(mean: Tensor, variance: Tensor) {
            self.mean = mean
            self.variance = variance
        }
    }

    /// Computes the destination.
    ///
    /// - Parameters:
    ///   - skip: what is added before the ReLU, N x C x H x W; nil for nothing.
    ///   - running: updated in training and read in evaluation; nil for groups.
    ///   - statistics: a place for what `backward` reads.
    public func forward(
        source: Tensor,
        scale: Tensor,
        shift: Tensor,
        skip: Tensor?,
        running: Running?,
        training: Bool,
        destination: Tensor,
        statistics: Arena.Region,
        arena: Arena,
        scratch: Arena.Region
    ) {
        precondition(shape.group > 0 || running != nil)
        ck_normalization_forward(
            shape,
            source.start,
            scale.address,
            shift.address,
            skip?.start,
            relu ? 1 : 0,
            training ? 1 : 0,
            running?.mean.address,
            running?.variance.address,
            destination.start,
            arena.address(of: statistics).assumingMemoryBound(to: Float.self),
            arena.address(of: scratch).assumingMemoryBound(to: Double.self)
        )
    }

    /// Computes all gradients from that of the destination.
    ///
    /// - Parameters:
    ///   - destination: what `forward` wrote.
    ///   - skipGradient: receives the gradient of `skip`, added to what is there with `addsToSkipGradient`.
    ///   - sourceGradient: may lie where the gradient of the destination does.
    public func backward(
        source: Tensor,
        scale: Tensor,
        destination: Tensor,
        statistics: Arena.Region,
        destinationGradient: Tensor,
        skipGradient: Tensor?,
        addsToSkipGradient: Bool,
        sourceGradient: Tensor,
        scaleGradient: Tensor,
        shiftGradient: Tensor,
        arena: Arena,
        scratch: Arena.Region
    ) {
        ck_normalization_backward(
            shape,
            source.start,
            relu ? destination.start : nil,
            scale.address,
            arena.address(of: statistics).assumingMemoryBound(to: Float.self),
            destinationGradient.start,
            skipGradient?.start,
            addsToSkipGradient ? 1 : 0,
            sourceGradient.start,
            scaleGradient.address,
            shiftGradient.address,
            arena.address(of: scratch).assumingMemoryBound(to: Double.self)
        )
    }
}
