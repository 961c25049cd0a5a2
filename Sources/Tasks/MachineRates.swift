/// How fast a machine does something in each of the ways that it has: what a child measured.
public struct MachineRates: Codable, Sendable, Hashable {
    /// Units of work a second (examples, rows), by the name of the way; ways that were not reached in time are missing.
    public var perSecond: [String: Double]

    /// What is asked for where it is not a network: the search of neighbours, whose ways are the elements in which candidates are
    /// compared. The answer is the same.
    public static let search = "search"

    /// - Parameter perSecond: units of work a second, by the name of the way
    public init(perSecond: [String: Double]) { self.perSecond = perSecond }

    enum CodingKeys: String, CodingKey { case perSecond = "per_second" }

    /// The fastest of some ways. One that stands before others is kept unless another is faster by 3 %: measurements waver.
    ///
    /// - Parameter ways: in the order of preference
    /// - Returns: nil where fewer than two of them were measured: one alone is no comparison
    public func best(of ways: [String]) -> String? {
        guard ways.count(where: { perSecond[$0] != nil }) > 1 else { return nil }
        var best: (way: String, rate: Double)?
        for way in ways {
            guard let rate = perSecond[way], rate > 0, rate > (best?.rate ?? 0) * 1.03 else { continue }
            best = (way, rate)
        }
        return best?.way
    }
}
