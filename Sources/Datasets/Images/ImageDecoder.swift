/// Turns PNG and JPEG bytes into rasters. Dimensions are read and checked before anything is decoded.
package struct ImageDecoder {
    /// The most pixels that a picture may have.
    package let maxPixels: Int
    private let jpeg: JPEGDecoder

    package init(maxPixels: Int) throws(ImageError) {
        self.maxPixels = maxPixels
        jpeg = try JPEGDecoder()
    }

    /// A decoded picture; `damage` is what the decoder had to overlook, if anything.
    package struct Decoded {
        package var raster: Raster
        package var damage: String?
        /// The file's own height and width, upright.
        var size: (height: Int, width: Int)
        /// Whether the file may be shown to people as it is: every program shows it alike.
        var isPlain: Bool
    }

    /// The encoding that the first bytes announce.
    static func kind(of bytes: some Collection<UInt8>) -> ImageKind? {
        if bytes.starts(with: PNGDecoder.signature) { return .png }
        return bytes.starts(with: [0xff, 0xd8, 0xff]) ? .jpeg : nil
    }

    /// Decodes a whole file. One channel where the picture has no colour, else three.
    ///
    /// - Parameter side: a JPEG may be decoded at a fraction of its size whose longer side is at least this
    package func decode(_ bytes: [UInt8], atLeast side: Int? = nil) throws(ImageError) -> Decoded {
        switch Self.kind(of: bytes) {
        case .png:
            let raster = try PNGDecoder.decode(bytes, maxPixels: maxPixels)
            return Decoded(
                raster: raster.grayIfColourless(),
                size: (raster.height, raster.width),
                isPlain: PNGDecoder.isPlain(bytes)
            )
        case .jpeg:
            let decoded = try jpeg.decode(bytes, maxPixels: maxPixels, atLeast: side)
            return Decoded(
                raster: decoded.raster.grayIfColourless(),
                damage: decoded.damage,
                size: decoded.size,
                isPlain: decoded.isPlain && decoded.damage == nil
            )
        case nil:
            throw .notAnImage
        }
    }
}

/// The encodings that are decoded.
enum ImageKind: Sendable {
    case png, jpeg

    var mediaType: String { self == .png ? "image/png" : "image/jpeg" }
}

/// Why one picture cannot be used.
package enum ImageError: Error, Hashable, CustomStringConvertible {
    case notAnImage
    case empty
    case tooManyPixels(height: Int, width: Int, limit: Int)
    case tooManyScans(Int, limit: Int)
    case damaged(String)
    case fileTooLarge(bytes: Int, limit: Int)
    case outOfMemory

    package var description: String {
        switch self {
        case .notAnImage: "it is neither PNG nor JPEG"
        case .empty: "it is empty"
        case .tooManyPixels(let height, let width, let limit):
            "it is \(width) x \(height) pixels, more than the limit of \(limit) pixels"
        case .tooManyScans(let scans, let limit): "it has \(scans) scans, more than the limit of \(limit)"
        case .damaged(let reason): "it is damaged: \(reason)"
        case .fileTooLarge(let bytes, let limit): "its file has \(bytes) bytes, more than the limit of \(limit)"
        case .outOfMemory: "there is not enough memory to decode it"
        }
    }
}
