/// A pretrained network whose outputs stand for pictures or texts: what is asked of one, and what comes out. Kept as
/// `backbone.json` beside the network itself.
public struct Backbone: Codable, Hashable, Sendable {
    /// What it sees.
    public enum Input: Codable, Hashable, Sendable {
        /// Pictures.
        case pictures(PictureInput)
        /// Texts.
        case texts(TextInput)

        private enum Kind: String, CodingKey { case tokens }

        /// Each kind has keys of its own; `tokens` tells that these are texts.
        public init(from decoder: any Decoder) throws {
            let isText = try decoder.container(keyedBy: Kind.self).contains(.tokens)
            self = isText ? .texts(try TextInput(from: decoder)) : .pictures(try PictureInput(from: decoder))
        }

        /// Writes the keys of its kind.
        public func encode(to encoder: any Encoder) throws {
            switch self {
            case .pictures(let input): try input.encode(to: encoder)
            case .texts(let input): try input.encode(to: encoder)
            }
        }
    }

    /// How a text becomes numbers: the pieces of its words by their places in the vocabulary (WordPiece: Wu et al. 2016, section
    /// 4.1, as BERT has it), between those of `[CLS]` and `[SEP]`. The network has the inputs `input_ids`, `attention_mask` and
    /// perhaps `token_type_ids`. The vocabulary stands beside it as `vocab.txt`.
    public struct TextInput: Codable, Hashable, Sendable {
        /// The most pieces of a text, both ends among them; what is beyond is not seen.
        public var tokens: Int
        /// Whether letters become small and lose their accents first.
        public var lowercase: Bool
        /// SHA-256 of the vocabulary's file.
        public var vocabulary: String

        /// Parameters are those of the properties.
        public init(tokens: Int, lowercase: Bool, vocabulary: String) {
            self.tokens = tokens
            self.lowercase = lowercase
            self.vocabulary = vocabulary
        }
    }

    /// How a picture becomes numbers: three channels, red first, each (value - mean) / scale of 0...255.
    public struct PictureInput: Codable, Hashable, Sendable {
        /// How a picture gets the network's size.
        public enum Resize: String, Codable, Sendable, CaseIterable {
            /// The whole picture, whatever its proportions.
            case stretch
            /// The largest square (or rectangle of the network's proportions) of its middle.
            case crop
        }

        /// Rows of pixels.
        public var height: Int
        /// Pixels in a row.
        public var width: Int
        /// What is subtracted, by channel.
        public var mean: [Double]
        /// What it is divided by, by channel.
        public var scale: [Double]
        /// How a picture gets this size.
        public var resize: Resize

        /// Parameters are those of the properties.
        public init(height: Int, width: Int, mean: [Double], scale: [Double], resize: Resize = .stretch) {
            self.height = height
            self.width = width
            self.mean = mean
            self.scale = scale
            self.resize = resize
        }
    }

    /// An output that probes look at; the last one is the embedding that heads are trained on.
    public struct Probe: Codable, Hashable, Sendable {
        /// Its name, such as `block7`.
        public var name: String
        /// What the network's file calls it; nil: the same.
        public var tensor: String?
        /// Numbers a picture or text.
        public var width: Int

        /// Parameters are those of the properties.
        public init(name: String, tensor: String? = nil, width: Int) {
            self.name = name
            self.tensor = tensor
            self.width = width
        }
    }

    /// The name of the network's file, and of the vocabulary's beside it.
    public static let (modelFile, vocabularyFile) = ("model.onnx", "vocab.txt")

    /// Its name in requests.
    public var name: String
    /// How a picture or text becomes numbers.
    public var input: Input
    /// What comes out, from the first block to the embedding.
    public var probes: [Probe]
    /// Under what terms its weights may be used, such as `Apache-2.0`; nil where nobody said.
    public var license: String?
    /// Where it comes from.
    public var source: String?
    /// SHA-256 of the network's file.
    public var sha256: String

    /// Parameters are those of the properties.
    public init(
        name: String,
        input: Input,
        probes: [Probe],
        license: String? = nil,
        source: String? = nil,
        sha256: String
    ) {
        self.name = name
        self.input = input
        self.probes = probes
        self.license = license
        self.source = source
        self.sha256 = sha256
    }

    /// D: numbers of the embedding.
    public var width: Int { probes.last?.width ?? 0 }
    /// Numbers of all probes of a picture or text.
    public var totalWidth: Int { probes.reduce(0) { $0 + $1.width } }

    /// Names of the probes of a network that is trained on the embedding: the backbone's stand in its input's place.
    ///
    /// - Parameter head: the network's own, the input first
    public func probeNames(before head: [String]) -> [String] { probes.map(\.name) + head.dropFirst() }
}
