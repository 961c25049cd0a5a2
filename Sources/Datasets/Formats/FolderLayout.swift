/// What the paths of a picture archive mean: class and split of each picture. Pure; the paths are data.
///
/// A top folder that all pictures share is passed over, as often as there is one. Then `train` and `test` (or the other
/// names in `splitOf`) above the class folders are splits; the next folder is the class, deeper ones mean nothing.
struct FolderLayout: Hashable {
    struct Place: Hashable {
        var className: String
        var isTest: Bool
    }

    /// One a path; nil for a picture that is in no class folder.
    private(set) var places: [Place?]

    static let splitOf: [String: Bool] = [
        "train": false, "training": false, "test": true, "testing": true,
        "val": true, "valid": true, "validation": true,
    ]

    init(paths: [String]) {
        let components = paths.map { $0.split(separator: "/") }
        var depth = 0
        while let top = components.first?.dropFirst(depth).first,
            components.allSatisfy({ $0.count >= depth + 3 && $0[depth] == top })
        {
            depth += 1
        }
        let isSplit =
            components.allSatisfy { $0.count >= depth + 3 && Self.splitOf[$0[depth].lowercased()] != nil }
            && !components.isEmpty
        let classDepth = isSplit ? depth + 1 : depth
        places = components.map { components in
            guard components.count >= classDepth + 2 else { return nil }
            return Place(
                className: String(components[classDepth]),
                isTest: isSplit && Self.splitOf[components[depth].lowercased()] == true
            )
        }
    }
}
