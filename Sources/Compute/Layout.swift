internal import COneDNN
import Recipes

/// Shape, memory order and precision of a tensor: logical dimensions plus where each element lies.
///
/// oneDNN 2.6 describes this by a value struct, 3.x by an opaque handle; nothing outside this type sees either.
public struct Layout: Equatable, CustomStringConvertible {
    var descriptor: dnnl_memory_desc_t
    /// Logical dimensions, outermost first (images: N, C, H, W; weights: O, I, H, W).
    public let dimensions: [Int]

    /// Elements in plain row-major order.
    public static func rowMajor(_ dimensions: [Int], _ precision: Precision = .f32) throws(ComputeError) -> Layout {
        let tags = [dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd]
        guard tags.indices.contains(dimensions.count - 1) else {
            throw .library(
                status: dnnl_invalid_arguments.rawValue,
                operation: "describe a tensor of shape \(dimensions)"
            )
        }
        return try Layout(dimensions, tag: tags[dimensions.count - 1], precision)
    }

    /// Images N x C x H x W with channels in blocks of eight: image, channel / 8, row, column, channel % 8; of sixteen
    /// in bfloat16. C must be a multiple of that.
    public static func blockedChannels(
        _ dimensions: [Int],
        _ precision: Precision = .f32
    ) throws(ComputeError) -> Layout {
        guard dimensions.count == 4, dimensions[1] % precision.channelBlock == 0 else {
            throw .library(status: dnnl_invalid_arguments.rawValue, operation: "block the channels of \(dimensions)")
        }
        return try Layout(dimensions, tag: precision == .f32 ? dnnl_aBcd8b : dnnl_aBcd16b, precision)
    }

    /// A matrix of the given logical shape that is stored by columns, i.e. the transpose of a row-major matrix.
    public static func columnMajor(
        rows: Int,
        columns: Int,
        _ precision: Precision = .f32
    ) throws(ComputeError) -> Layout {
        try Layout([rows, columns], tag: dnnl_ba, precision)
    }

    /// The library picks the order: blocked by SIMD width where that is fastest. A tensor cannot be made of it; an
    /// `Operation` compiled with it says what was picked.
    public static func any(_ dimensions: [Int], _ precision: Precision = .f32) throws(ComputeError) -> Layout {
        try Layout(dimensions, tag: dnnl_format_tag_any, precision)
    }

    private init(_ dimensions: [Int], tag: dnnl_format_tag_t, _ precision: Precision) throws(ComputeError) {
        let type = precision == .f32 ? dnnl_f32 : dnnl_bf16
        var descriptor = dnnl_memory_desc_t()
        let status = dimensions.map(Int64.init).withUnsafeBufferPointer {
            dnnl_memory_desc_init_by_tag(&descriptor, Int32(dimensions.count), $0.baseAddress, type, tag)
        }
        try check(status, "describe a tensor of shape \(dimensions)")
        self.descriptor = descriptor
        self.dimensions = dimensions
    }

    init(_ descriptor: dnnl_memory_desc_t) {
        self.descriptor = descriptor
        let count = Int(descriptor.ndims)
        self.dimensions = withUnsafeBytes(of: descriptor.dims) { bytes in
            Array(bytes.bindMemory(to: Int64.self).prefix(count)).map(Int.init)
        }
    }

    /// Bytes of a buffer in this layout, padding of blocked dimensions included.
    public var byteCount: Int {
        withUnsafePointer(to: descriptor) { dnnl_memory_desc_get_size($0) }
    }

    /// What the elements are.
    public var precision: Precision { descriptor.data_type == dnnl_bf16 ? .bf16 : .f32 }

    /// Number of elements, without padding.
    public var elementCount: Int { dimensions.reduce(1, *) }

    /// Same shape, same precision and same place for every element.
    public static func == (left: Layout, right: Layout) -> Bool {
        withUnsafePointer(to: left.descriptor) { a in
            withUnsafePointer(to: right.descriptor) { b in dnnl_memory_desc_equal(a, b) != 0 }
        }
    }

    /// Shape and size, for messages.
    public var description: String { "\(dimensions), \(byteCount) bytes" }
}
