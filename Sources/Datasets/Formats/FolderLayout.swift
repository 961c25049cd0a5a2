import Foundation

/// What the paths of a picture archive mean: class and split of each picture. Pure; the paths are data.
///
/// A top folder that all pictures share is passed over, as often as there is one, and so is a folder that only repeats its
/// parent (`chest_xray/chest_xray`). Then folders whose names all hold a word like `train` or `test` (`seg_train`,
/// `val2017`) are splits; the next folder is the class. Splits below the classes count too; deeper folders mean nothing.
/// Pictures that lie beside the class folders have no class.
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
    /// What each folder means.
    private(set) var folders: [Reading.Folder] = []
    /// Folders that are splits.
    package private(set) var splits: [String] = []
    /// Class folders whose names are those of parts of a dataset, where all are: pictures and what is said of them.
    package private(set) var parts: [String] = []

    /// Whether examples below a folder of this name are test examples. Those for validation are: nobody means them to be
    /// trained on.
    package static let splitOf: [String: Bool] = [
        "train": false, "training": false, "test": true, "testing": true,
        "val": true, "valid": true, "validation": true, "dev": true, "eval": true, "evaluation": true, "holdout": true,
    ]
    /// Words of folders without labels, which stand beside splits.
    private static let unlabelled: Set<String> = [
        "pred", "predict", "prediction", "predictions", "unlabelled", "unlabeled", "unsup", "submission", "extra",
    ]
    /// Names of folders that are no classes where there is no other.
    private static let partNames: Set<String> = [
        "images", "image", "imgs", "img", "jpegimages", "pictures", "photos", "annotations", "annotation", "masks",
        "mask",
        "labels", "label", "segmentation", "segmentations", "bboxes", "data", "raw",
    ]

    /// What a folder's name says of splits: nil where it says nothing.
    private enum Split {
        case train, test, unlabelled

        init?(_ name: some StringProtocol) {
            let words = FolderLayout.words(of: name)
            let splits = words.compactMap { FolderLayout.splitOf[$0] }
            if let isTest = splits.last, Set(splits).count == 1 || splits.count == words.count {
                self = isTest ? .test : .train
            } else if splits.isEmpty, words.contains(where: FolderLayout.unlabelled.contains) {
                self = .unlabelled
            } else {
                return nil
            }
        }
    }

    /// The words of a name: between what is no letter, and where capitals begin (`TrainImages`).
    private static func words(of name: some StringProtocol) -> [String] {
        var words: [String] = []
        var word = ""
        var wasLower = false
        for character in name {
            let startsWord = character.isUppercase && wasLower
            if !character.isLetter || startsWord {
                if !word.isEmpty { words.append(word.lowercased()) }
                word = ""
            }
            if character.isLetter { word.append(character) }
            wasLower = character.isLowercase
        }
        if !word.isEmpty { words.append(word.lowercased()) }
        return words
    }

    package init(paths: [String]) {
        // Folders of one name in two Unicode forms are one folder.
        let whole = paths.map { $0.split(separator: "/").map { String($0).precomposedStringWithCanonicalMapping } }
        let components = whole.map { names in
            names.indices.filter { $0 == 0 || $0 == names.count - 1 || names[$0] != names[$0 - 1] }.map { names[$0] }
        }
        var depth = 0
        // Pictures directly in the folder at this depth have no class; the others tell what their folder is.
        func inner() -> [[String]] { components.filter { $0.count >= depth + 2 } }
        while let top = inner().first?[depth], inner().allSatisfy({ $0[depth] == top }),
            inner().contains(where: { $0.count >= depth + 3 })
        {
            depth += 1
        }
        let names = Set(inner().map { $0[depth] })
        let meaning = Dictionary(uniqueKeysWithValues: names.map { ($0, Split($0)) })
        let isSplit =
            !names.isEmpty && meaning.values.allSatisfy { $0 != nil }
            && meaning.values.contains { $0 == .train }
        let classDepth = isSplit ? depth + 1 : depth
        // cat/train, cat/test: splits below every class.
        let below = Set(components.filter { $0.count >= classDepth + 3 }.map { $0[classDepth + 1] })
        let isSplitBelow =
            !isSplit && below.count > 1 && below.allSatisfy { Self.splitOf[$0.lowercased()] != nil }
            && components.allSatisfy { $0.count < classDepth + 2 || $0.count >= classDepth + 3 }
        places = components.map { components in
            guard components.count >= classDepth + 2 else { return nil }
            var isTest = isSplit && meaning[components[depth]] == .test
            if isSplitBelow { isTest = Self.splitOf[components[classDepth + 1].lowercased()] == true }
            return isSplit && meaning[components[depth]] == .unlabelled
                ? nil : Place(className: components[classDepth], isTest: isTest)
        }
        if isSplit { splits = names.sorted() }
        let classes = Set(places.compactMap { $0?.className })
        if !classes.isEmpty, classes.allSatisfy({ Self.partNames.contains($0.lowercased()) || Split($0) != nil }) {
            parts = classes.sorted()
        }
        list(whole, depth, isSplit ? meaning : [:], places)
    }

    /// Whether a picture without a class folder lies in a split for testing.
    func isTest(_ path: String) -> Bool {
        path.split(separator: "/").dropLast().contains { name in
            splits.contains(String(name).precomposedStringWithCanonicalMapping) && Split(name) == .test
        }
    }

    private mutating func list(_ paths: [[String]], _ depth: Int, _ meaning: [String: Split?], _ places: [Place?]) {
        var seen: Set<String> = []
        for (path, place) in zip(paths, places) {
            for end in 1..<max(1, path.count) {
                let folder = path[..<end].joined(separator: "/")
                guard seen.insert(folder).inserted, folders.count < Reading.most else { continue }
                let name = path[end - 1]
                let isLast = end == path.count - 1
                let role: String =
                    switch meaning[name].flatMap({ $0 }) {
                    case .train: "split:train"
                    case .test: "split:test"
                    case .unlabelled: "unlabelled"
                    case nil: place?.className == name ? "class" : isLast && place == nil ? "unlabelled" : "passed_over"
                    }
                folders.append(Reading.Folder(path: folder, role: role, class: role == "class" ? name : nil))
            }
        }
    }
}
