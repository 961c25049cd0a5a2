/// The names in a dataset folder.
package enum DatasetFile {
    static let manifest = "manifest.json"
    package static let examples = "examples.npy"
    static let labels = "labels.npy"
    static let split = "split.npy"
    static let duplicates = "duplicate_of.npy"
    static let sources = "sources"
    static let ids = "ids"
    package static let pictures = "pictures.bin"
    /// N x 2 i32: height and width of each picture; absent in folders whose pictures are all PNG.
    static let pictureSizes = "pictures_sizes.npy"
    /// JPEGs of at most 256 pixels a side, of pictures of more than 512.
    static let previews = "previews.bin"
    static let previewRanges = "previews_offsets.npy"
    /// N x 2 u64: start and end of each row's file in `pictures.bin`.
    package static let pictureRanges = "pictures_offsets.npy"
    /// The texts of a table's rows (UTF-8), as they stood in it.
    static let texts = "texts.bin"
    /// N x 2 u64: start and end of each row's text.
    static let textRanges = "texts_offsets.npy"
    static let thumbnails = "thumbnails"

    static func sheet(_ number: Int, _ format: DatasetManifest.Thumbnails.Format) -> String {
        let digits = String(number)
        return
            "\(thumbnails)/sheet_\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits).\(format.rawValue)"
    }
}
