import Synchronization

extension Response {
    /// The same answer in the gzip coding. `Content-Length`, where a handler gave one for a stream, is no longer known.
    func compressed(on work: WorkQueue) async throws -> Response {
        var response = self
        switch body {
        case .bytes(let bytes):
            response.body = .bytes(try await work.run { Deflater().deflate(bytes, isLast: true) })
        case .stream(_, let produce):
            response.body = .stream(length: nil) { writer in
                let deflater = SharedDeflater()
                try await produce(
                    BodyWriter { bytes in
                        try await writer.write(work.run { deflater.deflate(bytes, isLast: false) })
                    }
                )
                try await writer.write(work.run { deflater.deflate([], isLast: true) })
            }
        case .empty, .file:
            break
        }
        return response
    }
}

/// A deflater that moves between the threads of a work queue, used by one at a time.
private final class SharedDeflater: Sendable {
    private let deflater = Mutex(Deflater())

    func deflate(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
        deflater.withLock { $0.deflate(bytes, isLast: isLast) }
    }
}
