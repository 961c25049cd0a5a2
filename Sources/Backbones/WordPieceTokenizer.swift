import Files
import Foundation
package import Recipes

/// A text as a backbone takes it: cut into words, and these into the longest pieces that the vocabulary has (`tokenization.py`
/// of google-research/bert, whose results these are; Wu et al. 2016, section 4.1).
package struct WordPieceTokenizer {
    /// Characters beyond which a word is not looked up.
    private static let longestWord = 100

    private let input: Backbone.TextInput
    /// By their bytes: `String` holds letters with accents for equal however they are written.
    private let places: [[UInt8]: Int64]
    private let unknown: Int64
    private let start: Int64
    private let end: Int64

    /// - Parameter vocabulary: the file, a piece a line
    /// - Throws: `BackboneError` where it lacks what every text needs
    package init(_ input: Backbone.TextInput, vocabulary: [UInt8]) throws(BackboneError) {
        self.input = input
        let lines = vocabulary.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // As in BERT, the last of equal lines counts.
        let all = lines.enumerated().map { place, line in
            (Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line), Int64(place))
        }
        let places = Dictionary(all, uniquingKeysWith: { $1 })
        func place(_ piece: String) throws(BackboneError) -> Int64 {
            guard let place = places[Array(piece.utf8)] else {
                throw BackboneError(detail: "the vocabulary lacks \(piece)")
            }
            return place
        }
        self.places = places
        unknown = try place("[UNK]")
        start = try place("[CLS]")
        end = try place("[SEP]")
    }

    /// The places of a text's pieces in the vocabulary, `[CLS]` first, `[SEP]` last, `tokens` at most.
    package func pieces(of text: String) -> [Int64] {
        var found = [start]
        let most = input.tokens - 1
        for word in words(of: text) where found.count < most { append(word, to: &found) }
        return found.prefix(most) + [end]
    }

    /// The longest pieces of a word, from its front; `[UNK]` where one of them is not in the vocabulary.
    private func append(_ word: String.UnicodeScalarView, to found: inout [Int64]) {
        guard word.count <= Self.longestWord else { return found.append(unknown) }
        let (count, bytes) = (found.count, Array(String(word).utf8))
        var from = 0
        while from < bytes.count {
            var to = bytes.count
            var place: Int64?
            while to > from {
                // A piece ends where a character does.
                if to == bytes.count || bytes[to] & 0xC0 != 0x80 {
                    place = places[(from > 0 ? Self.continues : []) + bytes[from..<to]]
                    if place != nil { break }
                }
                to -= 1
            }
            guard let place else {
                found.removeLast(found.count - count)
                return found.append(unknown)
            }
            found.append(place)
            from = to
        }
    }

    /// What pieces within a word begin with.
    private static let continues = Array("##".utf8)

    /// Words: what stands between spaces, each punctuation mark and each Chinese character alone.
    private func words(of text: String) -> [String.UnicodeScalarView] {
        var words: [String.UnicodeScalarView] = []
        for word in Self.split(text) {
            let plain = input.lowercase ? Self.withoutAccents(word) : word
            var current = String.UnicodeScalarView()
            for scalar in plain {
                if Self.isPunctuation(scalar) {
                    if !current.isEmpty { words.append(current) }
                    words.append(String.UnicodeScalarView([scalar]))
                    current = String.UnicodeScalarView()
                } else {
                    current.append(scalar)
                }
            }
            if !current.isEmpty { words.append(current) }
        }
        return words
    }

    /// What stands between spaces, without control characters; Chinese characters alone.
    private static func split(_ text: String) -> [String.UnicodeScalarView] {
        var words: [String.UnicodeScalarView] = []
        var current = String.UnicodeScalarView()
        func end() {
            if !current.isEmpty { words.append(current) }
            current = String.UnicodeScalarView()
        }
        for scalar in text.unicodeScalars {
            if isSpace(scalar) {
                end()
            } else if isIdeograph(scalar) {
                end()
                words.append(String.UnicodeScalarView([scalar]))
            } else if scalar.value != 0, scalar.value != 0xFFFD, !isControl(scalar) {
                current.append(scalar)
            }
        }
        end()
        return words
    }

    private static func withoutAccents(_ word: String.UnicodeScalarView) -> String.UnicodeScalarView {
        if word.allSatisfy(\.isASCII) { return String(word).lowercased().unicodeScalars }
        let apart = String(word).lowercased().decomposedStringWithCanonicalMapping
        return String.UnicodeScalarView(
            apart.unicodeScalars.filter { $0.properties.generalCategory != .nonspacingMark }
        )
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t", "\n", "\r": true
        default:
            switch scalar.properties.generalCategory {
            case .spaceSeparator, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .privateUse, .surrogate: true
        default: false
        }
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 33...47, 58...64, 91...96, 123...126: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }

    /// The blocks of CJK Unified Ideographs and those of their compatibility, not Hangul or kana, which have spaces or pieces.
    private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF,
            0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
