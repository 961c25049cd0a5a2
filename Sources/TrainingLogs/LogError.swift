/// Why a training log cannot be used: where, what was expected there, and what is there.
public struct LogError: Error, Sendable, Hashable, CustomStringConvertible {
    /// An array, `array[m, t, n]`, `file.jsonl:LINE`, or a file.
    public var place: String
    /// What should be there.
    public var expected: String
    /// What is there.
    public var got: String

    /// - Parameters:
    ///   - place: an array, `array[m, t, n]`, `file.jsonl:LINE`, or a file
    ///   - expected: what should be there
    ///   - got: what is there
    public init(_ place: String, expected: String, got: String) {
        self.place = place
        self.expected = expected
        self.got = got
    }

    /// One plain sentence.
    public var description: String { "\(place): expected \(expected), got \(got)" }
}

/// A shape as Python writes it.
func shapeText(_ shape: [Int]) -> String {
    shape.count == 1 ? "(\(shape[0]),)" : "(" + shape.map(String.init).joined(separator: ", ") + ")"
}
