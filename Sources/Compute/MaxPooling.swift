internal import COneDNN

/// Max-pooling over windows of `size` x `size` that do not overlap; what is left over at an edge is dropped, so
/// H x W becomes floor(H / size) x floor(W / size).
public struct MaxPooling: Sendable {
    /// Side of the window and distance of windows, in pixels.
    public var size: Int

    /// Windows of `size` x `size`.
    public init(size: Int = 2) {
        self.size = size
    }

    /// In training the operation also fills a `workspace` (which element won) for the way back.
    public func forward(
        _ engine: Engine,
        source: Layout,
        destination: Layout,
        training: Bool
    ) throws(ComputeError) -> Operation {
        let name = "max-pooling \(source.dimensions)"
        var description = dnnl_pooling_desc_t()
        let kind = training ? dnnl_forward_training : dnnl_forward_inference
        let status = withDescriptors(source, source, source, destination) { s, _, _, d in
            withGeometry { window, padding in
                dnnl_pooling_forward_desc_init(
                    &description,
                    kind,
                    dnnl_pooling_max,
                    s,
                    d,
                    window,
                    window,
                    padding,
                    padding
                )
            }
        }
        try check(status, "describe \(name)")
        return try Operation(name, engine: engine, description: &description, attributes: Attributes())
    }

    /// Gradient of the loss with respect to the source.
    public func sourceGradient(
        of forward: Operation,
        source: Layout,
        destination: Layout
    ) throws(ComputeError) -> Operation {
        let name = "source gradient of \(forward.name)"
        var description = dnnl_pooling_desc_t()
        let status = withDescriptors(source, source, source, destination) { s, _, _, d in
            withGeometry { window, padding in
                dnnl_pooling_backward_desc_init(&description, dnnl_pooling_max, s, d, window, window, padding, padding)
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
            values[0] = Int64(size)
            values[1] = Int64(size)
            values[2] = 0
            values[3] = 0
            let start = UnsafePointer(values.baseAddress!)
            return body(start, start + 2)
        }
    }
}
