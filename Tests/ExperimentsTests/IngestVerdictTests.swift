import Experiments
import Foundation
import Tasks
import Testing

/// What becomes of an upload when its reader ends, without a disk or a child.
@Suite struct IngestVerdictTests {
    private let exits: [ChildExit] = [
        .exited(0), .exited(65), .exited(75), .signalled(SIGKILL), .signalled(SIGTERM), .notStarted("no such file"),
    ]

    @Test func whatIsProvenIsTakenHoweverItsReaderEnded() {
        for exit in exits {
            for isStopping in [false, true] {
                #expect(IngestVerdict(.init(exit: exit, isProven: true), isStopping: isStopping) == .adopt)
            }
        }
    }

    @Test func whatWasInterruptedIsReadAgain() {
        for exit in exits { #expect(IngestVerdict(.init(exit: exit), isStopping: true) == .leave) }
        #expect(IngestVerdict(.init(exit: .signalled(SIGTERM)), isStopping: false) == .leave)
        let said = ChildLine(.failed, code: "BAD_LABELS", detail: "row 7")
        #expect(IngestVerdict(.init(exit: .exited(65), failure: said), isStopping: true) == .leave)
    }

    @Test func whatTheReaderSaysIsTold() throws {
        let said = ChildLine(
            .failed,
            code: "BAD_LABELS",
            detail: "a label is no number",
            errors: [FailurePlace(pointer: "row 7", detail: "got \"x\"")]
        )
        for isProven in [false, true] {
            let verdict = IngestVerdict(
                .init(exit: .exited(65), failure: said, isProven: isProven),
                isStopping: false
            )
            guard case .refuse(let failure) = verdict else {
                Issue.record("\(verdict)")
                continue
            }
            #expect(failure.code == "BAD_LABELS" && failure.detail == "a label is no number")
            #expect(failure.errors?.first?.pointer == "row 7")
        }
    }

    @Test func aReaderThatEndsWithoutAWordIsSaidToHaveStopped() {
        for exit in exits where exit != .signalled(SIGTERM) {
            guard case .refuse(let failure) = IngestVerdict(.init(exit: exit), isStopping: false) else {
                Issue.record("\(exit) is not refused")
                continue
            }
            #expect(failure.code == "INGEST_FAILED" && failure.detail.hasSuffix("\(exit)"))
        }
    }
}
