import Files
import Foundation

/// What opens the service: 256 bits from the operating system's generator. It is handed out once and kept nowhere; what
/// is kept is its SHA-256.
///
/// A plain hash is enough: slow, salted ones protect passwords, which people choose and which can therefore be guessed.
/// Nobody guesses 256 random bits, whatever a guess costs.
struct Secret: Sendable {
    /// The text that its owner keeps.
    let text: String

    /// - Parameter prefix: says what it is to whoever, or whatever scanner, finds it lying about
    init(prefix: String) {
        // On Linux this generator is getrandom(2).
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<4).flatMap { _ in withUnsafeBytes(of: generator.next() as UInt64) { [UInt8]($0) } }
        let base64 = Data(bytes).base64EncodedString()
        text = prefix + base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// SHA-256 in lowercase hexadecimal.
    var hash: String { Self.hash(of: text) }

    static func hash(of text: String) -> String { SHA256Hasher.hash(Array(text.utf8)) }

    /// Whether two hashes are equal, in a time that does not depend on where they differ.
    static func areEqual(_ one: String, _ other: String) -> Bool {
        let (a, b) = (Array(one.utf8), Array(other.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
