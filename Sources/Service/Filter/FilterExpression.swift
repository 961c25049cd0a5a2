/// The syntax tree of a `where` text: the dataset viewer's syntax, which is the condition of an SQL query.
///
///     condition = conjunction { OR conjunction }
///     conjunction = negation { AND negation }
///     negation = NOT negation | "(" condition ")" | name predicate
///     predicate = comparison value | IS [NOT] NULL | [NOT] IN "(" value { "," value } ")"
///               | [NOT] LIKE text | [NOT] BETWEEN value AND value
///
/// Names may stand in double quotes; texts stand in single ones. Keywords may be in any case.
package indirect enum FilterExpression: Hashable, Sendable {
    /// A constant.
    package enum Value: Hashable, Sendable {
        case number(Double)
        case text(String)
    }

    /// How two values compare.
    package enum Comparison: String, Hashable, Sendable {
        case equal = "="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    /// A column, and where it was named.
    package struct Name: Hashable, Sendable {
        package var text: String
        package var position: Int
    }

    case and(FilterExpression, FilterExpression)
    case or(FilterExpression, FilterExpression)
    case not(FilterExpression)
    case compare(Name, Comparison, Value)
    case isNull(Name)
    case isIn(Name, [Value])
    case like(Name, String)

    /// Parentheses and NOTs that may be open at once: more is no filter of a person, and the parser is recursive.
    private static let deepest = 100

    /// Parses a text.
    package static func parse(_ text: String) throws(FilterError) -> FilterExpression {
        var parser = Parser(tokens: try FilterLexer.tokens(of: text))
        let expression = try parser.condition()
        guard parser.current.kind == .end else { throw parser.expected("AND, OR or the end") }
        return expression
    }

    private struct Parser {
        let tokens: [FilterLexer.Token]
        var place = 0
        var depth = 0

        init(tokens: [FilterLexer.Token]) {
            self.tokens = tokens
        }

        var current: FilterLexer.Token { tokens[place] }

        func expected(_ what: String) -> FilterError {
            FilterError(position: current.position, detail: "expected \(what), got \(current.description)")
        }

        mutating func take(_ kind: FilterLexer.Kind) -> Bool {
            guard current.kind == kind else { return false }
            place += 1
            return true
        }

        mutating func condition() throws(FilterError) -> FilterExpression {
            var left = try conjunction()
            while take(.keyword("OR")) { left = .or(left, try conjunction()) }
            return left
        }

        mutating func conjunction() throws(FilterError) -> FilterExpression {
            var left = try negation()
            while take(.keyword("AND")) { left = .and(left, try negation()) }
            return left
        }

        mutating func negation() throws(FilterError) -> FilterExpression {
            depth += 1
            defer { depth -= 1 }
            guard depth <= FilterExpression.deepest else {
                throw FilterError(position: current.position, detail: "this is nested too deeply")
            }
            if take(.keyword("NOT")) { return .not(try negation()) }
            if take(.sign("(")) {
                let inner = try condition()
                guard take(.sign(")")) else { throw expected("\")\"") }
                return inner
            }
            guard case .name(let text) = current.kind else { throw expected("the name of a column") }
            let name = Name(text: text, position: current.position)
            place += 1
            return try predicate(name)
        }

        private mutating func predicate(_ name: Name) throws(FilterError) -> FilterExpression {
            if case .sign(let sign) = current.kind, let comparison = Comparison(rawValue: sign) {
                place += 1
                return .compare(name, comparison, try value())
            }
            if take(.keyword("IS")) {
                let negated = take(.keyword("NOT"))
                guard take(.keyword("NULL")) else { throw expected("NULL") }
                return negated ? .not(.isNull(name)) : .isNull(name)
            }
            let negated = take(.keyword("NOT"))
            let inner: FilterExpression
            if take(.keyword("IN")) {
                inner = .isIn(name, try list())
            } else if take(.keyword("LIKE")) {
                guard case .text(let pattern) = current.kind else { throw expected("a text in single quotes") }
                place += 1
                inner = .like(name, pattern)
            } else if take(.keyword("BETWEEN")) {
                let low = try value()
                guard take(.keyword("AND")) else { throw expected("AND") }
                inner = .and(.compare(name, .greaterOrEqual, low), .compare(name, .lessOrEqual, try value()))
            } else {
                throw expected("a comparison (=, !=, <, <=, >, >=), IS, IN, LIKE or BETWEEN")
            }
            return negated ? .not(inner) : inner
        }

        private mutating func list() throws(FilterError) -> [Value] {
            guard take(.sign("(")) else { throw expected("\"(\"") }
            var values = [try value()]
            while take(.sign(",")) { values.append(try value()) }
            guard take(.sign(")")) else { throw expected("\",\" or \")\"") }
            return values
        }

        private mutating func value() throws(FilterError) -> Value {
            let value: Value
            switch current.kind {
            case .number(let number): value = .number(number)
            case .text(let text): value = .text(text)
            case .keyword("TRUE"): value = .number(1)
            case .keyword("FALSE"): value = .number(0)
            case .keyword("NULL"): throw expected("a value (use IS NULL)")
            case .name(let name):
                throw FilterError(
                    position: current.position,
                    detail: "expected a number or a text, got the name \"\(name)\"; texts stand in single quotes"
                )
            default: throw expected("a number or a text in single quotes")
            }
            place += 1
            return value
        }
    }
}
