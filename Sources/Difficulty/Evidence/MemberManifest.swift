/// What the reductions read of a member's `manifest.json`; the worker writes more.
struct MemberManifest: Decodable, Sendable {
    struct Result: Decodable, Sendable {
        var fit: Double?
        var trainAccuracy: [Double?]?
        var heldoutAccuracy: [Double?]?
        var trainLoss: [Double?]?
        var heldoutLoss: [Double?]?
        var learningRate: [Double?]?
        var seconds: [String: Double]?

        enum CodingKeys: String, CodingKey {
            case fit, seconds
            case trainAccuracy = "train_accuracy"
            case heldoutAccuracy = "heldout_accuracy"
            case trainLoss = "train_loss"
            case heldoutLoss = "heldout_loss"
            case learningRate = "learning_rate"
        }
    }

    struct Spec: Decodable, Sendable {
        var observe: String?
    }

    /// How well a probe's approximate neighbours agree with the exact ones, on a sample.
    struct ProbeAgreement: Decodable, Sendable {
        var probe: Int
        var votes: Double
        var neighbors: Double
    }

    /// Only the names matter here.
    struct AnyFile: Decodable, Sendable {}

    var files: [String: AnyFile]
    var probeNames: [String]?
    var k: Int?
    var projected: [ProbeAgreement]?
    var result: Result?
    var spec: Spec?

    enum CodingKeys: String, CodingKey {
        case files, k, projected, result, spec
        case probeNames = "probe_names"
    }
}
