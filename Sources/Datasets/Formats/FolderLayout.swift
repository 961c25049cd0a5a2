/// What the paths of a picture archive mean: class and split of each picture. Pure; the paths are data.
///
/// A top folder that all pictures share is passed over, as often as there is one. Then folders that are all named `train`
/// or `test` (or another name in `splitOf`) are splits; the next folder is the class, deeper ones mean nothing. Pictures
/// that lie beside the class folders have no class.
package struct FolderLayout: Hashable {
    /// Where one picture belongs.
    package struct Place: Hashable {
        package var className: String
        package var isTest: Bool

        package init(className: String, isTest: Bool) {
            self.className = className
            self.isTest = isTest
        }
    }

    /// One a path; nil for a picture that is in no class folder.
    package private(set) var places: [Place?]

    /// Whether examples below a folder of this name are test examples. Those for validation are: nobody means them to be
    /// trained on.
    package static let splitOf: [String: Bool] = [
        "train": false, "training": false, "test": true, "testing": true,
        "val": true, "valid": true, "validation": true,
    ]

    package init(paths: [String]) {
        let components = paths.map { $0.split(separator: "/") }
        var depth = 0
        // Pictures directly in the folder at this depth have no class; the others tell what their folder is.
        func inner() -> [[Substring]] { components.filter { $0.count >= depth + 2 } }
        while let top = inner().first?[depth], inner().allSatisfy({ $0[depth] == top }),
            inner().contains(where: { $0.count >= depth + 3 })
        {
            depth += 1
        }
        let folders = Set(inner().map { $0[depth].lowercased() })
        let isSplit = !folders.isEmpty && folders.allSatisfy { Self.splitOf[$0] != nil }
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
