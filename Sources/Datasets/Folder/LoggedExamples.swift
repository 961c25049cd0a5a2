import Files

/// The examples of a training log: labels and names, and nothing to train on. As a dataset folder they have zero columns
/// of features.
package struct LoggedExamples {
    /// Class of each example, -1 where there is none.
    package var labels: [Int32]
    /// Class names.
    package var classes: [String]
    /// What each example is called in rows and exports.
    package var sources: [String]
    /// The sender's names, where the log has any.
    package var ids: [String]?

    /// Parameters are those of the properties.
    package init(labels: [Int32], classes: [String], sources: [String], ids: [String]?) {
        self.labels = labels
        self.classes = classes
        self.sources = sources
        self.ids = ids
    }

    /// Writes the dataset folder, its manifest last.
    ///
    /// - Parameters:
    ///   - format: what the log was
    ///   - output: an existing, empty folder
    /// - Throws: `IngestError.files` where the disk refuses
    @discardableResult
    package func write(
        format: String,
        to output: String,
        files: Files = .live
    ) throws(IngestError) -> DatasetManifest {
        let context = IngestContext(options: IngestOptions(), output: output, files: files) { _ in }
        let parsed = ParsedDataset(
            format: format,
            examples: .features(columns: 0, values: []),
            labels: LabelColumn(codes: labels, classes: classes),
            isTest: Array(repeating: false, count: labels.count),
            sources: sources,
            ids: ids
        )
        return try DatasetFolderWriter(parsed, context).write()
    }
}
