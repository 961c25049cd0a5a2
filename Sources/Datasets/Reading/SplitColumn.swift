/// A column that says which rows are for testing.
enum SplitColumn {
    /// What each value says; nil where they are not all the names of splits, or none is of training.
    static func isTest(_ values: Set<String>) -> [String: Bool]? {
        guard (2...8).contains(values.count) else { return nil }
        var meaning: [String: Bool] = [:]
        for value in values {
            guard let isTest = FolderLayout.splitOf[value.lowercased()] else { return nil }
            meaning[value] = isTest
        }
        return meaning.values.contains(false) ? meaning : nil
    }

    /// The same of a column called `is_test` or `is_train`.
    static func isTest(_ values: Set<String>, named name: String) -> [String: Bool]? {
        if let meaning = isTest(values) { return meaning }
        let words = UsualNames.words(of: name)
        let isAboutTest = words == ["is", "test"] || words == ["istest"] || words == ["test"]
        guard isAboutTest || words == ["is", "train"] || words == ["istrain"] || words == ["train"] else { return nil }
        var meaning: [String: Bool] = [:]
        for value in values {
            switch value.lowercased() {
            case "true", "1", "1.0", "yes", "t", "y": meaning[value] = isAboutTest
            case "false", "0", "0.0", "no", "f", "n": meaning[value] = !isAboutTest
            default: return nil
            }
        }
        return meaning.values.contains(false) ? meaning : nil
    }
}
