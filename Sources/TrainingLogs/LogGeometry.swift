import Arrays
import Datasets
import Tasks

/// How large a log is, from the headers of its arrays: which axis is what, and whether they belong together.
struct LogGeometry {
    /// N.
    let examples: Int
    /// M.
    let members: Int
    /// T; 0 without training dynamics.
    let epochs: Int
    /// C, where an array has a column for each class.
    let classes: (name: String, count: Int)?
    /// The axes of each array by its name, and those of the layers.
    private(set) var axes: [String: ArrayAxes] = [:]

    private static let dynamics = ["correct", "pred", "p_label", "margin", "loss", "p_sq", "logits"]
    /// Epochs are numbered in 16 bits.
    private static let mostEpochs = 65_535
    /// No compression that ZIP knows makes data smaller than this share (deflate, RFC 1951).
    private static let densest = 1_100

    /// - Parameter target: N of the dataset that the log belongs to, where there is one
    init(_ reader: NPZReader, _ names: LogNames, target: Int?, limits: IngestLimits) throws {
        var headers: [String: NPYHeader] = [:]
        for (array, member) in names.members { headers[array] = try Self.header(reader, member, limits) }
        for layer in names.layers { headers[layer.member] = try Self.header(reader, layer.member, limits) }
        let layers = names.layers.map(\.member)

        let examples = try Self.examples(headers, layers: layers, target: target)
        guard examples > 0, examples <= limits.examples else {
            throw LogError("the log", expected: "1 to \(limits.examples) examples", got: "\(examples)")
        }
        var members: (name: String, count: Int)?
        var epochs: (name: String, count: Int)?
        var classes: (name: String, count: Int)?
        func agree(_ known: inout (name: String, count: Int)?, _ name: String, _ count: Int, _ axis: String) throws {
            if let known, known.count != count {
                throw LogError(
                    name,
                    expected: "\(axis) = \(known.count) as in \(known.name)",
                    got: "\(axis) = \(count)"
                )
            }
            known = known ?? (name, count)
        }
        for (array, header) in headers.sorted(by: { $0.key < $1.key }) {
            let found = try Self.axes(array, header, examples: examples, isLayer: layers.contains(array))
            axes[array] = found
            if let count = found.members, array != "pred_probs" { try agree(&members, array, count, "M") }
            if let count = found.epochs { try agree(&epochs, array, count, "T") }
            if Self.hasClasses(array, header) { try agree(&classes, array, header.shape.last ?? 0, "C") }
        }
        self.examples = examples
        self.members = members?.count ?? 1
        self.epochs = epochs?.count ?? 0
        self.classes = classes
        guard (1...JobLimits.mostTasks).contains(self.members) else {
            throw LogError(
                members?.name ?? "the log",
                expected: "1 to \(JobLimits.mostTasks) members",
                got: "\(self.members)"
            )
        }
        guard epochs.map({ (1...Self.mostEpochs).contains($0.count) }) ?? true else {
            throw LogError(
                epochs?.name ?? "the log",
                expected: "1 to \(Self.mostEpochs) observations of each example",
                got: "\(self.epochs)"
            )
        }
        if let classes, !(2...limits.classes).contains(classes.count) {
            throw LogError(classes.name, expected: "2 to \(limits.classes) classes", got: "\(classes.count)")
        }
        guard self.members > 1 else { return }
        for (array, found) in axes where found.members == nil && Self.isOfMembers(array, layers) {
            throw LogError(
                array,
                expected: "an axis of members before the others, M = \(self.members) as in \(members?.name ?? "")",
                got: shapeText(found.shape)
            )
        }
    }

    private static func isOfMembers(_ array: String, _ layers: [String]) -> Bool {
        dynamics.contains(array) || ["held_out", "final_logits", "final_pred"].contains(array) || layers.contains(array)
    }

    /// The header of a member that can be as long as it says: memory and disk are taken by it before the data are read.
    private static func header(_ reader: NPZReader, _ member: String, _ limits: IngestLimits) throws -> NPYHeader {
        let header = try reader.header(member)
        let size = try reader.size(of: member)
        let (most, overflow) = max(size.packed, 1 << 10).multipliedReportingOverflow(by: densest)
        guard let count = header.count, count <= size.unpacked, size.unpacked <= (overflow ? .max : most) else {
            throw LogError(
                member,
                expected: "as many numbers as its shape \(shapeText(header.shape)) promises",
                got: "\(size.packed) bytes in the archive"
            )
        }
        return header
    }

