import Experiments
public import Recipes
import Tasks

/// In which way a job's networks are trained on its machine, and why.
public struct PathChoice: Codable, Hashable, Sendable {
    /// Who chose.
    public enum Reason: String, Codable, Sendable {
        /// The request.
        case request
        /// The operator.
        case pinned
        /// A measurement on this machine.
        case measured
        /// What the processor has.
        case processor
    }

    /// The way.
    public var path: TrainingPath
    /// Who chose it.
    public var reason: Reason
    /// The processor's own name.
    public var processor: String
    /// Examples a second of all ways that were measured, by their names; nil where none was.
    public var perSecond: [String: Double]?

    enum CodingKeys: String, CodingKey {
        case path, reason, processor
        case perSecond = "per_second"
    }

    /// - Parameters:
    ///   - request: what was asked for of precision and convolutions
    ///   - model: the network
    ///   - shape: of its examples
    init(
        _ request: (precision: Precision?, convolution: ConvolutionImplementation?),
        _ model: ModelSettings,
        on shape: [Int],
        _ catalog: ModelCatalog
    ) {
        processor = catalog.machine?.processor ?? ""
        let all = catalog.paths(of: model, on: shape)
        let open = all.filter { path in
            (request.precision ?? path.precision) == path.precision
                && (request.convolution ?? path.convolution ?? .own) == (path.convolution ?? .own)
        }
        let chosen = catalog.machine?.choice(for: model.name, among: open.map(\.rawValue)).flatMap(TrainingPath.init)
        if open.count > 1, let chosen {
            path = chosen
            perSecond = catalog.machine?.rates(of: model.name)?.perSecond
            reason = perSecond == nil ? .pinned : .measured
        } else if request.precision != nil || request.convolution != nil {
            path = request.precision == .bf16 ? .bf16 : request.convolution == .library ? .f32Library : .f32
            reason = .request
        } else {
            path = open.contains(.bf16) && ModelCatalog.bfloat16ByFeature.contains(model.name) ? .bf16 : .f32
            reason = .processor
        }
    }
}

extension ModelCatalog {
    /// Networks whose scores are as alike between the precisions as between seeds of one
    /// (`Benchmarks/precision_agreement.py`, Benchmarks/results/precision_*.json).
    private static let agreeing: Set = ["cnn", "mlp", "resnet20"]
    /// Those that take bfloat16 where the processor has it and nothing was measured.
    static let bfloat16ByFeature: Set = ["cnn"]
    /// Numbers of an example from which on bfloat16 is thought of for perceptrons.
    private static let wide = 256

    /// In which ways a network can be trained that give the same scores, float32 first.
    ///
    /// - Parameter shape: of its examples
    func paths(of model: ModelSettings, on shape: [Int]) -> [TrainingPath] {
        var paths: [TrainingPath] = [.f32]
        let isTable = ["mlp", "linear"].contains(model.name)
        if !isTable { paths.append(.f32Library) }
        let isWide = shape.reduce(1, *) >= Self.wide && (model.options.hidden?.max() ?? 0) >= Self.wide
        if precisions.contains(.bf16), Self.agreeing.contains(model.name), !isTable || isWide { paths.append(.bf16) }
        return paths
    }
}
