internal import CKernels

/// Convolution 3 x 3 by Winograd's minimal filtering, perhaps with a bias, a ReLU and the maximum over windows of 2 x 2
/// taken at once: 2.25 times fewer multiplications than the direct sum, with rounding errors of the same size
/// (Lavin and Gray, CVPR 2016). Runs on one thread; oneDNN 2.6 has this only for AVX-512.
///
/// Activations are N x C x H x W with blocked channels. With `pools` the full output is never written: the way back
/// needs no more than which element of each window was the largest.
public struct WinogradConvolution: Sendable {
    /// Images in a batch, channels in and out, rows and columns of an image.
    public let images: Int, inputs: Int, outputs: Int, height: Int, width: Int
    /// Whether max(0, .) is taken of the output.
    public let relu: Bool
    /// Whether windows of 2 x 2 are reduced to their maximum; only with `relu`.
    public let pools: Bool

    /// Whether the engine may use it for so many channels: on one thread, on a processor with AVX2.
    public static func suits(_ engine: Engine, inputs: Int, outputs: Int) -> Bool {
        engine.threads == 1 && ck_is_supported() != 0 && inputs % 16 == 0 && outputs % 16 == 0
    }

    /// - Parameter source: N x C x H x W.
    public init(source: [Int], outputs: Int, relu: Bool = true, pools: Bool) {
        precondition(source.count == 4 && source[1] % 16 == 0 && outputs % 16 == 0 && (relu || !pools))
        images = source[0]
        inputs = source[1]
        height = source[2]
        width = source[3]
        self.outputs = outputs
        self.relu = relu
        self.pools = pools
    }

    /// Dimensions of what `forward` writes.
    public var destination: [Int] {
        pools ? [images, outputs, height / 2, width / 2] : [images, outputs, height, width]
    }

    /// Bytes of the record of winners that `forward` leaves for `backward`; none without pooling.
    public var winnersByteCount: Int { pools ? destination.reduce(1, *) : 0 }

    /// Bytes of scratch memory.
    public var scratchByteCount: Int {
        ck_winograd_scratch(Int32(inputs), Int32(outputs)) * MemoryLayout<Float>.stride
    }

    /// Dimensions of the weights in the form that `forward` and `backward` read.
    public static func transformed(_ weights: [Int]) -> [Int] { [16, weights[0], weights[1]] }

    /// Brings weights (O x I x 3 x 3, row-major) into the forms that `forward` and `backward` read.
    public static func transform(_ weights: Tensor, forward: Tensor, backward: Tensor) {
        let dimensions = weights.layout.dimensions
        ck_winograd_weights(
            weights.address,
            Int32(dimensions[1]),
            Int32(dimensions[0]),
            forward.address,
            backward.address
        )
    }

    /// Computes the destination.
    ///
    /// - Parameters:
    ///   - weights: as transformed for the way forward.
    ///   - bias: nil where there is none.
    ///   - winners: where the record for `backward` goes; nil where there will be none.
    public func forward(
        source: Tensor,
        weights: Tensor,
        bias: Tensor?,
        destination: Tensor,
        winners: Arena.Region?,
        arena: Arena,
        scratch: Arena.Region
    ) {
        ck_winograd_forward(
            shape,
            source.address,
            weights.address,
            bias?.address,
            relu ? 1 : 0,
            pools ? nil : destination.address,
            pools ? destination.address : nil,
            winners.map { arena.address(of: $0).assumingMemoryBound(to: UInt8.self) },
            arena.address(of: scratch).assumingMemoryBound(to: Float.self)
        )
    }

    /// Computes all gradients from that of the destination, whose ReLU (and maximum) is undone here.
    ///
    /// - Parameters:
    ///   - weights: as transformed for the way back.
    ///   - destination: what `forward` wrote.
    ///   - addsToSourceGradient: whether others have left theirs there already, and this one is added.
    ///   - weightsGradient: receives O x I x 3 x 3, row-major.
    public func backward(
        source: Tensor,
        weights: Tensor,
        destination: Tensor,
        winners: Arena.Region?,
        destinationGradient: Tensor,
        sourceGradient: Tensor?,
        addsToSourceGradient: Bool = false,
        weightsGradient: Tensor,
        biasGradient: Tensor?,
        arena: Arena,
        scratch: Arena.Region
    ) {
        ck_winograd_backward(
            shape,
            source.address,
            weights.address,
            destinationGradient.address,
            relu ? destination.address : nil,
            winners.map { UnsafePointer(arena.address(of: $0).assumingMemoryBound(to: UInt8.self)) },
            addsToSourceGradient ? 1 : 0,
            sourceGradient?.address,
            weightsGradient.address,
            biasGradient?.address,
            arena.address(of: scratch).assumingMemoryBound(to: Float.self)
        )
    }

    private var shape: ck_shape {
        ck_shape(
            images: Int32(images),
            in: Int32(inputs),
            out: Int32(outputs),
            height: Int32(height),
            width: Int32(width)
        )
    }
}

/// Weights gradient of a first convolution, for sources of few channels in row-major order, on one thread.
///
/// oneDNN pads such a source to eight channels, which costs eight times the work.
public struct FirstConvolutionGradient: Sendable {
    private let shape: ck_shape

    /// Whether the engine may use it.
    public static func suits(_ engine: Engine, outputs: Int) -> Bool {
        engine.threads == 1 && ck_is_supported() != 0 && outputs % 8 == 0
    }

    /// - Parameter source: N x C x H x W.
    public init(source: [Int], outputs: Int) {
        precondition(source.count == 4 && outputs % 8 == 0)
        shape = ck_shape(
            images: Int32(source[0]),
            in: Int32(source[1]),
            out: Int32(outputs),
            height: Int32(source[2]),
            width: Int32(source[3])
        )
    }

    /// Bytes of scratch memory.
    public var scratchByteCount: Int {
        (Int(shape.height) + 2) * (Int(shape.width) + 2) * MemoryLayout<Float>.stride
    }

    /// Computes the gradients of weights (O x C x 3 x 3, row-major) and bias, undoing the ReLU of the destination
    /// (blocked channels, like its gradient; nil where there was none).
    public func run(
        source: Tensor,
        destination: Tensor?,
        destinationGradient: Tensor,
        weightsGradient: Tensor,
        biasGradient: Tensor?,
        arena: Arena,
        scratch: Arena.Region
    ) {
        ck_first_layer_gradient(
            shape,
            source.address,
            destinationGradient.address,
            destination?.address,
            weightsGradient.address,
            biasGradient?.address,
            arena.address(of: scratch).assumingMemoryBound(to: Float.self)
        )
    }
}

extension Tensor {
    /// The first float; not for views.
    var address: UnsafeMutablePointer<Float> { floats.baseAddress! }
}