    // MARK: Axes

    /// N, from everything that can only have one number for each example; dynamics alone are T x N.
    private static func examples(_ headers: [String: NPYHeader], layers: [String], target: Int?) throws -> Int {
        var claims: [(name: String, count: Int)] = target.map { [("the dataset", $0)] } ?? []
        for array in ["labels", "ids", "sources"] {
            guard let shape = headers[array]?.shape else { continue }
            guard shape.count == 1 else { throw LogError(array, expected: "shape (N,)", got: shapeText(shape)) }
            claims.append((array, shape[0]))
        }
        for array in ["held_out", "final_pred", "init_pred"] {
            if let count = headers[array]?.shape.last { claims.append((array, count)) }
        }
        for array in ["final_logits", "pred_probs"] {
            if let shape = headers[array]?.shape, shape.count > 1 { claims.append((array, shape[shape.count - 2])) }
        }
        for layer in layers {
            if let count = headers[layer]?.shape.first { claims.append((layer, count)) }
        }
        if let first = claims.first {
            for claim in claims where claim.count != first.count {
                throw LogError(
                    claim.name,
                    expected: "N = \(first.count) examples as in \(first.name)",
                    got: "N = \(claim.count)"
                )
            }
            return first.count
        }
        for array in dynamics {
            guard let shape = headers[array]?.shape, shape.count > 1 else { continue }
            return array == "logits" ? shape[shape.count - 2] : shape[shape.count - 1]
        }
        return 0
    }

    private static func hasClasses(_ array: String, _ header: NPYHeader) -> Bool {
        ["logits", "final_logits", "pred_probs"].contains(array) && header.shape.count > 1
    }

    private static func axes(
        _ array: String,
        _ header: NPYHeader,
        examples: Int,
        isLayer: Bool
    ) throws(LogError) -> ArrayAxes {
        let shape = header.shape
        func wrong(_ expected: String) -> LogError { LogError(array, expected: expected, got: shapeText(shape)) }
        if isLayer {
            guard shape.count >= 2, shape[1...].allSatisfy({ $0 > 0 }) else { throw wrong("shape (N, D)") }
            return ArrayAxes(array, header, example: 0)
        }
        switch array {
        case "labels", "ids", "sources": return ArrayAxes(array, header, example: 0)
        case "classes": return ArrayAxes(array, header)
        case "epochs":
            guard shape.count == 1 else { throw wrong("shape (T,)") }
            return ArrayAxes(array, header, epoch: 0)
        case "learning_rate":
            guard (1...2).contains(shape.count) else { throw wrong("shape (T,) or (M, T)") }
            return ArrayAxes(array, header, member: shape.count == 2 ? 0 : nil, epoch: shape.count - 1)
        case "held_out", "final_pred", "init_pred":
            guard (1...2).contains(shape.count) else { throw wrong("shape (N,) or (M, N)") }
            return ArrayAxes(array, header, member: shape.count == 2 ? 0 : nil, example: shape.count - 1)
        case "final_logits", "pred_probs":
            guard (2...3).contains(shape.count) else { throw wrong("shape (N, C) or (M, N, C)") }
            return ArrayAxes(array, header, member: shape.count == 3 ? 0 : nil, example: shape.count - 2)
        default:
            let columns = array == "logits" ? 1 : 0
            let rank = shape.count - columns
            let letters = columns == 1 ? ", C" : ""
            guard (2...3).contains(rank) else { throw wrong("shape (T, N\(letters)) or (M, T, N\(letters))") }
            let member = rank == 3 ? 0 : nil
            // Where both fit it is T x N, as the documentation says.
            if shape[rank - 1] == examples {
                return ArrayAxes(array, header, member: member, epoch: rank - 2, example: rank - 1)
            }
            guard shape[rank - 2] == examples else {
                throw wrong("shape (T, N\(letters)) with N = \(examples), members before it where there are several")
            }
            return ArrayAxes(array, header, member: member, epoch: rank - 1, example: rank - 2)
        }
    }
}
