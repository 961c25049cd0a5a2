internal import COneDNN

/// Fully connected layer: source N x I (or N x C x H x W, flattened in that order), weights O x I (or O x C x H x W),
/// bias O, destination N x O.
public enum InnerProduct {
    /// destination = source * weights^T + bias, then max(0, .) where `relu`.
    public static func forward(
        _ engine: Engine,
        source: Layout,
        weights: Layout,
        destination: Layout,
        relu: Bool,
        training: Bool
    ) throws(ComputeError) -> Operation {
        let name = "inner product \(source.dimensions) by \(weights.dimensions)"
        let bias = try Layout.rowMajor([weights.dimensions[0]])
        var description = dnnl_inner_product_desc_t()
        let kind = training ? dnnl_forward_training : dnnl_forward_inference
        let status = withDescriptors(source, weights, bias, destination) { s, w, b, d in
            dnnl_inner_product_forward_desc_init(&description, kind, s, w, b, d)
        }
        try check(status, "describe \(name)")
        return try Operation(name, engine: engine, description: &description, attributes: Attributes(fusedReLU: relu))
    }

    /// Gradient of the loss with respect to the source.
    public static func sourceGradient(
        of forward: Operation,
        source: Layout,
        weights: Layout,
        destination: Layout
    ) throws(ComputeError) -> Operation {
        let name = "source gradient of \(forward.name)"
        var description = dnnl_inner_product_desc_t()
        let status = withDescriptors(source, weights, weights, destination) { s, w, _, d in
            dnnl_inner_product_backward_data_desc_init(&description, s, w, d)
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

    /// Gradients of the loss with respect to weights and bias.
    public static func weightsGradient(
        of forward: Operation,
        source: Layout,
        weights: Layout,
        destination: Layout
    ) throws(ComputeError) -> Operation {
        let name = "weights gradient of \(forward.name)"
        let bias = try Layout.rowMajor([weights.dimensions[0]])
        var description = dnnl_inner_product_desc_t()
        let status = withDescriptors(source, weights, bias, destination) { s, w, b, d in
            dnnl_inner_product_backward_weights_desc_init(&description, s, w, b, d)
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
}
