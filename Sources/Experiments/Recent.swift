/// What was asked for last, up to a number: what was not asked for longest goes first.
package struct Recent<Key: Hashable, Value> {
    private var kept: [Key: (value: Value, turn: UInt64)] = [:]
    private var turn: UInt64 = 0
    private let capacity: Int

    /// - Parameter capacity: how many are kept
    package init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// The value of a key, which is the newest from now on; setting nil forgets it.
    package subscript(_ key: Key) -> Value? {
        mutating get {
            guard let value = kept[key]?.value else { return nil }
            keep(value, for: key)
            return value
        }
        set {
            guard let newValue else {
                kept[key] = nil
                return
            }
            keep(newValue, for: key)
            if kept.count > capacity, let oldest = kept.min(by: { $0.value.turn < $1.value.turn })?.key {
                kept[oldest] = nil
            }
        }
    }

    private mutating func keep(_ value: Value, for key: Key) {
        turn += 1
        kept[key] = (value, turn)
    }
}
