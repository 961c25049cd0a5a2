import Datasets

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
}
