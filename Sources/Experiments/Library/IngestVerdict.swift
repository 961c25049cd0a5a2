import Foundation
import Tasks

/// What follows from the end of a child that read an upload: a decision without a disk, and one of three things to do.
package enum IngestVerdict: Sendable, Hashable {
    /// What it made is taken.
    case adopt
    /// It was interrupted, not failed: the upload stays and is read again at the next start.
    case leave
    /// The upload cannot be used.
    case refuse(Failure)

    /// - Parameters:
    ///   - outcome: of the child
    ///   - isStopping: whether the service is being stopped
    package init(_ outcome: Child.Outcome, isStopping: Bool) {
        if isStopping || outcome.exit == .signalled(SIGTERM), !outcome.isProven {
            self = .leave
        } else if let line = outcome.failure {
            self = .refuse(
                Failure(
                    code: line.code ?? "INGEST_FAILED",
                    detail: line.detail ?? "the upload could not be read",
                    errors: line.errors
                )
            )
        } else if outcome.isProven {
            self = .adopt
        } else {
            self = .refuse(
                Failure(
                    code: "INGEST_FAILED",
                    detail: "the upload could not be read: the reader stopped, \(outcome.exit)"
                )
            )
        }
    }
}
