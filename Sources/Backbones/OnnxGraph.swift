/// What is known of an ONNX file without running it: its nodes and outputs, and which tensors end a block of it.
///
/// Only the few fields of `onnx.proto` are read that say so (ModelProto 7; GraphProto 1, 5, 11, 12; NodeProto 1, 2, 4;
/// names of TensorProto and ValueInfoProto); weights are skipped. The file may be anybody's: what does not hold is left out
/// here, and refused by the library when it opens the network.
package struct OnnxGraph {
    package struct Node {
        var operation = ""
        var inputs: [String] = []
        var outputs: [String] = []
    }

    /// In the order of computation, which the format demands.
    package private(set) var nodes: [Node] = []
    /// The outputs that the file declares.
    package private(set) var outputs: [String] = []
    private var inputs: Set<String> = []
    private var constants: Set<String> = []

    /// Whether weights are in files beside it, which are neither sent nor read.
    private(set) var hasOutsideWeights = false

    package init(_ model: [UInt8]) {
        model.withUnsafeBytes { bytes in
            Wire.fields(of: bytes[...]) { number, value in
                if number == 7 { readGraph(value) }
            }
        }
        // What is computed from constants alone, or from a shape, is nothing of the picture.
        inputs.subtract(constants)
        var known = inputs
        for node in nodes where node.operation != "Shape" && node.inputs.contains(where: known.contains) {
            known.formUnion(node.outputs)
        }
        computed = known.subtracting(inputs)
    }

    /// Tensors that depend on the picture.
    private(set) var computed: Set<String> = []

    /// Where blocks end, at most so many of them, evenly spread: the sums of residual networks and transformers; in networks
    /// without such sums the activations.
    package func blocks(atMost count: Int) -> [String] {
        let sums = nodes.filter {
            $0.operation == "Add" && $0.inputs.count == 2 && $0.inputs.allSatisfy(computed.contains)
        }
        let ends = sums.count > 1 ? sums : nodes.filter { Self.activations.contains($0.operation) }
        let names = ends.compactMap(\.outputs.first).filter { computed.contains($0) && !outputs.contains($0) }
        guard names.count > count else { return names }
        return (1...count).map { names[$0 * names.count / count - 1] }
    }

    private static let activations: Set<String> = [
        "Relu", "Clip", "LeakyRelu", "PRelu", "Elu", "Selu", "Gelu", "HardSwish", "Mish", "Softplus", "Tanh", "Sigmoid",
    ]

    /// The bytes of a network with further outputs: a message that follows another of its kind is merged into it, lists
    /// added to lists (Protocol Buffers, "Encoding", "Last One Wins").
    static func adding(_ names: [String], to model: [UInt8]) -> [UInt8] {
        guard !names.isEmpty else { return model }
        let outputs = names.flatMap { Wire.field(12, Wire.field(1, Array($0.utf8))) }
        return model + Wire.field(7, outputs)
    }

    private mutating func readGraph(_ bytes: Wire.Bytes) {
        Wire.fields(of: bytes) { number, value in
            switch number {
            case 1:
                nodes.append(Self.node(value))
                lookForOutsideWeights(inNode: value)
            case 5:
                lookForOutsideWeights(inTensor: value)
                constants.insert(Self.name(value, field: 8))
            case 11: inputs.insert(Self.name(value, field: 1))
            case 12: outputs.append(Self.name(value, field: 1))
            default: break
            }
        }
    }

    /// TensorProto.external_data (13) says where.
    private mutating func lookForOutsideWeights(inTensor bytes: Wire.Bytes) {
        var isOutside = false
        Wire.fields(of: bytes) { number, _ in isOutside = isOutside || number == 13 }
        hasOutsideWeights = hasOutsideWeights || isOutside
    }

    /// Constants are attributes (NodeProto 5) that hold tensors (AttributeProto 5 and 10).
    private mutating func lookForOutsideWeights(inNode bytes: Wire.Bytes) {
        var tensors: [Wire.Bytes] = []
        Wire.fields(of: bytes) { number, attribute in
            guard number == 5 else { return }
            Wire.fields(of: attribute) { number, value in if number == 5 || number == 10 { tensors.append(value) } }
        }
        for tensor in tensors { lookForOutsideWeights(inTensor: tensor) }
    }

    private static func node(_ bytes: Wire.Bytes) -> Node {
        var node = Node()
        Wire.fields(of: bytes) { number, value in
            let text = String(decoding: value, as: UTF8.self)
            switch number {
            case 1: node.inputs.append(text)
            case 2: node.outputs.append(text)
            case 4: node.operation = text
            default: break
            }
        }
        return node
    }

    private static func name(_ bytes: Wire.Bytes, field: Int) -> String {
        var name = ""
        Wire.fields(of: bytes) { number, value in
            if number == field { name = String(decoding: value, as: UTF8.self) }
        }
        return name
    }
}

/// The wire format of Protocol Buffers, as far as `OnnxGraph` needs it: fields that hold bytes.
private enum Wire {
    typealias Bytes = Slice<UnsafeRawBufferPointer>

    /// Gives the fields of a message that hold bytes, in their order, and skips the others; ends at what is none.
    static func fields(of message: Bytes, _ body: (_ number: Int, _ value: Bytes) -> Void) {
        var rest = message
        while let key = varint(&rest) {
            switch key & 7 {
            case 0:
                guard varint(&rest) != nil else { return }
            case 1:
                guard rest.count >= 8 else { return }
                rest = rest.dropFirst(8)
            case 2:
                guard let length = varint(&rest), length <= UInt64(rest.count) else { return }
                body(Int(key >> 3 & 0x1FFF_FFFF), rest.prefix(Int(length)))
                rest = rest.dropFirst(Int(length))
            case 5:
                guard rest.count >= 4 else { return }
                rest = rest.dropFirst(4)
            default: return
            }
        }
    }

    /// A field that holds bytes.
    static func field(_ number: Int, _ value: [UInt8]) -> [UInt8] {
        varint(UInt64(number) << 3 | 2) + varint(UInt64(value.count)) + value
    }

    private static func varint(_ rest: inout Bytes) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
