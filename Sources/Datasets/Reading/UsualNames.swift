/// Names that columns usually have, in lower case.
package enum UsualNames {
    /// Of columns of labels, in the order in which they are looked for: where a table has several, the earlier one is meant.
    package static let labels = [
        "label", "labels", "target", "targets", "class", "classes", "y", "gold_label", "gold", "ground_truth",
        "true_label",
        "class_label", "classlabel", "label_id", "category", "categories", "species", "sentiment", "intent", "emotion",
        "topic",
        "polarity", "stance", "diagnosis", "annotation",
    ]
    /// Names that labels have in well-known tables; looked for last, and asked back where another column says the same.
    static let outcomes = [
        "label_text", "label_name", "class_name", "target_name", "survived", "outcome", "churn", "churned", "exited",
        "is_fraud", "fraud", "isfraud", "is_spam", "spam",
        "default",
        "default.payment.next.month", "income", "attrition", "variety", "result", "response", "y_true", "is_duplicate",
        "toxic", "defaulted", "purchased", "subscribed", "condition", "quality_label", "genre", "relevance",
    ]
    /// Of columns of ids.
    static let ids: Set<String> = ["id", "ids", "uuid", "guid", "uid"]
    /// Of columns that number the rows.
    static let rowNumbers: Set<String> = [
        "", "unnamed: 0", "unnamed: 0.1", "index", "idx", "row", "row_id", "rowid", "row_number", "rownum", "rownames",
        "no",
        "no.", "nr", "#", "sno", "s.no", "sl_no", "serial",
    ]
    /// Of columns that say which part of a dataset a row belongs to.
    static let splits: Set<String> = [
        "split", "splits", "set", "subset", "partition", "part", "fold", "data_split", "dataset_split", "phase",
        "is_train",
        "is_test", "istrain", "istest", "train_test", "traintest", "usage", "data_type", "dataset", "kfold",
    ]

    /// Whether a name looks like that of a label or of a copy of one: `label_text`, `target_name`, `class.1`, `y_true`.
    static func looksLikeLabel(_ name: String, beside label: String) -> Bool {
        let words = words(of: name)
        if words.contains(where: { ["label", "labels", "target", "class", "gold", "truth", "category"].contains($0) }) {
            return true
        }
        // A one-letter label as "y" is part of too many names.
        let own = Self.words(of: label)
        return label.count > 1 && !own.isEmpty && own.allSatisfy(words.contains)
    }

    /// Whether a name ends as that of ids does: `PassengerId`, `customer_id`, `user ID`.
    static func endsInID(_ name: String) -> Bool {
        if words(of: name).last == "id" { return true }
        return name.hasSuffix("Id") || name.hasSuffix("ID")
    }

    static func words(of name: String) -> [String] {
        name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}
