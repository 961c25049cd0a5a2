public import Datasets
import Tasks

/// The dataset that the examples of a log belong to.
public struct LogTarget: Sendable {
    /// N.
    let count: Int
    /// Class of each example, -1 where there is none.
    let labels: [Int32]
    /// Class names.
    let classes: [String]
    private let ids: [String]?
    private let sources: [String]

    /// Reads all that will be needed, so that a process may give up the right to open files before it reads a log.
    ///
    /// - Parameter directory: the dataset folder
    public init(directory: String) throws(IngestError) {
        let dataset = try Dataset(directory: directory)
        count = dataset.count
        labels = dataset.labelCodes()
        classes = dataset.manifest.classes
        ids = try dataset.ids(0..<count)
        sources = try dataset.sources(0..<count)
    }

    /// The row of each name: all of them ids of the dataset, or sources, or numbers of rows. Nil where they are none of
    /// these, or not each once.
    func rows(of names: [String]) -> [Int]? {
        guard names.count == count else { return nil }
        let schemes = [ids, sources, (0..<count).map(String.init)].compactMap(\.self)
        for scheme in schemes {
            var rowOf: [String: Int] = [:]
            for (row, name) in scheme.enumerated() { rowOf[name] = row }
            // Of a name that two rows share nobody knows which is meant.
            guard rowOf.count == count else { continue }
            let rows = names.compactMap { rowOf[$0] }
            if rows.count == count, Set(rows).count == count { return rows }
        }
        return nil
    }
}
