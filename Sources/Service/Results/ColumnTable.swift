import Arrays
import Experiments
import Files
import Foundation
import Synchronization
import Tasks

/// One column of a revision, as `columns.json` describes it.
package struct Column: Decodable, Sendable {
    package var name: String
    /// `float32` or `category`.
    var dtype: String
    /// The names behind the codes of a category column.
    var categories: [String]? = nil
    /// The score that it belongs to.
    var score: String? = nil
    /// `value`, or which companion of the score's value it is.
    var companion: String? = nil
    package var higherIsHarder: Bool? = nil
    var title: String? = nil
    var unit: String? = nil

    enum CodingKeys: String, CodingKey {
        case name
        case dtype
        case categories
        case score
        case companion
        case higherIsHarder = "higher_is_harder"
        case title
        case unit
    }

    package var isCategory: Bool { dtype == "category" }
}

/// The columns of one revision of a job: immutable, mapped when they are first needed, with their sort orders kept.
package final class ColumnTable: Sendable {
    /// The folder of the revision.
    let folder: String
    /// All columns, in the order of the exports.
    let columns: [Column]
    /// N.
    let count: Int

    private struct Cache {
        var floats: [String: MappedArray<Float>] = [:]
        var codes: [String: MappedArray<Int32>] = [:]
    }
    private let cache = Mutex(Cache())
    private let lists: RowLists

    /// - Parameter lists: where sort orders are kept
    init(folder: String, count: Int, lists: RowLists) throws {
        self.lists = lists
        self.folder = folder
        self.count = count
        let bytes = Data(try Files.live.read("\(folder)/columns.json"))
        let decoder = JSONDecoder()
        columns = try decoder.decode([Column].self, from: bytes)
    }

    func column(_ name: String) -> Column? { columns.first { $0.name == name } }

    /// N numbers; NaN where null.
    package func floats(_ name: String) throws -> MappedArray<Float> {
        if let known = cache.withLock({ $0.floats[name] }) { return known }
        let mapped = try MappedArray<Float>(path: "\(folder)/\(name).npy")
        cache.withLock { $0.floats[name] = mapped }
        return mapped
    }

    /// N codes of a category column; -1 where null.
    func codes(_ name: String) throws -> MappedArray<Int32> {
        if let known = cache.withLock({ $0.codes[name] }) { return known }
        let mapped = try MappedArray<Int32>(path: "\(folder)/\(name).npy")
        cache.withLock { $0.codes[name] = mapped }
        return mapped
    }

    /// The value of one cell.
    func value(_ column: Column, _ row: Int) throws -> JSON {
        if column.isCategory {
            let code = Int(try codes(column.name)[row])
            guard let names = column.categories, names.indices.contains(code) else { return .null }
            return .string(names[code])
        }
        return .float(try floats(column.name)[row])
    }

    /// Rows sorted by a column; nulls last, ties by row index, so that pages never overlap.
    func order(by column: Column, descending: Bool) throws -> [Int32] {
        try kept((descending ? "-" : "") + column.name) { try sort(by: column, descending: descending) }
    }

    /// A list of rows that is expensive to make: the one kept under `key`, or what `make` returns.
    func kept(_ key: String, _ make: () throws -> [Int32]) throws -> [Int32] {
        try lists.list("\(folder)\n\(key)", make)
    }

    private func sort(by column: Column, descending: Bool) throws -> [Int32] {
        guard column.isCategory else {
            return try floats(column.name).withUnsafeBufferPointer { RowOrder.sorted($0, descending: descending) }
        }
        // Categories sort by name, not by code.
        return Self.places(try codes(column.name).array().values, column.categories ?? [])
            .withUnsafeBufferPointer { RowOrder.sorted($0, descending: descending) }
    }

    /// Where each code stands among the names in their order; NaN where null.
    static func places(_ codes: [Int32], _ names: [String]) -> [Float] {
        var place = [Float](repeating: .nan, count: names.count)
        for (position, code) in names.indices.sorted(by: { names[$0] < names[$1] }).enumerated() {
            place[code] = Float(position)
        }
        return codes.map { place.indices.contains(Int($0)) ? place[Int($0)] : .nan }
    }
}

/// The tables that were asked for last, by folder: revisions never change, so a table is as good as its folder.
final class ColumnTables: Sendable {
    private let kept = Mutex(Recent<String, ColumnTable>(capacity: 8))
    /// Lists of all tables together: 128 sort orders of a million rows.
    private let lists = RowLists(budget: 512 << 20)

    func table(folder: String, count: Int) throws -> ColumnTable {
        if let known = kept.withLock({ $0[folder] }) { return known }
        let table = try ColumnTable(folder: folder, count: count, lists: lists)
        kept.withLock { $0[folder] = table }
        return table
    }
}

/// The files of revisions that were read last, kept open.
package final class OpenFiles: Sendable {
    private let kept = Mutex(Recent<String, FileReader>(capacity: 64))

    /// A file of a revision, kept open.
    func reader(_ path: String) throws -> FileReader {
        if let known = kept.withLock({ $0[path] }) { return known }
        let reader = try Files.live.openForReading(path)
        kept.withLock { $0[path] = reader }
        return reader
    }

    /// The whole of a small file.
    func whole(_ path: String) throws -> [UInt8] {
        let reader = try reader(path)
        return try reader.read(at: 0, count: reader.size)
    }

    /// One row of a row-major array: `count` elements from `row * count` on.
    func row<Element: ArrayElement>(_: Element.Type, of path: String, row: Int, count: Int) throws -> [Element] {
        let reader = try reader(path)
        let head = try reader.read(at: 0, count: min(reader.size, 4_096))
        let (_, offset) = try NPYHeader.parse(head)
        let size = MemoryLayout<Element>.stride
        let bytes = try reader.read(at: offset + row * count * size, count: count * size)
        return bytes.withUnsafeBytes { Array($0.bindMemory(to: Element.self)) }
    }
}
