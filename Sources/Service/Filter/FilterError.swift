/// What is wrong with a `where` text, and where in it.
package struct FilterError: Error, Hashable, CustomStringConvertible {
    /// Characters before the place, so 0 is the first.
    package var position: Int
    /// What is wrong there and what was expected.
    package var detail: String

    package var description: String { "\(detail), at character \(position + 1)" }
}
