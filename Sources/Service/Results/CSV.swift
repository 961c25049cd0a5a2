import Tasks

/// RFC 4180.
package enum CSV {
    /// One record. A cell that a spreadsheet would take for a formula stays as it is: these are data, and consumers
    /// compare them with their own.
    package static func line(_ cells: [String]) -> [UInt8] {
        var line: [UInt8] = []
        for (index, cell) in cells.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            if cell.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) {
                line += "\"\(cell.replacing("\"", with: "\"\""))\"".utf8
            } else {
                line += cell.utf8
            }
        }
        return line + [0x0D, 0x0A]
    }

    package static func cell(_ value: JSON) -> String {
        switch value {
        case .string(let text): text
        case .float(let number): number.isFinite ? "\(number)" : ""
        case .int(let number): "\(number)"
        case .double(let number): number.isFinite ? "\(number)" : ""
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object, .raw: ""
        }
    }
}
