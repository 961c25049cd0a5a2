import Arrays
import Backbones
import Compute
import Files
import Foundation
import Neighbors
import Recipes
import Tasks
import Training

/// How a worker's error is told to the service: a code, a sentence, and whether another try may help.
struct WorkerFailure {
    let code: String
    let detail: String
    let exitCode: Int32

    /// Ends the process with a network that does not come to an end.
    static func overdue(_ backbone: Backbone) -> @Sendable (_ row: Int) -> Void {
        { row in
            let failure = WorkerFailure(
                BackboneError(
                    detail:
                        "the network \(backbone.name) took more than \(Int(Watchdog.seconds)) seconds of processor time with "
                        + "row \(row), and was ended"
                )
            )
            failure.line.print()
            _exit(failure.exitCode)
        }
    }

    /// The line that tells it.
    var line: ChildLine { ChildLine(.failed, code: code, detail: detail) }

    init(_ error: any Error) {
        (code, exitCode) =
            switch error {
            case is DecodingError: ("BAD_SPEC", EX_DATAERR)
            case WorkerError.badSpec: ("BAD_SPEC", EX_DATAERR)
            case WorkerError.badData: ("BAD_DATA", EX_DATAERR)
            case WorkerError.interrupted: ("INTERRUPTED", EX_TEMPFAIL)
            case is TrainingError: ("BAD_SPEC", EX_DATAERR)
            case ComputeError.outOfMemory: ("OUT_OF_MEMORY", EX_TEMPFAIL)
            case is BackboneError: ("BACKBONE_FAILED", EX_DATAERR)
            case is NeighborsError: ("BAD_SPEC", EX_DATAERR)
            case is ComputeError: ("ENGINE_FAILED", EX_DATAERR)
            case is ArrayError: ("BAD_DATA", EX_DATAERR)
            case let error as FilesError where error.isMissing: ("MISSING_FILE", EX_DATAERR)
            case let error as FilesError: (error.isDiskFull ? "DISK_FULL" : "IO_ERROR", EX_TEMPFAIL)
            default: ("WORKER_FAILED", EX_TEMPFAIL)
            }
        detail = "\(error)"
    }
}
