internal import CKernels
import Recipes

/// Sums and ReLU over whole tensors of equal layout and precision, by own kernels.
public enum Elementwise {
    /// destination = source + skip, then max(0, .) where `relu`.
    public static func forward(source: Tensor, skip: Tensor?, relu: Bool, destination: Tensor) {
        ck_activation_forward(
            source.isBfloat16,
            count(source),
            source.start,
            skip?.start,
            relu ? 1 : 0,
            destination.start
        )
    }

    /// Gradients of source and skip from that of the destination.
    ///
    /// - Parameters:
    ///   - destination: what `forward` wrote; nil where it took no ReLU.
    ///   - sourceGradient: may lie where the gradient of the destination does.
    public static func backward(
        destination: Tensor?,
        destinationGradient: Tensor,
        skipGradient: Tensor?,
        addsToSkipGradient: Bool,
        sourceGradient: Tensor
    ) {
        ck_activation_backward(
            destinationGradient.isBfloat16,
            count(destinationGradient),
            destination?.start,
            destinationGradient.start,
            skipGradient?.start,
            addsToSkipGradient ? 1 : 0,
            sourceGradient.start
        )
    }

    /// The way back through a ReLU, in place: a gradient stays where the output is positive.
    public static func mask(_ gradient: Tensor, where output: Tensor) {
        backward(
            destination: output,
            destinationGradient: gradient,
            skipGradient: nil,
            addsToSkipGradient: false,
            sourceGradient: gradient
        )
    }

    /// destination += source.
    public static func add(_ source: Tensor, to destination: Tensor) {
        ck_add(source.isBfloat16, count(source), source.start, destination.start)
    }

    /// Vectors of 32 bytes in whole cache lines: what lies behind the last element belongs to no one.
    private static func count(_ tensor: Tensor) -> Int { tensor.vectors.count * 2 }
}

extension Tensor {
    /// 1 for bfloat16, 0 for float32, as the kernels take it.
    fileprivate var isBfloat16: Int32 { layout.precision == .bf16 ? 1 : 0 }
}

/// Mean over all pixels of an image: N x C x H x W with blocked channels to N x C, row-major.
public struct AveragePooling: Sendable {
    private let planes: Int32
    private let pixels: Int32

    /// - Parameter source: N x C x H x W; C a multiple of a block of channels.
    public init(source: [Int], precision: Precision = .f32) {
        precondition(source.count == 4 && source[1] % precision.channelBlock == 0)
        planes = Int32(source[0] * source[1] / precision.channelBlock)
        pixels = Int32(source[2] * source[3])
    }

    /// Computes the destination, of the source's precision.
    public func forward(source: Tensor, destination: Tensor) {
        ck_average_forward(source.isBfloat16, planes, pixels, source.start, destination.start)
    }

    /// Computes the gradient of the source.
    public func backward(destinationGradient: Tensor, sourceGradient: Tensor) {
        ck_average_backward(sourceGradient.isBfloat16, planes, pixels, destinationGradient.start, sourceGradient.start)
    }
}

/// Weight standardisation (Qiao, Wang, Liu, Shen and Yuille 2019): the weights of each output are brought to mean 0 and
/// variance 1, with 1e-10 added to the variance as Kolesnikov et al. (2020) do.
public struct WeightStandardization: Sendable {
    private let rows: Int32
    private let columns: Int32

    /// - Parameter weights: O x I x KH x KW.
    public init(weights: [Int]) {
        rows = Int32(weights[0])
        columns = Int32(weights.dropFirst().reduce(1, *))
    }

    /// Standardises; `deviations` receives what the rows were multiplied by, O floats. Tensors are row-major.
    public func forward(weights: Tensor, standardized: Tensor, deviations: Tensor) {
        ck_standardize(rows, columns, weights.address, standardized.address, deviations.address)
    }

    /// Turns the gradient of the standardised weights into that of the weights, in place.
    public func backward(standardized: Tensor, deviations: Tensor, gradient: Tensor) {
        ck_standardize_backward(rows, columns, standardized.address, deviations.address, gradient.address)
    }
}
