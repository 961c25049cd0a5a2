internal import COneDNN

/// Two-dimensional convolution (cross-correlation) with zero padding: source N x I x H x W, weights O x I x KH x KW,
/// bias O (or none), destination N x O x H' x W'. Compiled with `Layout.any` each operand gets the layout that is fastest.
public struct Convolution: Sendable {
    /// Distance between two outputs, in pixels of the source, both ways.
    public var stride: Int
    /// Zeros around the source on each side, in pixels.
    public var padding: Int

    /// The default keeps the size of the image under a 3 x 3 window.
    public init(stride: Int = 1, padding: Int = 1) {
        self.stride = stride
        self.padding = padding
    }

    /// destination = convolution(source, weights) + bias, then max(0, .) where `relu`.
    public func forward(
        _ engine: Engine,
        source: Layout,
        weights: Layout,
        destination: Layout,
        bias hasBias: Bool = true,
        relu: Bool,
        training: Bool
    ) throws(ComputeError) -> Operation {
        let name = "convolution \(source.dimensions) by \(weights.dimensions)"
        let bias = try Layout.rowMajor([weights.dimensions[0]])
        var description = dnnl_convolution_desc_t()
        let kind = training ? dnnl_forward_training : dnnl_forward_inference
        let status = withDescriptors(source, weights, bias, destination) { s, w, b, d in
            withGeometry { strides, padding in
                dnnl_convolution_forward_desc_init(
                    &description,
                    kind,
                    dnnl_convolution_direct,
                    s,
                    w,
                    hasBias ? b : nil,
                    d,
                    strides,
                    padding,
                    padding
                )
            }
        }
        try check(status, "describe \(name)")
        return try Operation(name, engine: engine, description: &description, attributes: Attributes(fusedReLU: relu))
    }

    /// Gradient of the loss with respect to the source.
    public func sourceGradient(
        of forward: Operation,
        source: Layout,
        weights: Layout,
        destination: Layout
    ) throws(ComputeError) -> Operation {
        let name = "source gradient of \(forward.name)"
        var description = dnnl_convolution_desc_t()
        let status = withDescriptors(source, weights, weights, destination) { s, w, _, d in
            withGeometry { strides, padding in
                dnnl_convolution_backward_data_desc_init(
                    &description,
                    dnnl_convolution_direct,
                    s,
                    w,
                    d,
                    strides,
                    padding,
                    padding
                )
            }
        }
        try check(status, "describe \(name)")
        return try Operation(
            name,
            engine: forward.engine,
            description: &description,
            attributes: Attributes(),
            hint: forward
        )
    }

    /// Gradients of the loss with respect to weights and, where there is one, bias.
    public func weightsGradient(
        of forward: Operation,
        source: Layout,
        weights: Layout,
        destination: Layout,
        bias hasBias: Bool = true
    ) throws(ComputeError) -> Operation {
        let name = "weights gradient of \(forward.name)"
        let bias = try Layout.rowMajor([weights.dimensions[0]])
        var description = dnnl_convolution_desc_t()
        let status = withDescriptors(source, weights, bias, destination) { s, w, b, d in
            withGeometry { strides, padding in
                dnnl_convolution_backward_weights_desc_init(
                    &description,
                    dnnl_convolution_direct,
                    s,
                    w,
                    hasBias ? b : nil,
                    d,
                    strides,
                    padding,
                    padding
                )
            }
        }
        try check(status, "describe \(name)")
        return try Operation(
            name,
            engine: forward.engine,
            description: &description,
            attributes: Attributes(),
            hint: forward
        )
    }

    private func withGeometry<R>(_ body: (UnsafePointer<Int64>, UnsafePointer<Int64>) -> R) -> R {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: 4) { values in
            values[0] = Int64(stride)
            values[1] = Int64(stride)
            values[2] = Int64(padding)
            values[3] = Int64(padding)
            let start = UnsafePointer(values.baseAddress!)
            return body(start, start + 2)
        }
    }
}

/// Four memory descriptors by address, as oneDNN's `*_desc_init` functions take them.
func withDescriptors<R>(
    _ a: Layout,
    _ b: Layout,
    _ c: Layout,
    _ d: Layout,
    _ body: (
        UnsafePointer<dnnl_memory_desc_t>, UnsafePointer<dnnl_memory_desc_t>, UnsafePointer<dnnl_memory_desc_t>,
        UnsafePointer<dnnl_memory_desc_t>
    ) -> R
) -> R {
    withUnsafePointer(to: a.descriptor) { a in
        withUnsafePointer(to: b.descriptor) { b in
            withUnsafePointer(to: c.descriptor) { c in
                withUnsafePointer(to: d.descriptor) { d in body(a, b, c, d) }
            }
        }
    }
}
