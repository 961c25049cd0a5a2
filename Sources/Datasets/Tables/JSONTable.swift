/// JSON Lines, or one JSON array of objects: each object is a record, each key a column, an array of numbers as many
/// columns `key[0]`, `key[1]`, ....
final class JSONTable: Table {
    let files: [TableFile]
    private(set) var columns: [String] = []
    let hasNames = true
    let hasDecimalCommas = false
    private(set) var nested: Set<Int> = []
    private var indices: [String: Int] = [:]
    private let context: IngestContext
    private var encodings: [TextEncoding] = []
    private var shapes: [JSONShape] = []

    init(_ files: [TableFile], _ context: IngestContext) throws(IngestError) {
        self.files = files
        self.context = context
        for file in files { encodings.append(try file.encoding(context)) }
        for at in files.indices { shapes.append(try shape(of: at)) }
        context.reading.encoding = encodings.first?.name
    }

    func read(
        _ file: Int,
        progress: (Double) -> Void,
        _ body: (TableRecord) throws(IngestError) -> Void
    ) throws(IngestError) {
        let name = files[file].name
        let shape = shapes[file]
        var splitter = JSONObjectSplitter(
            name: name,
            longest: shape.isRecords ? JSONObjectSplitter.longestObject : JSONShape.longest
        )
        var record = TableRecord()
        func take(_ object: UnsafeBufferPointer<UInt8>, _ line: Int) throws(IngestError) {
            guard !shape.isRecords else { return try add(object, line) }
            var number = line
            for object in try shape.records(in: object, place: "\(name):\(line)") {
                try object.withUnsafeBufferPointer { bytes -> Result<Void, IngestError> in
                    Result { () throws(IngestError) in try add(bytes, number) }
                }.get()
                // Records of one object have no lines of their own: they are numbered.
                number += 1
            }
        }
        func add(_ object: UnsafeBufferPointer<UInt8>, _ line: Int) throws(IngestError) {
            record.clear(line: line)
            var parser = JSONObjectParser(object, place: "\(name):\(line)")
            try parser.parse(into: &record) { (key) throws(IngestError) in try column(key, name) }
            for key in parser.nested { nested.insert(try column(key, name)) }
            for key in parser.joined { context.warnings.add(.joinedLists, at: "\(name):\(line), \"\(key)\"") }
            try body(record)
        }
        try files[file].readText(encodings[file], limits: context.limits, progress: progress) {
            (bytes) throws(IngestError) in
            try splitter.push(bytes, take)
            return true
        }
        try splitter.finish()
    }

    /// Looks at the first object, and whether there is a second.
    private func shape(of file: Int) throws(IngestError) -> JSONShape {
        var first: [UInt8]?
        var isAlone = true
        var splitter = JSONObjectSplitter(name: files[file].name, longest: JSONShape.longest)
        try files[file].readText(encodings[file], limits: context.limits) { (bytes) throws(IngestError) in
            try splitter.push(bytes) { object, _ in
                if first == nil { first = Array(object) } else { isAlone = false }
            }
            return isAlone
        }
        guard let first else { return .records }
        return first.withUnsafeBufferPointer { JSONShape($0, isAlone: isAlone) }
    }

    private func column(_ key: String, _ file: String) throws(IngestError) -> Int {
        if let known = indices[key] { return known }
        guard columns.count < context.limits.features else {
            throw .tooLarge(what: "columns in \(file)", got: columns.count + 1, limit: context.limits.features)
        }
        indices[key] = columns.count
        columns.append(key)
        return columns.count - 1
    }
}
