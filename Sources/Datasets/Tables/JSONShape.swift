import Foundation

/// How the records of a JSON file lie in it, beyond one object a line.
enum JSONShape {
    /// Objects, one after the other or in one array: each is a record.
    case records
    /// One object whose values are lists of one length: `{"text": [..], "label": [..]}`.
    case columns
    /// One object one of whose values is a list of objects: `{"version": 1, "data": [..]}`.
    case wrapped(String)
    /// Label Studio's export: the record is `data`, the label what its annotation chose.
    case labelStudio

    /// Whether each object is a record as it stands.
    var isRecords: Bool { if case .records = self { true } else { false } }

    /// Bytes of a file that is one object: it is read whole.
    static let longest = 256 << 20

    /// Judges by the first object of a file.
    ///
    /// - Parameter isAlone: whether there is no other
    init(_ object: UnsafeBufferPointer<UInt8>, isAlone: Bool) {
        self = .records
        guard let fields = Self.fields(object) else { return }
        if fields["data"] is [String: Any], fields["annotations"] is [Any] || fields["completions"] is [Any] {
            self = .labelStudio
            return
        }
        guard isAlone else { return }
        let lists = fields.compactMapValues { $0 as? [Any] }
        if lists.count >= 2, lists.count == fields.count, Set(lists.values.map(\.count)).count == 1,
            lists.values.allSatisfy({ $0.count > 1 }), lists.values.contains(where: { !($0[0] is [Any]) })
        {
            self = .columns
        } else if let found = fields.first(where: { ($0.value as? [Any])?.first is [String: Any] }),
            fields.values.count(where: { ($0 as? [Any])?.first is [String: Any] }) == 1
        {
            self = .wrapped(found.key)
        }
    }

    private static func fields(_ object: UnsafeBufferPointer<UInt8>) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(buffer: object))) as? [String: Any]
    }

    /// The records of an object as objects of their own.
    ///
    /// - Parameter place: for messages
    func records(in object: UnsafeBufferPointer<UInt8>, place: String) throws(IngestError) -> [[UInt8]] {
        guard let fields = Self.fields(object) else {
            throw .tableRow(place: place, expected: "an object that is JSON", got: "something else")
        }
        let rows: [[String: Any]]
        switch self {
        case .records: rows = [fields]
        case .labelStudio: rows = [Self.labelStudio(fields)]
        case .wrapped(let key):
            guard let list = fields[key] as? [[String: Any]] else {
                throw .tableRow(place: place, expected: "a list of objects as \"\(key)\"", got: "something else")
            }
            rows = list
        case .columns:
            let lists = fields.compactMapValues { $0 as? [Any] }
            let count = lists.values.first?.count ?? 0
            guard lists.count == fields.count, lists.values.allSatisfy({ $0.count == count }) else {
                throw .tableRow(place: place, expected: "lists of one length", got: "other values")
            }
            rows = (0..<count).map { row in lists.mapValues { $0[row] } }
        }
        var encoded: [[UInt8]] = []
        encoded.reserveCapacity(rows.count)
        for row in rows {
            // Keys in one order, so that the columns have one too.
            guard let data = try? JSONSerialization.data(withJSONObject: row, options: [.sortedKeys]) else {
                throw .tableRow(place: place, expected: "values that JSON has", got: "others")
            }
            encoded.append([UInt8](data))
        }
        return encoded
    }

    /// The fields of `data`, and as `label` the choices of the first annotation that was not cancelled.
    private static func labelStudio(_ task: [String: Any]) -> [String: Any] {
        var row = task["data"] as? [String: Any] ?? [:]
        let annotations = (task["annotations"] ?? task["completions"]) as? [[String: Any]] ?? []
        let annotation = annotations.first { $0["was_cancelled"] as? Bool != true }
        let results = annotation?["result"] as? [[String: Any]] ?? []
        let choices = results.compactMap { ($0["value"] as? [String: Any])?["choices"] as? [String] }.flatMap(\.self)
        row["label"] = choices.isEmpty ? NSNull() as Any : choices.joined(separator: " ") as Any
        return row
    }
}
