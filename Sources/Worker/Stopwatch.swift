/// Seconds by phase.
struct Stopwatch {
    private(set) var seconds: [String: Double] = [:]
    private let now: () -> Double
    private var start: Double

    /// - Parameter now: the time in seconds from some moment on.
    init(_ now: @escaping () -> Double = Stopwatch.wallClock()) {
        self.now = now
        start = now()
    }

    mutating func lap(_ phase: String) {
        let end = now()
        add(phase, end - start)
        start = end
    }

    /// Begins a phase that `lap` will end.
    mutating func restart() {
        start = now()
    }

    mutating func add(_ phase: String, _ elapsed: Double) {
        seconds[phase, default: 0] += elapsed
    }

    static func wallClock() -> () -> Double {
        let clock = ContinuousClock()
        let origin = clock.now
        return { (clock.now - origin) / .seconds(1) }
    }
}
