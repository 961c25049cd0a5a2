/// What is wrong with a job's settings: one entry a field, with its JSON pointer.
public struct SettingsError: Error, Sendable, Hashable {
    /// One field.
    public struct Issue: Sendable, Hashable {
        /// RFC 6901 pointer into the request.
        public var pointer: String
        /// What is wrong, what was expected.
        public var detail: String

        /// - Parameters:
        ///   - pointer: RFC 6901 pointer into the request
        ///   - detail: what is wrong, what was expected
        public init(pointer: String, detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    /// All of them, in the order of the fields.
    public var issues: [Issue]

    /// - Parameter issues: all of them
    public init(issues: [Issue]) { self.issues = issues }

    /// One field that is wrong.
    public init(_ pointer: String, _ detail: String) { issues = [Issue(pointer: pointer, detail: detail)] }
}

/// Gathers what is wrong, so that a client learns of all of it at once.
public struct Checks: Sendable {
    /// What is wrong so far.
    public var issues: [SettingsError.Issue] = []

    /// Nothing so far.
    public init() {}

    /// Notes what is wrong unless it is good.
    public mutating func expect(_ good: Bool, _ pointer: String, _ detail: String) {
        if !good { issues.append(.init(pointer: pointer, detail: detail)) }
    }

    /// - Throws: `SettingsError` where anything was wrong
    public func finish() throws(SettingsError) {
        if !issues.isEmpty { throw SettingsError(issues: issues) }
    }
}
