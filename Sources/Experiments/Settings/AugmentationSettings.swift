/// Random changes of the pictures that members train on, drawn anew for each example in each epoch. Evaluation, probes
/// and embeddings always see the pictures as they are; what is observed at presentation is the changed picture.
public struct AugmentationSettings: Codable, Hashable, Sendable {
    /// Pixels of padding around a picture out of which a crop of its own size is taken (He et al. 2016); nil is none.
    public var padCrop: Int?
    /// Whether half of the pictures are mirrored left to right; nil is no.
    public var flip: Bool?
    /// Side in pixels of the square that is blanked (DeVries and Taylor 2017); nil is none.
    public var cutout: Int?

    enum CodingKeys: String, CodingKey {
        case padCrop = "pad_crop"
        case flip
        case cutout
    }

    /// - Parameters:
    ///   - padCrop: pixels of padding
    ///   - flip: whether pictures are mirrored
    ///   - cutout: side of the blanked square in pixels
    public init(padCrop: Int? = nil, flip: Bool? = nil, cutout: Int? = nil) {
        self.padCrop = padCrop
        self.flip = flip
        self.cutout = cutout
    }

    /// The same with everything that is off absent; nil where all of it is. Equal effect, equal key.
    var effective: AugmentationSettings? {
        let kept = AugmentationSettings(
            padCrop: padCrop == 0 ? nil : padCrop,
            flip: flip == true ? true : nil,
            cutout: cutout == 0 ? nil : cutout
        )
        return kept == AugmentationSettings() ? nil : kept
    }
}
