internal import COneDNN

/// Copying between two layouts of the same shape.
public enum Reorder {
    /// The operation `destination = source`, whatever the two layouts are.
    public static func operation(
        _ engine: Engine,
        from source: Layout,
        to destination: Layout
    ) throws(ComputeError) -> Operation {
        let name = "reorder of \(source.dimensions)"
        let attributes = try Attributes()
        var handle: dnnl_primitive_desc_t?
        let status = withExtendedLifetime(attributes) {
            withDescriptors(source, source, source, destination) { s, _, _, d in
                dnnl_reorder_primitive_desc_create(&handle, s, engine.handle, d, engine.handle, attributes.handle)
            }
        }
        try check(status, "choose an implementation for \(name)")
        guard let handle else {
            throw .library(status: dnnl_unimplemented.rawValue, operation: "choose an implementation for \(name)")
        }
        return Operation(name, engine: engine, handle: handle)
    }
}
