import Arrays

/// Takes examples, labels and texts out of an NPZ.
struct NPZLoader {
    let archive: NPZReader
    /// Bytes of the whole upload: what bounds the truth of a stated size.
    let uploadSize: Int
    let limits: IngestLimits

    /// Deflate cannot shrink data to less than 1/1032 (zlib's technical notes), so a larger claim is a lie, found before
    /// any memory is taken for it.
    private static let deflateRatio = 1032

    func examples(_ name: String) throws(IngestError) -> NumericArray {
        let header = try header(name)
        guard header.shape.count >= 2 else {
            throw .arrayShape(
                name: name,
                expected: "(N, D), (N, H, W), (N, H, W, C) or (N, C, H, W)",
                got: header.shape
            )
        }
        let count = try elements(header, name)
        let kind = header.dtype.dropFirst().first
        let isIntegral = kind != "f"
        let values: NumericArray.Values =
            switch (header.dtype, header.fortranOrder) {
            case ("|u1", false): .bytes(try whole(name, count: count))
            case ("<f4", false): .floats(try whole(name, count: count), integral: false)
            case ("|u1", true): .bytes(try converted(name))
            default: .floats(try converted(name), integral: isIntegral)
            }
        return NumericArray(name: name, shape: header.shape, values: values)
    }

    /// Labels of any type: `(N,)`, `(N, 1)`, or one-hot `(N, C)`.
    func labels(_ name: String) throws(IngestError) -> LabelColumn.Raw {
        let header = try header(name)
        let kind = header.dtype.dropFirst().first
        _ = try elements(header, name)
        if Self.isText(header) { return .strings(try strings(name)) }
        switch header.shape.count {
        case 1: break
        case 2 where header.shape[1] == 1: break
        case 2 where header.shape[1] > 1: return .integers(try oneHot(name, columns: header.shape[1]))
        default: throw .arrayShape(name: name, expected: "(N,), (N, 1) or one-hot (N, C)", got: header.shape)
        }
        switch kind {
        case "b": return .booleans((try converted(name) as [UInt8]).map { $0 != 0 })
        case "f": return .floats(try converted(name))
        default: return .integers(try converted(name))
        }
    }

    /// Text or integers, as text.
    func texts(_ name: String) throws(IngestError) -> [String] {
        let header = try header(name)
        _ = try elements(header, name)
        if Self.isText(header) { return try strings(name) }
        return (try converted(name) as [Int64]).map(String.init)
    }

    func classNames(_ name: String) throws(IngestError) -> [String] {
        let names = try texts(name)
        guard names.count <= limits.classes else { throw .tooManyClasses(got: names.count, limit: limits.classes) }
        guard names.allSatisfy({ !$0.isEmpty }) else { throw .badClassNames(name: name, reason: "one name is empty") }
        guard Set(names).count == names.count else { throw .badClassNames(name: name, reason: "a name occurs twice") }
        return names
    }

    private func oneHot(_ name: String, columns: Int) throws(IngestError) -> [Int64] {
        let values: [Float] = try converted(name)
        var codes: [Int64] = []
        for start in stride(from: 0, to: values.count, by: columns) {
            let row = values[start..<start + columns]
            guard let hot = row.firstIndex(of: 1), row.allSatisfy({ $0 == 0 || $0 == 1 }), row.reduce(0, +) == 1 else {
                throw .arrayValue(
                    place: "\(name)[\(start / columns)]",
                    expected: "one label, or one 1 among zeros",
                    got: "a row of \(columns) other values"
                )
            }
            codes.append(Int64(hot - start))
        }
        return codes
    }

    private func header(_ name: String) throws(IngestError) -> NPYHeader {
        try IngestError.translating { try archive.header(name) }
    }

    /// The number of elements, once rows and bytes are within the limits and possible for the size of the upload.
    private func elements(_ header: NPYHeader, _ name: String) throws(IngestError) -> Int {
        guard let rows = header.shape.first else {
            throw .arrayShape(name: name, expected: "one entry for each example", got: header.shape)
        }
        guard rows <= limits.examples else {
            throw .tooLarge(what: "rows in \(name)", got: rows, limit: limits.examples)
        }
        let width = max(1, Int(header.dtype.dropFirst(2)) ?? 1)
        let (size, overflow) = width.multipliedReportingOverflow(by: Self.isUnicode(header) ? 4 : 1)
        let limit = limits.exampleBytes / (overflow ? .max : size)
        guard let count = header.count, count <= limit else {
            throw .tooLarge(what: "values in \(name)", got: header.count ?? .max, limit: limit)
        }
        guard count * size / Self.deflateRatio <= uploadSize else {
            throw .unreadableArray(name: name, reason: "\(name) states more values than the upload can hold")
        }
        guard count > 0 else { throw .arrayShape(name: name, expected: "at least one value", got: header.shape) }
        return count
    }

    private static func isText(_ header: NPYHeader) -> Bool { ["U", "S"].contains(header.dtype.dropFirst().first) }

    private static func isUnicode(_ header: NPYHeader) -> Bool { header.dtype.dropFirst().first == "U" }

    private func strings(_ name: String) throws(IngestError) -> [String] {
        try IngestError.translating { try archive.strings(name) }
    }

    private func converted<Element: ArrayElement>(_ name: String) throws(IngestError) -> [Element] {
        try IngestError.translating { try archive.array(name, as: Element.self, converting: true).values }
    }

    /// An array whose bytes are used as they lie, filled as they arrive: held once, not twice.
    private func whole<Element: ArrayElement>(_ name: String, count: Int) throws(IngestError) -> [Element] {
        try IngestError.translating {
            try [Element](unsafeUninitializedCapacity: count) { buffer, filled in
                let bytes = UnsafeMutableRawBufferPointer(buffer)
                var offset = 0
                let wanted = count * MemoryLayout<Element>.stride
                try archive.stream(name) { _, piece in
                    guard offset + piece.count <= wanted else {
                        throw ArrayError.wrongSize(name: name, expected: wanted, got: offset + piece.count)
                    }
                    UnsafeMutableRawBufferPointer(rebasing: bytes[offset...]).copyMemory(from: piece)
                    offset += piece.count
                }
                guard offset == wanted else { throw ArrayError.wrongSize(name: name, expected: wanted, got: offset) }
                filled = count
            }
        }
    }
}
