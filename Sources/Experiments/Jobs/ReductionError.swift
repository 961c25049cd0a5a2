import Tasks

/// Why columns could not be made.
struct ReductionError: Error, CustomStringConvertible {
    var detail: String
    var description: String { detail }
}
