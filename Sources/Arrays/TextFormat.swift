/// Fixed-width text in an array: `<U12` is twelve UTF-32 code points, `|S12` twelve bytes, padded with zeros.
struct TextFormat {
    private let unicode: Bool
    private let bigEndian: Bool
    private let width: Int

    init(descr: String, name: String) throws(ArrayError) {
        let text = Array(descr.utf8)
        guard text.count >= 3, let width = Int(String(decoding: text[2...], as: UTF8.self)), width >= 0,
            width <= 1 << 20, text[1] == UInt8(ascii: "U") || text[1] == UInt8(ascii: "S")
        else { throw .unsupportedDType(name: name, got: descr) }
        self.width = width
        unicode = text[1] == UInt8(ascii: "U")
        bigEndian = text[0] == UInt8(ascii: ">")
    }

    func decode(_ header: NPYHeader, data: UnsafeRawBufferPointer, name: String) throws(ArrayError) -> [String] {
        guard header.shape.count == 1 else { throw .wrongShape(name: name, expected: "(N,)", got: header.shape) }
        let size = width * (unicode ? 4 : 1)
        let (bytes, overflow) = header.shape[0].multipliedReportingOverflow(by: size)
        guard !overflow, data.count == bytes else {
            throw .wrongSize(name: name, expected: overflow ? Int.max : bytes, got: data.count)
        }
        var strings: [String] = []
        strings.reserveCapacity(header.shape[0])
        for row in 0..<header.shape[0] {
            let cell = UnsafeRawBufferPointer(rebasing: data[row * size..<(row + 1) * size])
            if unicode {
                strings.append(try unicodeText(cell, row: row, name: name))
            } else {
                let end = cell.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
                strings.append(String(decoding: cell[..<end], as: UTF8.self))
            }
        }
        return strings
    }

    private func unicodeText(_ cell: UnsafeRawBufferPointer, row: Int, name: String) throws(ArrayError) -> String {
        var text = String.UnicodeScalarView()
        for position in 0..<width {
            let bits = cell.loadUnaligned(fromByteOffset: position * 4, as: UInt32.self)
            let code = bigEndian ? UInt32(bigEndian: bits) : bits
            guard let scalar = Unicode.Scalar(code) else {
                throw .badHeader(name: name, detail: "row \(row) is not Unicode text")
            }
            text.append(scalar)
        }
        while text.last?.value == 0 { text.removeLast() }
        return String(text)
    }
}
