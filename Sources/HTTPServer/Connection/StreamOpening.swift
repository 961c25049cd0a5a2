import HTTPTypes
import Synchronization

/// The head of a streaming answer: sent with the first byte, so that a stream that fails before it can still be
/// answered by a problem document.
final class StreamOpening: Sendable {
    private let runner: RequestRunner
    private let response: Response
    private let length: Int?
    private let begun = Atomic(false)

    init(runner: RequestRunner, response: Response, length: Int?) {
        self.runner = runner
        self.response = response
        self.length = length
    }

    var hasBegun: Bool { begun.load(ordering: .acquiring) }

    func begin() async throws {
        guard begun.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else {
            return
        }
        try await runner.connection.beginAnswer(
            runner.serial,
            response.status,
            response.fields,
            length: length,
            endsOnDrain: response.endsOnDrain
        )
    }
}

/// What a streaming answer failed with.
struct StreamFailed: Error, CustomStringConvertible {
    var cause: any Error
    /// Whether part of the answer has left.
    var hasBegun: Bool
    var description: String { "\(cause)" }
}
