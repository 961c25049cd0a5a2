/// Evaluates a filter over whole columns with SQL's three values: a comparison with null is neither true nor false, and
/// rows for which the condition is not true are left out.
package struct FilterEvaluation {
    /// What a name stands for.
    package enum Source {
        /// N numbers, NaN where null.
        case numbers((Int) -> Float)
        /// N codes, -1 where null, and the texts they stand for.
        case codes((Int) -> Int32, [String])
        /// N texts, nil where null.
        case texts((Int) throws -> String?)
    }

    private static let unknown: Int8 = -1
    private let count: Int
    private let source: (FilterExpression.Name) throws -> Source

    /// - Parameters:
    ///   - count: rows N
    ///   - source: what a name stands for; throws where there is no such column
    package init(count: Int, source: @escaping (FilterExpression.Name) throws -> Source) {
        self.count = count
        self.source = source
    }

    /// The rows for which the condition is true, ascending.
    package func rows(_ expression: FilterExpression) throws -> [Int32] {
        let truth = try evaluate(expression)
        return (0..<Int32(count)).filter { truth[Int($0)] == 1 }
    }

    /// By row: 1 true, 0 false, -1 unknown.
    private func evaluate(_ expression: FilterExpression) throws -> [Int8] {
        switch expression {
        case .and(let left, let right):
            let others = try evaluate(right)
            return zip(try evaluate(left), others).map { a, b in
                a == 0 || b == 0 ? 0 : (a == 1 && b == 1 ? 1 : Self.unknown)
            }
        case .or(let left, let right):
            let others = try evaluate(right)
            return zip(try evaluate(left), others).map { a, b in
                a == 1 || b == 1 ? 1 : (a == 0 && b == 0 ? 0 : Self.unknown)
            }
        case .not(let inner):
            return try evaluate(inner).map { $0 == Self.unknown ? Self.unknown : 1 - $0 }
        case .isNull(let name):
            switch try source(name) {
            case .numbers(let value): return map { value($0).isNaN ? 1 : 0 }
            case .codes(let code, _): return map { code($0) < 0 ? 1 : 0 }
            case .texts(let text): return try mapThrowing { try text($0) == nil ? 1 : 0 }
            }
        case .compare(let name, let comparison, let value):
            try check(name, value)
            return try compare(name) { Self.holds($0, comparison, value) }
        case .isIn(let name, let values):
            // Each value must fit the column, so that a wrong one is an error and not an empty answer.
            for value in values { try check(name, value) }
            return try compare(name) { cell in values.contains { Self.holds(cell, .equal, $0) } }
        case .like(let name, let pattern):
            try check(name, .text(pattern))
            let pattern = Array(pattern)
            return try compare(name) { cell in
                guard case .text(let text) = cell else { return false }
                return Self.matches(Array(text)[...], pattern[...])
            }
        }
    }

    /// Applies a test to each cell that is not null; to each category once.
    private func compare(
        _ name: FilterExpression.Name,
        _ test: (FilterExpression.Value) -> Bool
    ) throws -> [Int8] {
        switch try source(name) {
        case .numbers(let value):
            return map { row in
                let number = value(row)
                return number.isNaN ? Self.unknown : (test(.number(Double(number))) ? 1 : 0)
            }
        case .codes(let code, let names):
            let answers: [Int8] = names.map { test(.text($0)) ? 1 : 0 }
            return map { row in
                let code = Int(code(row))
                return answers.indices.contains(code) ? answers[code] : Self.unknown
            }
        case .texts(let text):
            return try mapThrowing { row in
                guard let text = try text(row) else { return Self.unknown }
                return test(.text(text)) ? 1 : 0
            }
        }
    }

    /// Refuses a number for a column of texts, and the other way round.
    package func check(_ name: FilterExpression.Name, _ value: FilterExpression.Value) throws {
        switch (try source(name), value) {
        case (.numbers, .number), (.codes, .text), (.texts, .text): return
        case (.numbers, .text(let text)):
            throw FilterError(
                position: name.position,
                detail: "\"\(name.text)\" is a column of numbers and cannot be compared with '\(text)'"
            )
        case (_, .number(let number)):
            throw FilterError(
                position: name.position,
                detail: "\"\(name.text)\" is a column of texts; write its value in single quotes, not \(number)"
            )
        }
    }

    private static func holds(
        _ cell: FilterExpression.Value,
        _ comparison: FilterExpression.Comparison,
        _ value: FilterExpression.Value
    ) -> Bool {
        func holds<T: Comparable>(_ a: T, _ b: T) -> Bool {
            switch comparison {
            case .equal: a == b
            case .unequal: a != b
            case .less: a < b
            case .lessOrEqual: a <= b
            case .greater: a > b
            case .greaterOrEqual: a >= b
            }
        }
        return switch (cell, value) {
        // Cells are float32: 0.1 in a filter must mean what 0.1 in a cell does.
        case (.number(let a), .number(let b)): holds(Float(a), Float(b))
        case (.text(let a), .text(let b)): holds(a, b)
        default: false
        }
    }

    /// SQL's LIKE: `%` stands for any characters, `_` for one.
    private static func matches(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        // The classic walk with one point to fall back to: linear in text times pattern, whatever the pattern.
        var (t, p) = (text.startIndex, pattern.startIndex)
        var fallback: (t: Int, p: Int)?
        while t < text.endIndex {
            if p < pattern.endIndex, pattern[p] == "%" {
                fallback = (t, p + 1)
                p += 1
            } else if p < pattern.endIndex, pattern[p] == "_" || pattern[p] == text[t] {
                t += 1
                p += 1
            } else if let point = fallback {
                fallback = (point.t + 1, point.p)
                (t, p) = (point.t + 1, point.p)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "%" }
    }

    private func map(_ body: (Int) -> Int8) -> [Int8] {
        [Int8](unsafeUninitializedCapacity: count) { buffer, written in
            for row in 0..<count { buffer[row] = body(row) }
            written = count
        }
    }

    private func mapThrowing(_ body: (Int) throws -> Int8) rethrows -> [Int8] {
        try (0..<count).map(body)
    }
}
