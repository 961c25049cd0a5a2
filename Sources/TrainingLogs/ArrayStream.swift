import Arrays

/// The numbers of one array of an NPZ archive, piece by piece: a log may be larger than memory.
struct ArrayStream {
    let reader: NPZReader
    private(set) var axes: ArrayAxes
    /// The array's name in the archive.
    let member: String

    init(reader: NPZReader, axes: ArrayAxes, member: String) {
        self.reader = reader
        self.axes = axes
        self.member = member
    }

    /// Joins all axes but the first: rows of convolutions are as long as all their positions and channels.
    mutating func flatten(to shape: [Int]) { axes.shape = shape }

    /// Every number, with a cursor that stands at it.
    ///
    /// - Throws: `LogError` where a number does not fit `Element`, and what `body` throws
    func numbers<Element: ArrayElement>(
        as type: Element.Type,
        _ body: (ArrayAxes.Cursor, Element) throws -> Void
    ) throws {
        var cursor = axes.start
        try pieces(as: type) { piece in
            for value in piece {
                try body(cursor, value)
                cursor.advance()
            }
        }
    }

    /// Every row of the last axis, with a cursor that stands at it.
    ///
    /// - Throws: `LogError` where a number is not finite and `finite` is set, and what `body` throws
    func rows(finite: Bool = true, _ body: (ArrayAxes.Cursor, UnsafeBufferPointer<Float>) throws -> Void) throws {
        let width = axes.shape.last ?? 0
        guard width > 0 else { return }
        var cursor = try axes.firstRow()
        var row: [Float] = []
        row.reserveCapacity(width)
        try pieces(as: Float.self) { piece in
            var rest = piece[...]
            while !rest.isEmpty {
                let taken = rest.prefix(width - row.count)
                row.append(contentsOf: taken)
                rest = rest.dropFirst(taken.count)
                guard row.count == width else { return }
                if finite, let column = row.firstIndex(where: { !$0.isFinite }) {
                    let place = cursor.place.dropLast()
                    throw LogError("\(place), \(column)]", expected: "a finite number", got: "\(row[column])")
                }
                try row.withUnsafeBufferPointer { try body(cursor, $0) }
                row.removeAll(keepingCapacity: true)
                cursor.advance()
            }
        }
    }

    private func pieces<Element: ArrayElement>(as type: Element.Type, _ body: ([Element]) throws -> Void) throws {
        var format: NumberFormat?
        // A number may lie across two pieces of the file.
        var rest: [UInt8] = []
        var done = 0
        var values: [Element] = []
        let header = try reader.stream(member) { header, piece in
            let known = try format ?? NumberFormat(descr: header.dtype, name: axes.name)
            format = known
            rest.append(contentsOf: piece)
            let whole = rest.count - rest.count % known.byteCount
            values.removeAll(keepingCapacity: true)
            do {
                try rest.withUnsafeBytes { bytes in
                    try known.convert(
                        UnsafeRawBufferPointer(rebasing: bytes[..<whole]),
                        to: Element.self,
                        name: axes.name
                    ) { values.append($1) }
                }
            } catch ArrayError.valueOutOfRange(_, let index, let value, let expected) {
                throw LogError(axes.place(done + index), expected: "a number that fits \(expected)", got: value)
            }
            rest.removeFirst(whole)
            done += values.count
            // More numbers than the shape has places for would run past every array made for them.
            guard done <= axes.shape.reduce(1, *) else { throw wrongSize(done) }
            try body(values)
        }
        guard rest.isEmpty, done == header.count else { throw wrongSize(done) }
    }

    private func wrongSize(_ got: Int) -> LogError {
        LogError(axes.name, expected: "\(axes.shape.reduce(1, *)) numbers, as its header says", got: "\(got)")
    }
}
