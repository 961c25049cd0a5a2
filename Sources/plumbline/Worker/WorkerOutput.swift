import Foundation
import Training

/// The lines of JSON that a worker prints, at most four a second.
struct WorkerOutput {
    private struct Line: Encodable {
        let t = "progress"
        var phase: String
        var epoch: Int?
        var epochs: Int?
        var fraction: Double
        var trainAccuracy: Double?
        var heldoutAccuracy: Double?
    }

    private let epochs: Int
    private let clock = ContinuousClock()
    private var next = ContinuousClock().now

    init(epochs: Int) {
        self.epochs = epochs
    }

    mutating func training(_ progress: Trainer.Progress, fraction: Double) {
        print(
            Line(
                phase: "train",
                epoch: progress.epoch,
                epochs: epochs,
                fraction: fraction,
                trainAccuracy: progress.lastEpoch?.trainAccuracy.finite,
                heldoutAccuracy: progress.lastEpoch?.heldOutAccuracy.finite
            )
        )
    }

    mutating func probing(fraction: Double) {
        print(Line(phase: "probe", epoch: epochs, epochs: epochs, fraction: fraction))
    }

    private mutating func print(_ line: Line) {
        let now = clock.now
        guard now >= next else { return }
        next = now + .milliseconds(250)
        WorkerOutput.write(line)
    }

    /// One line on standard output. If nobody reads it any more the parent is gone, and the watch on standard input
    /// ends the process.
    static func write(_ line: some Encodable) {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var bytes = try? encoder.encode(line) else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Foundation.write(
                    STDOUT_FILENO,
                    UnsafeRawBufferPointer(rebasing: rest).baseAddress,
                    rest.count
                )
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}

extension Double {
    /// JSON has no word for infinity or not-a-number.
    var finite: Double? { isFinite ? self : nil }
}
