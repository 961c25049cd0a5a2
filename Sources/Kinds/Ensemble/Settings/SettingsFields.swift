import Difficulty
import Experiments
import Recipes
import Service
import Tasks

// The settings of jobs of kind `difficulty`, each declared once: a new one is a property of its type and a line here.

extension TrainingSettings.Schedule: SettingWord {}
extension Precision: SettingWord {}
extension ConvolutionImplementation: SettingWord {}
extension NetworkOptions.Norm: SettingWord {}
extension ScoreOptions.LearnedTarget: SettingWord {}
extension GroupCuts.Rule: SettingWord {}

extension TrainingSettings: SettingsTable {
    /// How members are trained.
    public static let fields: [SettingField<TrainingSettings>] = [
        SettingField("epochs", \.epochs, "Passes over the training set.", .in(1...1_000)),
        SettingField("batch_size", \.batchSize, "Examples a step.", .in(1...4_096)),
        SettingField("learning_rate", \.learningRate, "The highest rate.", .above(0, atMost: 10)),
        SettingField("momentum", \.momentum, "Of SGD, not Nesterov's.", .from(0, below: 1), default: 0.9),
        SettingField(
            "schedule",
            \.schedule,
            """
            How the learning rate goes after the warm-up. one_cycle is PyTorch's OneCycleLR with cosine annealing (div_factor \
            25, final_div_factor 1e4); its rise takes warmup_fraction of the steps, 0.3 by default.
            """
        ),
        SettingField("warmup_fraction", \.warmupFraction, "Share of the steps in which the rate rises.", .in(0...1)),
        SettingField("weight_decay", \.weightDecay, "L2 decay, added to the gradient.", .in(0...1), default: 0),
        SettingField(
            "step_epochs",
            \.stepEpochs,
            "Epochs, from 1, before which the step schedule lowers the rate.",
            also: { settings, pointer, checks in
                let epochs = settings.stepEpochs
                checks.expect(settings.schedule == .step || epochs == nil, pointer, "only with \"schedule\": \"step\"")
                checks.expect(
                    settings.schedule != .step || !(epochs ?? []).isEmpty,
                    pointer,
                    "the step schedule needs the epochs at which the rate drops, such as [10, 20]"
                )
                checks.expect(
                    (epochs ?? []).allSatisfy { $0 >= 1 && $0 <= settings.epochs },
                    pointer,
                    "each from 1 to the number of epochs"
                )
            }
        ),
        SettingField(
            "step_factor",
            \.stepFactor,
            "What the step schedule multiplies the rate by.",
            .above(0, atMost: 1),
            default: 0.1
        ),
        SettingField(
            "label_smoothing",
            \.labelSmoothing,
            """
            Share of the training target spread evenly over all classes. It changes the gradient only: loss, probability and \
            margin stay those of the given label.
            """,
            .optional(.from(0, below: 1)),
            default: 0,
            taken: { $0 == 0 ? nil : $0 },
            shown: { .double($0 ?? 0) }
        ),
        SettingField(
            "augmentation",
            \.augmentation,
            """
            Random changes of the pictures trained on, images only; each part is off by default. With observe "presentation" \
            the training dynamics are those of the changed pictures; held-out examples, probes and final predictions always \
            see the pictures as they are.
            """,
            taken: { $0?.effective }
        ),
        SettingField(
            "precision",
            \.precision,
            """
            In what elements activations and their gradients are kept; weights, sums and statistics are float32 in both. bf16 \
            needs a processor with AVX-512 and bfloat16. auto is what is measured to be the fastest on this machine of those that give \
            the same scores: bf16 or f32 for cnn, else f32.
            """,
            default: "auto",
            leftOut: "auto"
        ),
        SettingField(
            "convolution",
            \.convolution,
            """
            Whose convolutions of 3 x 3 compute the network in f32: own (Winograd's algorithm, where it applies) or the library's. \
            auto is what is measured to be the faster on this machine. The bits differ, the scores do not.
            """,
            default: "auto",
            leftOut: "auto",
            taken: { $0 == .own ? nil : $0 },
            shown: { .string(($0 ?? .own).rawValue) }
        ),
        SettingField("seed", \.seed, "What splits and networks are drawn from.", .exact, default: 0),
    ]
}

