/// Splits a `where` text into words and signs.
struct FilterLexer {
    enum Kind: Hashable {
        /// A name: bare, or in double quotes.
        case name(String)
        case number(Double)
        /// Text in single quotes, a doubled quote standing for one.
        case text(String)
        /// `AND`, `OR`, `NOT`, `IN`, `IS`, `NULL`, `LIKE`, `BETWEEN`, `TRUE`, `FALSE`.
        case keyword(String)
        /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `(`, `)`, `,`.
        case sign(String)
        case end
    }

    struct Token: Hashable {
        var kind: Kind
        /// Characters before it.
        var position: Int

        /// The token as an error message names it.
        var description: String {
            switch kind {
            case .name(let name): "\"\(name)\""
            case .number(let value): "\(value)"
            case .text(let text): "'\(text)'"
            case .keyword(let word): word
            case .sign(let sign): "\"\(sign)\""
            case .end: "the end"
            }
        }
    }

    private static let keywords: Set<String> = [
        "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "BETWEEN", "TRUE", "FALSE",
    ]
    private static let signs = ["<=", ">=", "!=", "<>", "==", "<", ">", "=", "(", ")", ","]

    private let characters: [Character]
    private var place = 0

    private init(_ text: String) {
        characters = Array(text)
    }

    static func tokens(of text: String) throws(FilterError) -> [Token] {
        var lexer = FilterLexer(text)
        var tokens: [Token] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    private mutating func next() throws(FilterError) -> Token {
        while place < characters.count, characters[place].isWhitespace { place += 1 }
        let start = place
        guard start < characters.count else { return Token(kind: .end, position: start) }
        let first = characters[start]
        if first == "'" { return Token(kind: .text(try quoted("'")), position: start) }
        if first == "\"" { return Token(kind: .name(try quoted("\"")), position: start) }
        if first.isLetter || first == "_" {
            let word = take { $0.isLetter || $0.isNumber || $0 == "_" }
            let upper = word.uppercased()
            return Token(kind: Self.keywords.contains(upper) ? .keyword(upper) : .name(word), position: start)
        }
        if first.isNumber || first == "-" || first == "+" || first == "." { return try number(from: start) }
        for sign in Self.signs where characters[start...].starts(with: sign) {
            place += sign.count
            let plain = ["<>": "!=", "==": "="][sign] ?? sign
            return Token(kind: .sign(plain), position: start)
        }
        throw FilterError(position: start, detail: "\"\(first)\" has no meaning here")
    }

    private mutating func take(while belongs: (Character) -> Bool) -> String {
        let start = place
        while place < characters.count, belongs(characters[place]) { place += 1 }
        return String(characters[start..<place])
    }

    private mutating func number(from start: Int) throws(FilterError) -> Token {
        var text = ""
        if "+-".contains(characters[place]) {
            text.append(characters[place])
            place += 1
        }
        text += take { $0.isASCII && ($0.isNumber || $0 == ".") }
        if place < characters.count, "eE".contains(characters[place]) {
            text.append(characters[place])
            place += 1
            if place < characters.count, "+-".contains(characters[place]) {
                text.append(characters[place])
                place += 1
            }
            text += take { $0.isASCII && $0.isNumber }
        }
        guard let value = Double(text), value.isFinite else {
            throw FilterError(position: start, detail: "\"\(text)\" is not a number")
        }
        return Token(kind: .number(value), position: start)
    }

    private mutating func quoted(_ quote: Character) throws(FilterError) -> String {
        let start = place
        var text = ""
        place += 1
        while place < characters.count {
            let character = characters[place]
            place += 1
            guard character == quote else {
                text.append(character)
                continue
            }
            guard place < characters.count, characters[place] == quote else { return text }
            text.append(quote)
            place += 1
        }
        throw FilterError(position: start, detail: "the quote that begins here has no end")
    }
}
