import Tasks

/// Counts forgetting and learning events of one training run, observation by observation (Toneva et al. 2019,
/// section 3): correct then wrong is a forgetting event, and before the first observation everything counts as wrong.
///
/// Works on plain rows of zeros and ones, so that a log of somebody else's training is counted in the same way.
public struct ForgettingTally: Sendable {
    /// Observations taken so far: T.
    public private(set) var observations = 0
    /// Forgetting events of each example, as counted.
    public private(set) var events: [Int32]
    /// The first correct observation, from 1; 0 while there is none.
    public private(set) var firstCorrect: [Int32]
    /// The last wrong observation, from 1; 0 while there is none.
    public private(set) var lastWrong: [Int32]
    private var wasCorrect: [UInt8]

    /// A tally over this many examples.
    public init(count: Int) {
        events = [Int32](repeating: 0, count: count)
        firstCorrect = events
        lastWrong = events
        wasCorrect = [UInt8](repeating: 0, count: count)
    }

    /// Takes the next observation of every example: 1 where the prediction was right, else 0.
    ///
    /// - Parameter forgotten: called with each example that was right before and is wrong now.
    public mutating func observe(_ correct: [UInt8], forgotten: (Int) -> Void = { _ in }) {
        precondition(correct.count == events.count, "one observation for each example")
        observations += 1
        let now = Int32(observations)
        for row in correct.indices {
            if correct[row] != 0 {
                if firstCorrect[row] == 0 { firstCorrect[row] = now }
            } else {
                lastWrong[row] = now
                if wasCorrect[row] != 0 {
                    events[row] += 1
                    forgotten(row)
                }
            }
            wasCorrect[row] = correct[row]
        }
    }

    /// Whether the example was never predicted right.
    public func neverLearned(_ row: Int) -> Bool { firstCorrect[row] == 0 }

    /// Forgetting events where a never-learned example counts T, harder than anything learned.
    public func eventsOrAll(_ row: Int) -> Int { neverLearned(row) ? observations : Int(events[row]) }
}
