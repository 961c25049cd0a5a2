import Tasks

/// One run of a child that can be ended early.
///
/// The child runs in a task of its own, and only that task is cancelled: what follows a child's end are writes to the
/// store, which GRDB refuses in a cancelled task, and which must happen all the more when a child was stopped.
struct Launch: Sendable {
    private let task: Task<ChildExit, Never>

    init(
        _ child: ChildTask,
        by launcher: any Launcher,
        started: @escaping @Sendable (Int32) async -> Void = { _ in },
        received: @escaping @Sendable (ChildLine) async -> Void
    ) {
        task = Task { await launcher.run(child, started: started, received: received) }
    }

    /// How the child ended.
    var exit: ChildExit { get async { await task.value } }

    /// Asks the child to end; see `Launcher`.
    func stop() { task.cancel() }
}
