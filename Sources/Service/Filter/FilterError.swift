/// What is wrong with a `where` text, and where in it.
package struct FilterError: Error, Hashable, CustomStringConvertible {
    /// Characters before the place, so 0 is the first.
    package var position: Int
    /// What is wrong there and what was expected.
    package var detail: String

    /// Parameters are those of the properties.
    package init(position: Int, detail: String) {
        self.position = position
        self.detail = detail
    }

    package var description: String { "\(detail), at character \(position + 1)" }
}
