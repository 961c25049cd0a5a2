/// What must be known of a JPEG file before it is decoded (ITU-T T.81, annex B): how many scans it has, and the EXIF
/// orientation. Reads markers only; entropy-coded data are skipped.
struct JPEGMarkers: Hashable {
    /// SOS markers. Each scan of a progressive file costs a pass over the whole picture.
    private(set) var scans = 0
    /// EXIF orientation 1...8; 1 where there is none.
    private(set) var orientation = 1

    init(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { bytes in
            var at = 2  // past SOI
            while let marker = Self.nextMarker(in: bytes, at: &at) {
                switch marker {
                case 0xd9: return  // EOI
                case 0x01, 0xd0...0xd8: continue  // TEM, RSTn, SOI: no length
                default: break
                }
                guard at + 2 <= bytes.count else { return }
                let length = Int(bytes[at]) << 8 | Int(bytes[at + 1])
                guard length >= 2 else { return }
                if marker == 0xda { scans += 1 }
                if marker == 0xe1 {
                    let segment = UnsafeBufferPointer(rebasing: bytes[at + 2..<min(at + length, bytes.count)])
                    if let found = Self.orientation(inEXIF: segment) { orientation = found }
                }
                at += length
            }
        }
    }

    /// The next marker at or after `at`, which is left behind it. Stuffed zeros (FF 00) and fill bytes are no markers.
    private static func nextMarker(in bytes: UnsafeBufferPointer<UInt8>, at: inout Int) -> UInt8? {
        while at + 1 < bytes.count {
            guard bytes[at] == 0xff else {
                at += 1
                continue
            }
            let code = bytes[at + 1]
            if code == 0xff {
                at += 1
            } else if code == 0 {
                at += 2
            } else {
                at += 2
                return code
            }
        }
        return nil
    }

    /// Tag 0x0112 of the first image file directory of an APP1 segment "Exif\0\0" + TIFF.
    private static func orientation(inEXIF segment: UnsafeBufferPointer<UInt8>) -> Int? {
        guard segment.count > 14, segment.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) else { return nil }
        let tiff = UnsafeBufferPointer(rebasing: segment[6...])
        let littleEndian: Bool
        switch (tiff[0], tiff[1]) {
        case (0x49, 0x49): littleEndian = true
        case (0x4d, 0x4d): littleEndian = false
        default: return nil
        }
        func number(_ at: Int, _ length: Int) -> Int? {
            guard at >= 0, at + length <= tiff.count else { return nil }
            return (0..<length).reduce(0) { $0 << 8 | Int(tiff[at + (littleEndian ? length - 1 - $1 : $1)]) }
        }
        guard number(2, 2) == 42, let directory = number(4, 4), let entries = number(directory, 2) else { return nil }
        for entry in 0..<entries {
            let at = directory + 2 + 12 * entry
            guard let tag = number(at, 2) else { return nil }
            if tag == 0x0112, number(at + 2, 2) == 3, let value = number(at + 8, 2), (1...8).contains(value) {
                return value
            }
        }
        return nil
    }
}
