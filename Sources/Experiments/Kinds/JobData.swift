public import Datasets
import Files

/// What a dataset is to a job.
public struct DatasetRole: RawRepresentable, Hashable, Codable, Sendable, ExpressibleByStringLiteral {
    /// Its name in requests and answers.
    public var rawValue: String

    /// The one dataset of a job that has one.
    public static let data: DatasetRole = "data"

    /// - Parameter rawValue: its name in requests and answers
    public init(rawValue: String) { self.rawValue = rawValue }
    /// A role by its name.
    public init(stringLiteral value: String) { rawValue = value }
}

/// A dataset that is ready.
public struct ReadyDataset: Sendable {
    /// Its id.
    public var id: String
    /// What it holds.
    public var manifest: DatasetManifest
    /// Its folder, absolute.
    public var path: String

    /// Where embeddings of datasets stand, absolute: a folder each, by their keys.
    public var embeddings: String

    /// SHA-256 of one of its files.
    ///
    /// - Throws: `ExperimentError.noFile`
    public func digest(_ name: String) throws -> String {
        guard let digest = manifest.files[name]?.sha256 else { throw ExperimentError.noFile(name) }
        return digest
    }
}

/// The datasets of a job, all ready, by their roles.
public struct JobData: Sendable {
    private let byRole: [DatasetRole: ReadyDataset]

    /// - Parameter byRole: the datasets
    public init(_ byRole: [DatasetRole: ReadyDataset]) { self.byRole = byRole }

    /// The dataset in a role.
    ///
    /// - Throws: `LibraryError.noDataset` where there is none
    public subscript(_ role: DatasetRole) -> ReadyDataset {
        get throws {
            guard let dataset = byRole[role] else { throw LibraryError.noDataset("in the role \(role.rawValue)") }
            return dataset
        }
    }
}
