/// One binary batch of CIFAR, record by record. Bytes are pushed in pieces of any size; no I/O.
struct CIFARBatch {
    /// Which of the two datasets.
    enum Variant: Hashable, CaseIterable {
        case ten
        case hundred

        /// The largest label bytes.
        var largest: [UInt8] { self == .ten ? [9] : [19, 99] }
        var recordBytes: Int { largest.count + CIFARBatch.pixelBytes }
        var title: String { self == .ten ? "CIFAR-10" : "CIFAR-100" }

        /// The variant whose label bytes fit at the start of the first records, and whose records fill the size.
        static func of(_ head: [UInt8], size: Int?) -> Variant? {
            allCases.first { variant in
                if let size, size == 0 || size % variant.recordBytes != 0 { return false }
                let starts = [0, variant.recordBytes].filter { $0 < head.count }
                let fits = starts.allSatisfy { start in
                    zip(head[start...], variant.largest).allSatisfy { $0 <= $1 }
                }
                // Text is no batch: a label byte is a control character.
                return fits && head.count >= variant.recordBytes + variant.largest.count
                    && !TextEncoding.looksLikeText(head)
            }
        }
    }

    /// Channels x rows x columns.
    static let pixelBytes = 3 * 32 * 32

    let variant: Variant
    let name: String
    let isTest: Bool
    /// The fine labels of CIFAR-100.
    private(set) var labels: [UInt8] = []
    private(set) var coarse: [UInt8] = []
    /// N x 3 x 32 x 32.
    private(set) var pixels: [UInt8] = []
    private let limit: Int
    private var at = 0

    var count: Int { labels.count }

    /// - Parameter limit: bytes of pixels
    init(_ variant: Variant, name: String, isTest: Bool, limit: Int) {
        self.variant = variant
        self.name = name
        self.isTest = isTest
        self.limit = limit
    }

    mutating func push(_ bytes: some RandomAccessCollection<UInt8>) throws(IngestError) {
        var rest = bytes[...]
        while let byte = rest.first {
            if at < variant.largest.count {
                guard byte <= variant.largest[at] else {
                    throw .arrayValue(
                        place: "\(name)[\(labels.count)]",
                        expected: "a label byte from 0 to \(variant.largest[at]), as \(variant.title) has",
                        got: String(byte)
                    )
                }
                if at == variant.largest.count - 1 { labels.append(byte) } else { coarse.append(byte) }
                at += 1
                rest = rest.dropFirst()
                continue
            }
            let piece = rest.prefix(variant.recordBytes - at)
            guard pixels.count + piece.count <= limit else {
                throw .tooLarge(what: "bytes of pictures", got: pixels.count + piece.count, limit: limit)
            }
            pixels.append(contentsOf: piece)
            rest = rest.dropFirst(piece.count)
            at = (at + piece.count) % variant.recordBytes
        }
    }

    func finish() throws(IngestError) {
        guard at == 0 else {
            throw .arrayValue(
                place: "\(name)[\(labels.count - 1)]",
                expected: "\(variant.recordBytes) bytes, as each record of \(variant.title) has",
                got: "cut off after \(at)"
            )
        }
    }
}
