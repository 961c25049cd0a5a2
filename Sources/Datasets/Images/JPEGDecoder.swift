import CTurboJPEG

/// JPEG through libjpeg-turbo, to 8-bit gray or RGB, upright by its EXIF orientation.
///
/// A progressive file makes every scan a pass over the picture, so a small file can cost minutes; scans are counted
/// before decoding, and libjpeg-turbo's own limit is on besides.
final class JPEGDecoder {
    /// Ordinary progressive files have about ten scans.
    static let maxScans = 64

    private let handle: tjhandle

    init() throws(ImageError) {
        guard let handle = tjInitDecompress() else { throw .outOfMemory }
        self.handle = handle
    }

    deinit { tjDestroy(handle) }

    /// A decoded file.
    struct Decoded {
        /// Upright; reduced where the file was decoded at a fraction of its size.
        var raster: Raster
        /// What libjpeg-turbo had to overlook.
        var damage: String?
        /// The file's own height and width, upright.
        var size: (height: Int, width: Int)
        /// Whether every program shows it alike: gray or YCbCr, not the four colours of print.
        var isPlain: Bool
    }

    /// The picture. A file that ends early is an error, not damage: the rest of such a picture would be gray.
    ///
    /// - Parameter side: decoded is the smallest of 1, 1/2, 1/4, 1/8 of the size whose longer side is at least this; nil: all of
    ///   it
    func decode(_ bytes: [UInt8], maxPixels: Int, atLeast side: Int? = nil) throws(ImageError) -> Decoded {
        let markers = JPEGMarkers(bytes)
        guard markers.scans <= Self.maxScans else { throw .tooManyScans(markers.scans, limit: Self.maxScans) }

        var (width, height, subsampling, space): (CInt, CInt, CInt, CInt) = (0, 0, 0, 0)
        let read = bytes.withUnsafeBufferPointer { bytes in
            tjDecompressHeader3(
                handle,
                bytes.baseAddress,
                UInt(bytes.count),
                &width,
                &height,
                &subsampling,
                &space
            )
        }
        guard read == 0 || isWarning, width > 0, height > 0 else { throw .damaged(message) }
        let (rows, columns) = (Int(height), Int(width))
        guard rows <= maxPixels / columns else {
            throw .tooManyPixels(height: rows, width: columns, limit: maxPixels)
        }

        let format = PixelFormat(colorSpace: space)
        let longer = max(rows, columns)
        let part = side.flatMap { side in [8, 4, 2].first { longer / $0 >= side } } ?? 1
        // As the library rounds it (TJSCALED).
        let (outRows, outColumns) = ((rows + part - 1) / part, (columns + part - 1) / part)
        var status: CInt = 0
        let samples = [UInt8](unsafeUninitializedCapacity: outRows * outColumns * format.channels) { out, count in
            // A file may decode fewer samples than it announces and still end with a warning only.
            out.initialize(repeating: 0)
            status = bytes.withUnsafeBufferPointer { bytes in
                tjDecompress2(
                    handle,
                    bytes.baseAddress,
                    UInt(bytes.count),
                    out.baseAddress,
                    CInt(outColumns),
                    0,
                    CInt(outRows),
                    format.code,
                    TJFLAG_LIMITSCANS
                )
            }
            count = outRows * outColumns * format.channels
        }
        var damage: String?
        if status != 0 {
            guard isWarning, !message.contains("Premature end") else { throw .damaged(message) }
            damage = message
        }
        let pixels = format == .cmyk ? Self.rgb(fromInvertedCMYK: samples) : samples
        let raster = Raster(height: outRows, width: outColumns, channels: format == .gray ? 1 : 3, pixels: pixels)
        return Decoded(
            raster: raster.oriented(markers.orientation),
            damage: damage,
            size: markers.orientation >= 5 ? (columns, rows) : (rows, columns),
            isPlain: format != .cmyk
        )
    }

    private var isWarning: Bool { tjGetErrorCode(handle) == CInt(TJERR_WARNING.rawValue) }

    private var message: String { String(cString: tjGetErrorStr2(handle)) }

    private enum PixelFormat {
        case gray, rgb, cmyk

        init(colorSpace: CInt) {
            switch UInt32(bitPattern: colorSpace) {
            case TJCS_GRAY.rawValue: self = .gray
            case TJCS_CMYK.rawValue, TJCS_YCCK.rawValue: self = .cmyk
            default: self = .rgb
            }
        }

        var channels: Int {
            switch self {
            case .gray: 1
            case .rgb: 3
            case .cmyk: 4
            }
        }

        var code: CInt {
            switch self {
            case .gray: CInt(TJPF_GRAY.rawValue)
            case .rgb: CInt(TJPF_RGB.rawValue)
            case .cmyk: CInt(TJPF_CMYK.rawValue)
            }
        }
    }

    /// Four-colour files come from Adobe programs, which store ink inverted (255 = none): colour = ink * black / 255.
    private static func rgb(fromInvertedCMYK samples: [UInt8]) -> [UInt8] {
        var pixels = [UInt8]()
        pixels.reserveCapacity(samples.count / 4 * 3)
        for at in stride(from: 0, to: samples.count, by: 4) {
            let black = UInt32(samples[at + 3])
            for ink in 0..<3 { pixels.append(UInt8((UInt32(samples[at + ink]) * black + 127) / 255)) }
        }
        return pixels
    }
}
