import Files
import Foundation

/// JSON with sorted keys, no blanks and no escaped slashes: equal values give equal bytes, so that a digest of it can
/// name what it describes.
public enum CanonicalJSON {
    /// - Throws: `EncodingError` where a number is not finite
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(value))
    }

    /// SHA-256 of the canonical form, in lowercase hexadecimal.
    public static func digest(_ value: some Encodable) throws -> String {
        SHA256Hasher.hash(try encode(value))
    }

    /// The canonical form as text.
    public static func text(_ value: some Encodable) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }
}
