public import Files
public import Recipes

/// The `manifest.json` of a member: see `TaskManifest`.
public struct MemberManifest: Codable, Sendable {
    /// What of the specification readers look at; the worker repeats the whole of it.
    public struct Spec: Codable, Sendable {
        /// When training examples were observed; nil where that is not known.
        public var observe: Observation?

        /// - Parameter observe: when training examples were observed
        public init(observe: Observation? = nil) { self.observe = observe }
    }

    /// How well a probe's approximate neighbours agree with the exact ones, on a sample of the examples.
    public struct ProbeAgreement: Codable, Sendable {
        /// The probe.
        public var probe: Int
        /// Examples in the sample.
        public var queries: Int?
        /// Share of equal votes.
        public var votes: Double
        /// Share of equal neighbours.
        public var neighbors: Double

        /// Parameters are those of the properties.
        public init(probe: Int, queries: Int?, votes: Double, neighbors: Double) {
            self.probe = probe
            self.queries = queries
            self.votes = votes
            self.neighbors = neighbors
        }
    }

    /// Version of the evidence arrays; a change of their meaning makes new keys.
    public static let currentEvidenceVersion = 1

    /// Version of the evidence arrays.
    public var evidenceVersion: Int
    /// The member's key.
    public var key: String
    /// Digest and size of each array.
    public var files: [String: FileDigest]
    /// Names of the probes, the input first; nil without probes.
    public var probeNames: [String]?
    /// The probe at which examples are compared without training; nil where it is the first.
    public var baselineProbe: Int?
    /// Neighbours that vote; nil without probes.
    public var k: Int?
    /// Of the probes with approximate neighbours, how well they agree with exact ones.
    public var projected: [ProbeAgreement]?
    /// What came out of the training run.
    public var result: MemberResult
    /// What it was made from.
    public var spec: Spec?

    enum CodingKeys: String, CodingKey {
        case evidenceVersion = "evidence_version"
        case key, files
        case probeNames = "probe_names"
        case baselineProbe = "baseline_probe"
        case k, projected, result, spec
    }

    /// Parameters are those of the properties.
    public init(
        key: String,
        files: [String: FileDigest],
        probeNames: [String]?,
        baselineProbe: Int? = nil,
        k: Int?,
        projected: [ProbeAgreement]? = nil,
        result: MemberResult,
        spec: Spec? = nil
    ) {
        evidenceVersion = Self.currentEvidenceVersion
        self.key = key
        self.files = files
        self.probeNames = probeNames
        self.baselineProbe = baselineProbe
        self.k = k
        self.projected = projected
        self.result = result
        self.spec = spec
    }
}
