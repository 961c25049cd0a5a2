/// Makes a dataset of arrays: what NPZ and IDX (and later formats of arrays) have in common.
struct ArrayDataset {
    /// One split: examples with their labels.
    struct Part {
        var examples: NumericArray
        var labels: LabelColumn.Raw
        /// For messages.
        var labelsName: String
        var ids: [String]?
        var isTest: Bool
    }

    /// An image array up to this side stays as it is: whoever made it chose its size.
    static let largestSide = 64

    var format: String
    var parts: [Part]
    /// Class names in the order of the labels, where the file has them.
    var classes: [String]?

    /// Checks the parts against one another, turns pixels to bytes, reduces what is too large, fills missing values.
    func parsed(_ context: IngestContext) throws(IngestError) -> ParsedDataset {
        for part in parts { try check(part, context.limits) }
        if !context.isUnlabelled {
            context.reading.label = Reading.Label(
                column: parts[0].labelsName,
                chosen: context.options.label == nil ? .array : .named,
                candidates: []
            )
        }
        context.reading.split = parts.contains(where: \.isTest) ? "arrays" : nil
        let labels = try labelColumn(context)
        var sources: [String] = []
        var isTest: [Bool] = []
        for part in parts {
            sources += (0..<part.examples.rows).map { "\(part.examples.name)[\($0)]" }
            isTest += [Bool](repeating: part.isTest, count: part.examples.rows)
        }
        return ParsedDataset(
            format: format,
            examples: try examples(context),
            labels: labels,
            isTest: isTest,
            sources: sources,
            ids: parts.allSatisfy { $0.ids != nil } ? parts.flatMap { $0.ids ?? [] } : nil,
            pictures: nil
        )
    }

    private func check(_ part: Part, _ limits: IngestLimits) throws(IngestError) {
        let first = parts[0].examples
        guard part.examples.shape.dropFirst() == first.shape.dropFirst() else {
            let row = first.shape.dropFirst().map(String.init).joined(separator: ", ")
            throw .arrayShape(
                name: part.examples.name,
                expected: "(N, \(row)) as \(first.name) has",
                got: part.examples.shape
            )
        }
        guard part.labels.count == part.examples.rows else {
            throw .labelCount(name: part.labelsName, expected: part.examples.rows, got: part.labels.count)
        }
        if let ids = part.ids, ids.count != part.examples.rows {
            throw .labelCount(name: "ids of \(part.examples.name)", expected: part.examples.rows, got: ids.count)
        }
    }

    // MARK: Labels

    private func labelColumn(_ context: IngestContext) throws(IngestError) -> LabelColumn {
        var merged = parts[0].labels
        for part in parts.dropFirst() {
            switch (merged, part.labels) {
            case (.integers(let one), .integers(let other)): merged = .integers(one + other)
            case (.floats(let one), .floats(let other)): merged = .floats(one + other)
            case (.integers(let one), .floats(let other)): merged = .floats(one.map(Double.init) + other)
            case (.floats(let one), .integers(let other)): merged = .floats(one + other.map(Double.init))
            case (.booleans(let one), .booleans(let other)): merged = .booleans(one + other)
            case (.strings(let one), .strings(let other)): merged = .strings(one + other)
            default:
                throw .arrayValue(
                    place: part.labelsName,
                    expected: "the type that \(parts[0].labelsName) has",
                    got: "of another type"
                )
            }
        }
        return try LabelColumn(merged, declared: classes, limits: context.limits, warnings: &context.warnings) { row in
            var row = row
            for part in parts {
                if row < part.labels.count { return "\(part.labelsName)[\(row)]" }
                row -= part.labels.count
            }
            return "labels"
        }
    }

    // MARK: Examples

    private func examples(_ context: IngestContext) throws(IngestError) -> ParsedExamples {
        let areBytes = parts.allSatisfy { if case .bytes = $0.examples.values { true } else { false } }
        switch try ArrayLayout(shape: parts[0].examples.shape, name: parts[0].examples.name, areBytes: areBytes) {
        case .images(let shape, let channelsFirst):
            return .images(try images(shape, channelsFirst: channelsFirst, context))
        case .features(let columns, let flattened):
            guard columns <= context.limits.features else {
                throw .tooLarge(what: "feature columns", got: columns, limit: context.limits.features)
            }
            if flattened {
                for part in parts {
                    let shape = part.examples.shape.map(String.init).joined(separator: ", ")
                    context.warnings.add(.flattenedFeatures, at: "\(part.examples.name) (\(shape))")
                }
            }
            return .features(columns: columns, values: try features(columns: columns, context))
        }
    }

    private func images(
        _ shape: ImageShape,
        channelsFirst: Bool,
        _ context: IngestContext
    ) throws(IngestError) -> ArrayImageRows {
        guard shape.count <= context.limits.picturePixels else {
            throw .tooLarge(what: "values in one picture", got: shape.count, limit: context.limits.picturePixels)
        }
        let scale = try pixelScale(context)
        var pixels: [UInt8] = []
        for part in parts {
            let array = channelsFirst ? part.examples.channelsLast(shape) : part.examples
            let bytes: [UInt8]
            switch array.values {
            case .bytes(let values): bytes = values
            case .floats(let values, _): bytes = values.map(scale.byte)
            }
            if pixels.isEmpty { pixels = bytes } else { pixels += bytes }
        }
        let rows = ArrayImageRows(shape: shape, pixels: pixels)
        let limit = context.options.imageSize ?? (max(shape.height, shape.width) > Self.largestSide ? 32 : .max)
        guard max(shape.height, shape.width) > limit else { return rows }
        return Self.reduced(rows, within: limit, context)
    }

