import Tasks

/// Why columns could not be made.
struct ReductionError: Error, CustomStringConvertible {
    var detail: String
    var description: String { detail }
}

/// Keeps what a reduction says of its own failure until the child has ended.
actor LastFailure {
    private(set) var detail: String?

    func take(_ message: ChildLine) {
        if message.t == .failed { detail = message.detail }
    }
}