extension Augmentation: SettingsTable {
    /// Changes of the pictures trained on.
    public static let fields: [SettingField<Augmentation>] = [
        SettingField(
            "pad_crop",
            \.padCrop,
            "Pixels of padding around the picture, of which a crop of its own size is taken.",
            default: 0,
            shown: { .int($0 ?? 0) }
        ),
        SettingField(
            "flip",
            \.flip,
            "Half of the pictures are mirrored left to right.",
            default: false,
            shown: { .bool($0 ?? false) }
        ),
        SettingField(
            "cutout",
            \.cutout,
            "Side in pixels of a square that is blanked.",
            default: 0,
            shown: { .int($0 ?? 0) }
        ),
    ]
}

extension Augmentation: SettingValue {
    /// An object of its parts.
    public static func read(_ reader: inout FieldReader, _ name: String) -> Augmentation? {
        var read: Augmentation?
        reader.object(name) { fields in
            var parts = Augmentation()
            parts.read(&fields)
            read = parts
        }
        return read
    }
    /// An object of its parts.
    public static var schema: [(String, JSON)] {
        [("type", "object"), ("properties", properties), ("additionalProperties", false)]
    }
    /// All its parts.
    public var json: JSON { .object(shown) }
}

extension NetworkOptions: SettingsTable {
    /// What of a network may be chosen.
    public static let fields: [SettingField<NetworkOptions>] = [
        SettingField(
            "hidden",
            \.hidden,
            "Widths of the hidden layers of mlp.",
            also: { options, pointer, checks in
                let widths = options.hidden ?? []
                checks.expect(
                    widths.count <= 16 && widths.allSatisfy { (1...8_192).contains($0) },
                    pointer,
                    "at most 16 widths, each 1 to 8192"
                )
            }
        ),
        SettingField(
            "channels",
            \.channels,
            "Channels of the convolutions of cnn; a max-pool follows each second one and the last. Default 32, 32, 64, 64."
        ),
        SettingField("dense", \.dense, "Width of the dense layer of cnn. Default 128."),
        SettingField(
            "norm",
            \.norm,
            "Normalisation behind each convolution of resnet20, resnet18 and vgg16. Default group."
        ),
        SettingField(
            "weight_standardization",
            \.weightStandardization,
            "Whether resnet20, resnet18 and vgg16 standardise the weights of their convolutions. Default false."
        ),
    ]
}

extension ScoreOptions: SettingsTable {
    /// Deviations from the scores' default conventions.
    public static let fields: [SettingField<ScoreOptions>] = [
        SettingField("el2n_at", \.el2nEpoch, "The epoch at which el2n is read; where missing, a tenth of all epochs."),
        SettingField(
            "iteration_learned_target",
            \.learnedTarget,
            "What iteration_learned waits for: the network's own final class, or the given label.",
            default: "prediction"
        ),
        SettingField(
            "group_low",
            \.lowDepth,
            "At or below this share of the layers a depth is low.",
            default: 0.25,
            also: { options, pointer, checks in
                checks.expect(
                    options.lowDepth >= 0 && options.lowDepth < options.highDepth && options.highDepth <= 1,
                    pointer,
                    "group_low below group_high, both from 0 to 1 (shares of the layers), got \(options.lowDepth) and "
                        + "\(options.highDepth)"
                )
            }
        ),
        SettingField(
            "group_high",
            \.highDepth,
            "At or above this share of the layers a depth is high.",
            default: 0.5
        ),
        SettingField(
            "group_cuts",
            \.groupCuts,
            """
            fixed: group_low and group_high on both axes. quartiles: low and high are the first and third quartile of each axis \
            over this job's examples with both depths; where those of an axis are equal, the fixed ones on both, with the \
            warning quartiles_not_used. The summary's group_cuts tells which were used.
            """,
            default: "fixed"
        ),
    ]
}
