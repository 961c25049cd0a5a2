/// Random changes of the pictures that a network is trained on: a crop, a flip and a cutout, in this order, each drawn anew
/// for every example in every epoch. Evaluation, probes and embeddings always see the pictures as they are; what is
/// observed at presentation is the changed picture.
public struct Augmentation: Codable, Hashable, Sendable {
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
    public var effective: Augmentation? {
        let kept = Augmentation(
            padCrop: padCrop == 0 ? nil : padCrop,
            flip: flip == true ? true : nil,
            cutout: cutout == 0 ? nil : cutout
        )
        return kept == Augmentation() ? nil : kept
    }
}
