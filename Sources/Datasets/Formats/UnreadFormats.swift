/// Files that are known and not read here, and the one line that turns them into what is.
enum UnreadFormats {
    /// What a file is, with the line; nil where it is unknown.
    ///
    /// - Parameter path: in an archive, or as the sender named it
    static func advice(_ head: [UInt8], path: String?) -> String? {
        let name = path.flatMap { $0.split(separator: "/").last.map(String.init) } ?? "FILE"
        func pandas(_ what: String, _ reader: String) -> String {
            "it is \(what), which is not read here; as CSV it is: python3 -c \"import pandas; "
                + "pandas.\(reader)('\(name)').to_csv('table.csv', index=False)\""
        }
        func begins(_ text: String, at offset: Int = 0) -> Bool {
            head.dropFirst(offset).starts(with: Array(text.utf8))
        }
        let suffix = path.flatMap(TableFiles.suffix(of:))
        if begins("PAR1") { return pandas("Parquet", "read_parquet") }
        if begins("ARROW1") || begins("FEA1") { return pandas("Arrow or Feather", "read_feather") }
        if path?.hasSuffix("xl/workbook.xml") == true || path == "[Content_Types].xml" || suffix == "xlsx" {
            return "it is an Excel workbook, which is not read here; as CSV it is: python3 -c \"import pandas; "
                + "pandas.read_excel('FILE.xlsx').to_csv('table.csv', index=False)\", or Save As > CSV UTF-8 in Excel"
        }
        if head.starts(with: [0xd0, 0xcf, 0x11, 0xe0]) { return pandas("an old Excel workbook", "read_excel") }
        if head.starts(with: [0x89, 0x48, 0x44, 0x46]) {
            return
                "it is HDF5, which is not read here; as NPZ it is: python3 -c \"import h5py, numpy; f = h5py.File('\(name)'); "
                + "numpy.savez_compressed('data.npz', x=f['x'][:], y=f['y'][:])\" with the names of its arrays"
        }
        if begins("MATLAB 5.0") {
            return "it is a MATLAB file, which is not read here; as NPZ it is: python3 -c \"import scipy.io, numpy; "
                + "m = scipy.io.loadmat('\(name)'); numpy.savez_compressed('data.npz', x=m['X'], y=m['y'].ravel())\" with the "
                + "names of its arrays"
        }
        if begins("SQLite format 3") {
            return "it is an SQLite database, which is not read here; as CSV a table is: sqlite3 -csv -header \(name) "
                + "'SELECT * FROM TABLE' > table.csv"
        }
        if let kind = picture(head) {
            return
                "\(name) is a \(kind) picture, which is not read here; as PNG it is: mogrify -format png \(name) (ImageMagick)"
        }
        return nil
    }

    /// Kinds of pictures by their first bytes.
    static func picture(_ head: [UInt8]) -> String? {
        func begins(_ text: String, at offset: Int = 0) -> Bool {
            head.dropFirst(offset).starts(with: Array(text.utf8))
        }
        if begins("RIFF"), begins("WEBP", at: 8) { return "WebP" }
        if head.starts(with: [0x49, 0x49, 0x2a, 0]) || head.starts(with: [0x4d, 0x4d, 0, 0x2a]) { return "TIFF" }
        if begins("GIF8") { return "GIF" }
        if begins("BM"), head.count > 14 { return "BMP" }
        if begins("ftypheic", at: 4) || begins("ftypmif1", at: 4) || begins("ftypheix", at: 4) { return "HEIC" }
        if begins("ftypavif", at: 4) { return "AVIF" }
        return nil
    }
}
