internal import Datasets
package import Files
internal import Recipes
package import Tasks

/// One example after the other through the network.
package final class Embedder {
    private let dataset: Dataset
    private let network: BackboneNetwork
    private let preprocessing: Preprocessing
    private let watchdog: Watchdog?

    /// What makes an example the network's input.
    private enum Preprocessing {
        case pictures(PictureTensor)
        case texts(WordPieceTokenizer)
    }

    /// - Parameter watchdog: told of each example, where there is one
    package init(_ spec: EmbeddingSpec, of dataset: String, watchdog: Watchdog? = nil, files: Files) throws {
        self.watchdog = watchdog
        self.dataset = try Dataset(directory: dataset, files: files)
        func read(_ path: String, _ sha256: String) throws -> [UInt8] {
            let bytes = try files.read(path)
            guard SHA256Hasher.hash(bytes) == sha256 else {
                throw BackboneError(
                    detail: "the file of the backbone \(spec.backbone.name) is not the one that was installed"
                )
            }
            return bytes
        }
        switch spec.backbone.input {
        case .pictures(let input): preprocessing = .pictures(PictureTensor(input))
        case .texts(let input):
            preprocessing = .texts(
                try WordPieceTokenizer(input, vocabulary: try read(spec.vocabulary, input.vocabulary))
            )
        }
        let model = try read(spec.model, spec.backbone.sha256)
        // The version is part of the key; set-up wrote it down, and the library may have been replaced since.
        let version = BackboneNetwork.version(of: spec.library)
        guard version == nil || version == spec.runtime else {
            throw BackboneError(
                detail:
                    "the library of pretrained networks is \(version ?? ""), where \(spec.runtime) is written beside it: "
                    + "run config/setup.sh and start again"
            )
        }
        network = try BackboneNetwork(spec.backbone, model: model, library: spec.library)
    }

    /// The numbers of all probes, one after the other, each of length 1.
    package func embed(_ row: Int) throws -> [Float] {
        let input = try input(of: row)
        let values = try watchdog?.watching(row) { try numbers(input) } ?? numbers(input)
        guard values.allSatisfy(\.isFinite) else {
            throw BackboneError(detail: "the network's answer to row \(row) is not finite")
        }
        return values
    }

    private func numbers(_ input: BackboneNetwork.Input) throws -> [Float] {
        var values: [Float] = []
        try network.run(input) { _, numbers in
            let length = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
            values += length > 0 ? numbers.map { $0 / length } : numbers
        }
        return values
    }

    /// Bytes of a text that are looked at: no token has more than a hundred characters of four bytes, and a text no more than
    /// some hundreds of tokens.
    private static let longestText = 1 << 18

    private func input(of row: Int) throws -> BackboneNetwork.Input {
        switch preprocessing {
        case .pictures(let tensor): return .pixels(tensor.tensor(of: try dataset.raster(row)))
        case .texts(let pieces):
            return .tokens(pieces.pieces(of: try dataset.text(row, limit: Self.longestText) ?? ""))
        }
    }
}
