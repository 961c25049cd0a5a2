import Arrays

/// The examples as they have just been written, mapped: everything that needs all of them reads them here.
enum Inputs {
    case images(MappedArray<UInt8>, ImageShape)
    case features(MappedArray<Float>, columns: Int)

    init(path: String, _ parsed: ParsedExamples) throws(IngestError) {
        self = try IngestError.translating {
            switch parsed {
            case .images(let rows): .images(try MappedArray(path: path), rows.shape)
            case .features(let columns, _): .features(try MappedArray(path: path), columns: columns)
            }
        }
    }

    var kind: DatasetManifest.Kind {
        switch self {
        case .images: .images
        case .features: .features
        }
    }

    /// The shape of one example.
    var shape: [Int] {
        switch self {
        case .images(_, let shape): [shape.height, shape.width, shape.channels]
        case .features(_, let columns): [columns]
        }
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch self {
        case .images(let array, _): array.withUnsafeBufferPointer { body(UnsafeRawBufferPointer($0)) }
        case .features(let array, _): array.withUnsafeBufferPointer { body(UnsafeRawBufferPointer($0)) }
        }
    }

    /// For each row the first row with the same input; without inputs none is known to be another's.
    func duplicates(count: Int) -> [Int32] {
        if shape == [0] { return (0..<count).map(Int32.init) }
        let rowBytes =
            switch self {
            case .images(_, let shape): shape.count
            case .features(_, let columns): columns * MemoryLayout<Float>.size
            }
        return withBytes { DuplicateFinder.firstEqual(in: $0, rowBytes: rowBytes) }
    }

    /// Statistics over all rows, normalisation over the first `trainCount`, and the feature columns that are constant
    /// there.
    func statistics(
        trainCount: Int
    ) -> (DatasetStatistics, normalisation: (values: DatasetManifest.Normalisation, constant: [Int])) {
        switch self {
        case .images(let array, let shape):
            array.withUnsafeBufferPointer { pixels in
                let all = DatasetStatistics.Columns(pixels: pixels, channels: shape.channels)
                let train = DatasetStatistics.Columns(
                    pixels: UnsafeBufferPointer(rebasing: pixels[..<(trainCount * shape.count)]),
                    channels: shape.channels
                )
                return (DatasetStatistics(pixels: all), (train.normalisation(scale: 255), []))
            }
        case .features(let array, let columns):
            array.withUnsafeBufferPointer { values in
                let all = DatasetStatistics.Columns(features: values, columns: columns)
                let train = DatasetStatistics.Columns(
                    features: UnsafeBufferPointer(rebasing: values[..<(trainCount * columns)]),
                    columns: columns
                )
                return (DatasetStatistics(features: all), (train.normalisation(scale: 1), train.constant))
            }
        }
    }
}
