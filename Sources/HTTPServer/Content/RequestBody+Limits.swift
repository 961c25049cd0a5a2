import HTTPTypes
import Synchronization

extension RequestBody {
    /// The same bytes; 413 after as many as the policy allows.
    func limited(by policy: BodyPolicy) -> RequestBody {
        let seen = ByteCount()
        return RequestBody { [pull] in
            guard let bytes = try await pull() else { return nil }
            if seen.add(bytes.count) > policy.limit { throw policy.tooLarge }
            return bytes
        }
    }

    /// The bytes that these are the gzip form of; 413 after as many as the policy allows, or where they are suspiciously many for
    /// what was sent, and 400 where the stream is damaged.
    func inflated(by policy: BodyPolicy, limits: Limits) -> RequestBody {
        let inflating = InflatingBody(compressed: self, policy: policy, limits: limits)
        return RequestBody { try await inflating.next() }
    }
}

/// A count that may be kept in a closure. Bodies are read by one task at a time.
private final class ByteCount: Sendable {
    private let count = Atomic(0)

    func add(_ bytes: Int) -> Int {
        count.wrappingAdd(bytes, ordering: .relaxed).newValue
    }
}

/// A compressed body while it is read.
private actor InflatingBody {
    private static let pieceBytes = 256 * 1024

    private let compressed: RequestBody
    private let policy: BodyPolicy
    private let limits: Limits
    private let inflater = Inflater()
    private var bytesIn = 0
    private var bytesOut = 0

    init(compressed: RequestBody, policy: BodyPolicy, limits: Limits) {
        self.compressed = compressed
        self.policy = policy
        self.limits = limits
    }

    func next() async throws -> [UInt8]? {
        while true {
            if let bytes = try inflate() { return bytes }
            guard let more = try await compressed.next() else {
                try finish()
                return nil
            }
            bytesIn += more.count
            inflater.feed(more)
        }
    }

    private func inflate() throws(Problem) -> [UInt8]? {
        let bytes: [UInt8]?
        do {
            bytes = try inflater.next(atMost: Self.pieceBytes)
        } catch {
            throw Self.damaged("is damaged")
        }
        guard let bytes else { return nil }
        bytesOut += bytes.count
        if bytesOut > policy.limit { throw policy.tooLarge }
        if bytesOut > limits.inflateRatioGrace && bytesOut / limits.inflateRatio > bytesIn {
            throw Problem(
                .contentTooLarge,
                detail: "The compressed body grows to more than \(limits.inflateRatio) times its size."
            )
        }
        return bytes
    }

    private func finish() throws(Problem) {
        do { try inflater.finish() } catch { throw Self.damaged("ends too early") }
    }

    private static func damaged(_ how: String) -> Problem {
        Problem(.badRequest, detail: "The gzip stream of the body \(how).", errorCode: "BAD_GZIP")
    }
}
