/// A piece of HTML, or of SVG inside it. Every text and every attribute's value is escaped where it is put in, so that no
/// name in a dataset can become markup; names of elements and attributes are literals of this program.
struct HTML: Sendable {
    /// The markup.
    private(set) var markup: String

    /// Nothing.
    static let nothing = HTML(markup: "")

    private init(markup: String) { self.markup = markup }

    /// A text.
    static func text(_ text: String) -> HTML { HTML(markup: escaped(text)) }

    /// An element with its content.
    static func element(
        _ name: StaticString,
        _ attributes: KeyValuePairs<StaticString, String> = [:],
        _ children: [HTML] = []
    ) -> HTML {
        var markup = "<\(name)"
        for (name, value) in attributes { markup += " \(name)=\"\(escaped(value))\"" }
        markup += ">"
        if isVoid(name) { return HTML(markup: markup) }
        for child in children { markup += child.markup }
        return HTML(markup: markup + "</\(name)>")
    }

    /// An element with a text.
    static func element(
        _ name: StaticString,
        _ attributes: KeyValuePairs<StaticString, String> = [:],
        _ text: String
    ) -> HTML {
        element(name, attributes, [.text(text)])
    }

    /// A name that came with the data: isolated, so that its direction of writing does not reach what stands around it.
    static func name(_ text: String) -> HTML { element("bdi", [:], text) }

    /// A style sheet: the one text that is not escaped, and a literal therefore.
    static func style(_ sheet: StaticString) -> HTML { HTML(markup: "<style>\(sheet)</style>") }

    /// A whole document in UTF-8.
    static func document(language: StaticString, head: [HTML], body: [HTML]) -> [UInt8] {
        let root = element("html", ["lang": "\(language)"], [element("head", [:], head), element("body", [:], body)])
        return Array("<!DOCTYPE html>\n\(root.markup)\n".utf8)
    }

    /// Elements that have no content and no end tag.
    private static func isVoid(_ name: StaticString) -> Bool { ["meta", "img", "br"].contains("\(name)") }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            // HTML has no place for the other control characters.
            case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
