/// How an array of N examples is read: as pictures or as rows of features.
package enum ArrayLayout: Hashable {
    /// N x H x W, N x H x W x C, or N x C x H x W.
    case images(ImageShape, channelsFirst: Bool)
    /// N x D; a higher rank that is no picture is flattened.
    case features(columns: Int, flattened: Bool)

    /// A side below this is no picture: 8 pixels are what the smallest digits have.
    package static let smallestSide = 8

    /// How many times as long as the other a side of a picture may be, where the values are no bytes.
    private static let mostUnlike = 3

    /// Decides by shape. Pictures have both sides at least 8 and 1 or 3 channels, last or (where the last is none of
    /// these) first.
    ///
    /// - Parameter areBytes: whether the values are bytes, as those of pictures are; other numbers with sides as unlike as
    ///   those of signals over time are features
    package init(shape: [Int], name: String, areBytes: Bool = true) throws(IngestError) {
        let expected = "(N, D), (N, H, W), (N, H, W, C) or (N, C, H, W) with C = 1 or 3"
        guard (2...4).contains(shape.count), shape.dropFirst().allSatisfy({ $0 > 0 }) else {
            throw .arrayShape(name: name, expected: expected, got: shape)
        }
        func isSide(_ extent: Int) -> Bool { extent >= Self.smallestSide }
        func isChannels(_ extent: Int) -> Bool { extent == 1 || extent == 3 }
        if shape.count == 3, !areBytes, max(shape[1], shape[2]) > Self.mostUnlike * min(shape[1], shape[2]) {
            self = .features(columns: shape[1] * shape[2], flattened: true)
        } else if shape.count == 3, isSide(shape[1]), isSide(shape[2]) {
            self = .images(ImageShape(height: shape[1], width: shape[2], channels: 1), channelsFirst: false)
        } else if shape.count == 4, isSide(shape[1]), isSide(shape[2]), isChannels(shape[3]) {
            self = .images(ImageShape(height: shape[1], width: shape[2], channels: shape[3]), channelsFirst: false)
        } else if shape.count == 4, isChannels(shape[1]), isSide(shape[2]), isSide(shape[3]) {
            self = .images(ImageShape(height: shape[2], width: shape[3], channels: shape[1]), channelsFirst: true)
        } else if shape.count == 4, isSide(shape[1]) && isSide(shape[2]) || isSide(shape[2]) && isSide(shape[3]) {
            throw .arrayShape(name: name, expected: expected, got: shape)
        } else {
            // The caller has read the array, so the product of its extents fits.
            self = .features(columns: shape.dropFirst().reduce(1, *), flattened: shape.count > 2)
        }
    }
}
