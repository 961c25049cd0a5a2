import Datasets
import Recipes

extension DatasetManifest {
    /// The longer side in pixels from which on a picture that came as a file is taken for a photograph: twice what networks are
    /// trained on without a backbone.
    static let photographSide = 64

    /// Whether these are photographs, which a pretrained network sees better than one that begins from nothing: pictures that
    /// came as files, in colour, and larger than they would be trained at.
    var arePhotographs: Bool {
        kind == .images && hasPictures && shape.last == 3
            && (originalSizes?.largest.max() ?? 0) >= Self.photographSide
    }

    /// The share of common English words from which on texts are taken for English, the language of the encoder that comes with
    /// the program: see `EnglishShare`.
    static let englishShare = 0.1

    /// Whether the examples are texts, and nothing else, in the language that the pretrained encoder knows.
    var areEnglishTexts: Bool { texts.map { $0.areAll && $0.english >= Self.englishShare } ?? false }

    /// Whether a network sees what these are.
    func canBeSeen(by backbone: Backbone) -> Bool {
        switch backbone.input {
        case .pictures: kind == .images
        case .texts: texts?.areAll == true
        }
    }

    /// Why it does not.
    func objection(to backbone: Backbone) -> String {
        switch backbone.input {
        case .pictures: return "only for images; this dataset has columns of \(texts == nil ? "numbers" : "a table")"
        case .texts:
            return texts == nil
                ? "only for texts; this dataset has none (one that was sent before texts were kept has to be sent again)"
                : "only for tables that have no other inputs than text: numbers and categories would not be seen"
        }
    }
}
