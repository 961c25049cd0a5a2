public import Difficulty
import Experiments
import Foundation
public import Recipes

/// Everything that is known of a training that this program did not do: what a job of kind `log` has in place of settings.
public struct LogSettings: Codable, Hashable, Sendable {
    /// What the log was: `npz` or `cartography`.
    public var format: String
    /// T; 0 without training dynamics.
    public var epochs: Int
    /// How many members in a row hold each example out once; 1 where members are not folds of each other.
    public var folds: Int
    /// Members are `folds` x `repeats`.
    public var repeats: Int
    /// Neighbours that vote at each layer; 0 without layers.
    public var k: Int
    /// Names of the layers, the first that was given first; empty without layers.
    public var probeNames: [String]
    /// When training examples were observed, where the sender said so.
    public var observe: Observation?
    /// What a reader of the scores must know of the log.
    public var notes: [ImportedEvidence.Note]

    enum CodingKeys: String, CodingKey {
        case format, epochs, folds, repeats, k, observe, notes
        case probeNames = "probe_names"
    }

    init(_ log: ImportedEvidence) {
        format = log.format
        epochs = log.epochs
        folds = log.folds
        repeats = log.repeats
        k = log.k
        probeNames = log.probeNames
        observe = log.observe
        notes = log.notes
    }

    /// Reads what the store keeps.
    init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(bytes)) }
}

/// The request for a job of kind `log`, as the store keeps it while the log is being read.
struct LogRequest: Codable, Sendable {
    /// Names the sending, and the folder of its evidence.
    var log: String

    init(log: String) { self.log = log }

    /// Reads what the store keeps.
    init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(bytes)) }
}
