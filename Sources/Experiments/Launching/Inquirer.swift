import Files
public import Tasks

extension Experiments {
    /// Runs a child that finds something out about a file, in a folder of its own that goes when it ends.
    ///
    /// - Parameter arguments: the subcommand and its arguments, given the folder
    /// - Returns: what it said
    /// - Throws: `Failure` with its words; `InquiryError` where it had none
    public func inquire(_ arguments: @Sendable (_ folder: String) throws -> [String]) async throws -> JSON {
        let output = "\(folder.root)/tasks/\(Identifier.make("inquiry"))"
        try await disk.run { [folder] in try folder.files.createDirectory(output) }
        let outcome: Result<JSON, any Error>
        do {
            let child = Child(
                ChildTask(
                    arguments: try arguments(output),
                    standardError: "\(output).log",
                    environment: ChildTask.workerEnvironment(threads: 1)
                ),
                by: scheduler.launcher
            )
            let came = await child.outcome
            if let result = came.result, came.exit == .exited(0) {
                outcome = .success(result)
            } else if let failure = came.failure, let code = failure.code {
                outcome = .failure(Failure(code: code, detail: failure.detail ?? "\(came.exit)"))
            } else {
                outcome = .failure(InquiryError(exit: came.exit))
            }
        } catch {
            outcome = .failure(error)
        }
        try await disk.run { [folder] in
            try folder.files.removeTree(output)
            try folder.files.remove("\(output).log")
        }
        return try outcome.get()
    }
}

/// A child that was to find something out ended without a word.
public struct InquiryError: Error, CustomStringConvertible {
    /// How it ended.
    public var exit: ChildExit
    /// The same for people.
    public var description: String { "\(exit)" }
}