    /// The scale for the parts that are not bytes, by the values of all of them.
    private func pixelScale(_ context: IngestContext) throws(IngestError) -> PixelScale {
        var (smallest, largest) = (Float.infinity, -Float.infinity)
        var allIntegral = true
        var names: [String] = []
        for part in parts {
            guard case .floats(let values, let integral) = part.examples.values else { continue }
            names.append(part.examples.name)
            allIntegral = allIntegral && integral
            for (position, value) in values.enumerated() {
                guard value.isFinite else {
                    throw .arrayValue(
                        place: part.examples.place(position),
                        expected: "a finite pixel value",
                        got: "\(value)"
                    )
                }
                smallest = min(smallest, value)
                largest = max(largest, value)
            }
        }
        guard !names.isEmpty else { return .asIs }
        let scale = PixelScale(smallest: smallest, largest: largest, integral: allIntegral, beyond: beyond)
        context.reading.scale = Reading.Scale(
            from: scale.range?.from ?? [Double(smallest), Double(largest)],
            to: scale.range == nil ? [Double(smallest), Double(largest)] : [0, 255],
            rule: scale.range?.rule ?? (allIntegral ? "as_is" : "rounded")
        )
        if !(scale == .asIs && allIntegral) {
            for name in names { context.warnings.add(.rescaledPixels, at: name, note: scale.note) }
        }
        return scale
    }

    /// Shares of the values outside the ranges that pixels usually have.
    private var beyond: (zeroToOne: Double, minusOneToOne: Double, bytes: Double) {
        var (count, one, two, bytes) = (0, 0, 0, 0)
        for part in parts {
            guard case .floats(let values, _) = part.examples.values else { continue }
            count += values.count
            for value in values {
                if value < 0 || value > 1 { one += 1 }
                if value < -1 || value > 1 { two += 1 }
                if value < 0 || value > 255 { bytes += 1 }
            }
        }
        let all = Double(max(1, count))
        return (Double(one) / all, Double(two) / all, Double(bytes) / all)
    }

    private static func reduced(_ rows: ArrayImageRows, within limit: Int, _ context: IngestContext) -> ArrayImageRows {
        let shape = rows.shape
        let (height, width) = AreaAverage.fittedSize(height: shape.height, width: shape.width, within: limit)
        let count = rows.pixels.count / shape.count
        let small = ImageShape(height: height, width: width, channels: shape.channels)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(count * small.count)
        for row in 0..<count {
            let raster = Raster(
                height: shape.height,
                width: shape.width,
                channels: shape.channels,
                pixels: Array(rows.pixels[row * shape.count..<(row + 1) * shape.count])
            )
            pixels += AreaAverage.reduce(raster, height: height, width: width).pixels
        }
        context.warnings.add(
            .reducedImages,
            at: "\(shape.height) x \(shape.width)",
            count: count,
            note: " to \(height) x \(width) pixels"
        )
        return ArrayImageRows(shape: small, pixels: pixels)
    }

    /// All rows one after another. Infinite values are refused; missing ones (NaN) become the mean of their column over
    /// the training rows, and are counted.
    private func features(columns: Int, _ context: IngestContext) throws(IngestError) -> [Float] {
        var values: [Float] = []
        for part in parts {
            let floats: [Float]
            switch part.examples.values {
            case .bytes(let bytes): floats = bytes.map(Float.init)
            case .floats(let array, _): floats = array
            }
            if let position = floats.firstIndex(where: \.isInfinite) {
                throw .arrayValue(
                    place: part.examples.place(position),
                    expected: "a finite number that a 32-bit float holds",
                    got: "\(floats[position])"
                )
            }
            if values.isEmpty { values = floats } else { values += floats }
        }
        if values.contains(where: \.isNaN) { fillMissing(&values, columns: columns, context) }
        return values
    }

    private func fillMissing(_ values: inout [Float], columns: Int, _ context: IngestContext) {
        var sums = [Double](repeating: 0, count: columns)
        var counts = [Int](repeating: 0, count: columns)
        var start = 0
        for part in parts {
            defer { start += part.examples.rows * columns }
            guard !part.isTest else { continue }
            for position in start..<start + part.examples.rows * columns where !values[position].isNaN {
                sums[position % columns] += Double(values[position])
                counts[position % columns] += 1
            }
        }
        start = 0
        for part in parts {
            for position in 0..<part.examples.rows * columns where values[start + position].isNaN {
                let column = position % columns
                values[start + position] = counts[column] == 0 ? 0 : Float(sums[column] / Double(counts[column]))
                context.warnings.add(.missingValues, at: part.examples.place(position))
            }
            start += part.examples.rows * columns
        }
    }
}
