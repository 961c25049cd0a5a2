import Arrays

/// The arrays of an NPZ log by what they are, whatever they are called in the archive.
struct LogNames {
    /// What a log may hold beside its layers, each with the names that it is found under.
    private static let known: [(array: String, names: [String])] = [
        ("labels", ["labels", "y", "gold"]), ("classes", ["classes"]), ("ids", ["ids", "id", "index", "guid"]),
        ("sources", ["source", "sources"]), ("held_out", ["held_out"]), ("epochs", ["epochs"]),
        ("learning_rate", ["learning_rate"]), ("init_pred", ["init_pred"]), ("correct", ["correct"]),
        ("pred", ["pred"]), ("p_label", ["p_label"]), ("margin", ["margin"]), ("loss", ["loss"]), ("p_sq", ["p_sq"]),
        ("logits", ["logits"]), ("final_logits", ["final_logits"]), ("final_pred", ["final_pred"]),
        ("pred_probs", ["pred_probs", "heldout_probs"]),
    ]

    /// Arrays that say something that a score can be made from.
    static let evidence = [
        "correct", "pred", "p_label", "margin", "loss", "logits", "final_logits", "final_pred", "pred_probs",
    ]

    /// Name in the archive of each array that is there.
    private(set) var members: [String: String] = [:]
    /// Layers in order: their names for people, and in the archive.
    private(set) var layers: [(name: String, member: String)] = []
    /// What is not used.
    private(set) var unused: [String] = []

    init(_ reader: NPZReader) throws(LogError) {
        let prefix = Self.sharedFolder(reader.names)
        var numbered: [(number: Int, name: String, member: String)] = []
        var named: [(name: String, member: String)] = []
        for member in reader.names {
            let name = String(member.dropFirst(prefix.count))
            if let entry = Self.known.first(where: { $0.names.contains(name) }) {
                if let other = members.updateValue(member, forKey: entry.array) {
                    throw LogError(entry.array, expected: "one array", got: "both \(other) and \(member)")
                }
            } else if let match = name.wholeMatch(of: /(?:layer|embedding)_([0-9]{1,4})/), let number = Int(match.1) {
                numbered.append((number, name, member))
            } else if let match = name.wholeMatch(of: /(?:layers|embeddings)\/(.+)/) {
                named.append((String(match.1), member))
            } else {
                unused.append(name)
            }
        }
        if !numbered.isEmpty, !named.isEmpty {
            throw LogError(
                "the layers",
                expected: "numbers (layer_0, layer_1, ...) or names (embeddings/NAME), which decide their order",
                got: "\(numbered[0].name) and \(named[0].name)"
            )
        }
        layers = numbered.sorted { $0.number < $1.number }.map { ($0.name, $0.member) } + named
        if layers.isEmpty, !Self.evidence.contains(where: { members[$0] != nil }) {
            let found = reader.names.prefix(8).joined(separator: ", ")
            throw LogError(
                "the log",
                expected:
                    "at least one of the arrays \(Self.evidence.joined(separator: ", ")), or layer_0, layer_1, ...",
                got: found.isEmpty ? "no arrays" : found
            )
        }
    }

    subscript(array: String) -> String? { members[array] }

    func has(_ array: String) -> Bool { members[array] != nil }

    /// The folder that all members of the archive are in, with its slash: that of a ZIP of a folder of NPY files.
    private static func sharedFolder(_ names: [String]) -> String {
        guard let first = names.first, let slash = first.firstIndex(of: "/") else { return "" }
        let folder = String(first[...slash])
        guard folder != "layers/", folder != "embeddings/" else { return "" }
        return names.allSatisfy { $0.hasPrefix(folder) } ? folder : ""
    }
}
