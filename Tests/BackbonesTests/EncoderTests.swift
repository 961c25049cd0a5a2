import Backbones
import Foundation
import Recipes
import TestSupport
import Testing

/// A small encoder of texts and its vocabulary; `Fixtures/make_encoder.py` made them and what others say of them.
@Suite struct EncoderTests {
    private struct Case: Decodable {
        var text: String
        var pieces: [Int64]
    }

    private struct Reference: Decodable {
        var text: String
        var embedding: [Float]
        var layer_means: [[Float]]
    }

    private let vocabulary: [UInt8]

    init() throws { vocabulary = try Array(fixture("vocab.txt")) }

    private func pieces(tokens: Int = 512, lowercase: Bool = true) throws -> WordPieceTokenizer {
        try WordPieceTokenizer(.init(tokens: tokens, lowercase: lowercase, vocabulary: ""), vocabulary: vocabulary)
    }

    /// Accents in two spellings, marks, Chinese, letters without spaces, control characters, words too long: as the library
    /// `tokenizers` cuts them.
    @Test func textsAreCutAsElsewhere() throws {
        let cases = try JSONDecoder().decode([Case].self, from: fixture("pieces.json"))
        #expect(cases.count > 40)
        let pieces = try pieces()
        for one in cases {
            let found = pieces.pieces(of: one.text)
            #expect(found == one.pieces, "\(one.text.debugDescription): \(found), not \(one.pieces)")
        }
    }

    /// However long a text is, both ends stand and no more pieces than the network takes.
    @Test func longTextsAreCutOff() throws {
        let whole = try pieces().pieces(of: "the payment charged the card")
        for tokens in 2...whole.count {
            #expect(
                try pieces(tokens: tokens).pieces(of: "the payment charged the card") == whole.prefix(tokens - 1) + [3]
            )
        }
        #expect(try pieces(tokens: 16).pieces(of: String(repeating: "the ", count: 100_000)).count == 16)
    }

    /// A vocabulary with capitals keeps them; line ends of Windows are none of the pieces.
    @Test func vocabularies() throws {
        let text = "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\nThe\r\n##n\r\n\u{E9}\r\n"
        func cut(_ word: String, lowercase: Bool) throws -> [Int64] {
            try WordPieceTokenizer(.init(tokens: 9, lowercase: lowercase, vocabulary: ""), vocabulary: Array(text.utf8))
                .pieces(
                    of: word
                )
        }
        #expect(try cut("Then", lowercase: false) == [2, 4, 5, 3])
        #expect(try cut("Then", lowercase: true) == [2, 1, 3])
        // The same letter in its other spelling is another piece.
        #expect(try cut("\u{E9}", lowercase: false) == [2, 6, 3])
        #expect(try cut("e\u{301}", lowercase: false) == [2, 1, 3])
        let error = #expect(throws: BackboneError.self) {
            try WordPieceTokenizer(
                .init(tokens: 9, lowercase: true, vocabulary: ""),
                vocabulary: Array("[UNK]\n[CLS]\n".utf8)
            )
        }
        #expect(error?.detail == "the vocabulary lacks [SEP]")
    }

    /// Any text has its pieces, all of them in the vocabulary.
    @Test func anythingIsCut() throws {
        let pieces = try pieces(tokens: 64)
        var generator = SeededGenerator(seed: 5)
        let size = Int64(vocabulary.count { $0 == 0x0A })
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let found = pieces.pieces(of: String(decoding: bytes, as: UTF8.self))
            #expect(found.first == 2 && found.last == 3 && found.allSatisfy { (0..<size).contains($0) })
        }
    }

    private func backbone(_ probes: [Backbone.Probe]) -> Backbone {
        Backbone(
            name: "encoder",
            input: .texts(.init(tokens: 32, lowercase: true, vocabulary: "")),
            probes: probes,
            sha256: ""
        )
    }

    /// Embedding and layers are what PyTorch computes, means over the pieces; a probe has a name of its own.
    @Test(.enabled(if: hasLibrary, "needs models/, which config/setup.sh fetches"))
    func numbersArePyTorchs() throws {
        let reference = try JSONDecoder().decode(Reference.self, from: fixture("encoder.json"))
        let encoder = backbone([
            .init(name: "layer1", tensor: "/layers.0/last/LayerNormalization_output_0", width: 16),
            .init(name: "embedding", tensor: "last_hidden_state", width: 16),
        ])
        let network = try BackboneNetwork(encoder, model: Array(fixture("encoder.onnx")), library: library)
        var found: [[Float]] = []
        try network.run(.tokens(pieces().pieces(of: reference.text))) { _, values in found.append(values) }
        #expect(distance(found[0], reference.layer_means[0]) < 1e-5)
        #expect(distance(found[1], reference.embedding) < 1e-5)
        #expect(reference.embedding == reference.layer_means[1])
    }

    /// A network that reads texts is none of pictures, nor the other way round, and says so.
    @Test(.enabled(if: hasLibrary, "needs models/, which config/setup.sh fetches"))
    func networksOfTheOtherKind() throws {
        let reads = try Array(fixture("encoder.onnx"))
        let sent = #expect(throws: BackboneError.self) {
            try BackboneInspection.describe(reads, .init(name: "x"), sha256: "", library: library)
        }
        #expect(sent?.detail.hasPrefix("the network reads texts") == true)
        let sees = try Array(fixture("transformer.onnx"))
        let opened = #expect(throws: BackboneError.self) {
            try BackboneNetwork(backbone([.init(name: "embedding", width: 32)]), model: sees, library: library)
        }
        #expect(opened?.detail.contains("input_ids") == true)
    }
}
