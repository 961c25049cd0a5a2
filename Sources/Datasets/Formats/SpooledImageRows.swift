/// Small pictures from a spool, each laid into the middle of one common size; gray ones become colour where others are.
struct SpooledImageRows: ImageRows {
    let shape: ImageShape
    private let records: [ImportedPictures.Record]
    private let spool: Spool

    /// Decides the common size: that of all where they have one size within the limit; else a square of the longest side,
    /// at most `limit` (to which larger pictures have been reduced already).
    init(
        _ records: [ImportedPictures.Record],
        _ spool: Spool,
        limit: Int,
        warnings: inout WarningLog
    ) {
        self.records = records
        self.spool = spool
        let first = records[0]
        let isUniform = records.allSatisfy { $0.height == first.height && $0.width == first.width }
        let longest = records.map { max($0.height, $0.width) }.max() ?? 0
        let channels = records.allSatisfy { $0.smallShape.channels == 1 } ? 1 : 3
        if isUniform, longest <= limit {
            shape = ImageShape(height: first.height, width: first.width, channels: channels)
        } else {
            let side = min(longest, limit)
            shape = ImageShape(height: side, width: side, channels: channels)
        }
        let size = "\(shape.height) x \(shape.width)"
        for record in records {
            let small = record.smallShape
            if small.height != record.height || small.width != record.width {
                warnings.add(
                    .reducedImages,
                    at: "\(record.path): \(record.height) x \(record.width)",
                    note: " to fit \(size) pixels"
                )
            }
            if small.height != shape.height || small.width != shape.width {
                warnings.add(
                    .paddedImages,
                    at: "\(record.path): \(record.height) x \(record.width)",
                    note: " to \(size) pixels"
                )
            }
        }
    }

    func withRow(_ row: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        let record = records[row]
        let small = record.smallShape
        try spool.withBytes(record.small) { pixels in
            if small == shape { return try body(pixels) }
            var padded = [UInt8](repeating: 0, count: shape.count)
            let (top, left) = ((shape.height - small.height) / 2, (shape.width - small.width) / 2)
            for y in 0..<small.height {
                for x in 0..<small.width {
                    let to = ((top + y) * shape.width + left + x) * shape.channels
                    let from = (y * small.width + x) * small.channels
                    for channel in 0..<shape.channels {
                        padded[to + channel] = pixels[from + (small.channels == 1 ? 0 : channel)]
                    }
                }
            }
            try padded.withUnsafeBufferPointer(body)
        }
    }
}
