import HTTPTypes
import HTTPWire

/// The life of one connection as a value: what came from the socket, the handler or the clock goes in, what to do
/// comes out. It holds the parser and the bytes that wait to be parsed; it knows no socket, task or time of its own.
///
/// Requests are answered one after the other: the next one is parsed when the last byte of the previous answer has
/// left. While a handler runs, bytes are wanted from the socket only when it asked for some, which is what makes TCP
/// slow the sender down.
package struct ConnectionMachine {
    /// The injected clock.
    package typealias Instant = ContinuousClock.Instant

    /// Why the server answers without asking a handler.
    package enum Refusal: Hashable, Sendable {
        /// The request is malformed.
        case wire(HTTPFault)
        /// The head did not come in time.
        case headTimeout
        /// The handler took too long.
        case handlerTimeout
        /// There are too many connections.
        case tooManyConnections
    }

    /// Why a body cannot be read to its end.
    package enum BodyFailure: Error, Hashable, Sendable {
        /// Its framing is malformed.
        case wire(HTTPFault)
        /// Nothing came for too long.
        case stalled
        /// It comes too slowly.
        case tooSlow
        /// The client ended the connection first.
        case endedEarly
    }

    /// What the connection has to do, in order.
    package enum Action: Hashable, Sendable {
        /// Run the handler for a request.
        case start(RequestHead)
        /// Answer with a problem document, then close.
        case refuse(Refusal)
        /// Hand bytes to the handler that asked for them.
        case body([UInt8])
        /// Tell it that the body is complete.
        case bodyEnd
        /// Tell it that the rest of the body will not come.
        case bodyFailed(BodyFailure)
        /// Put bytes into the output buffer.
        case send([UInt8])
        /// Cancel the handler.
        case cancelHandler
        /// Send FIN.
        case shutdownWrite
        /// Close.
        case close
        /// Close with RST.
        case reset
    }

    enum Phase: Equatable {
        /// Between requests, not a byte of the next one seen.
        case idle(since: Instant)
        /// A head is coming in.
        case head(since: Instant)
        /// A request is being answered.
        case exchange
        /// The answer is complete but not all of it has left.
        case flushing
        /// The same, and it was the last answer.
        case flushingLast
        /// FIN is sent; what still comes is dropped (RFC 9112 section 9.6).
        case lingering(since: Instant, dropped: Int)
        case closed
    }

    let limits: Limits
    var phase: Phase
    var parser: RequestParser
    /// Bytes received and not parsed yet, from `position` on.
    var pending: [UInt8] = []
    var position = 0
    var exchange = Exchange.none
    var peerClosed = false
    var isDraining = false
    private var requests = 0
    /// Since when the output buffer has not become shorter.
    private var stalledSince: Instant?

    /// Counts requests and refusals: a handler that comes late with an answer to a request that was already refused
    /// is recognised by it.
    package private(set) var serial = 0

    /// A connection that was accepted `now`.
    package init(limits: Limits, now: Instant) {
        self.limits = limits
        phase = .idle(since: now)
        parser = RequestParser(
            limits: WireLimits(
                headBytes: limits.headBytes,
                fields: limits.headFields,
                targetBytes: limits.targetBytes,
                chunkExtensionBytes: limits.chunkExtensionBytes
            )
        )
    }

    /// Whether bytes from the socket would be used now.
    package var wantsRead: Bool {
        switch phase {
        case .idle, .head: !peerClosed
        case .exchange: exchange.demandedAt != nil && !peerClosed
        case .lingering: true
        case .flushing, .flushingLast, .closed: false
        }
    }

    /// Whether the connection waits for the next request, or for the rest of its head.
    package var isIdle: Bool {
        switch phase {
        case .idle: true
        default: false
        }
    }

    /// Whether FIN is sent and nobody waits for anything any more.
    package var isLingering: Bool {
        if case .lingering = phase { true } else { false }
    }

    /// Refuses the connection as a whole, before it sent anything.
    package mutating func refuseConnection(_ refusal: Refusal, now: Instant) -> [Action] {
        refuse(refusal, now: now)
    }

    // MARK: What the socket says

    /// Bytes came.
    package mutating func received(_ bytes: UnsafeBufferPointer<UInt8>, now: Instant) -> [Action] {
        switch phase {
        case .idle, .head:
            pending.append(contentsOf: bytes)
            return parseHead(now: now)
        case .exchange:
            pending.append(contentsOf: bytes)
            return satisfyDemand(now: now)
        case .lingering(let since, let dropped):
            if dropped + bytes.count > limits.lingerBytes { return end(.close) }
            phase = .lingering(since: since, dropped: dropped + bytes.count)
            return []
        case .flushing, .flushingLast, .closed:
            return []
        }
    }

    /// The client will send nothing more. Legal after a complete request: it is still answered.
    package mutating func receivedEnd(now: Instant) -> [Action] {
        peerClosed = true
        switch phase {
        case .idle, .head, .lingering: return end(.close)
        case .exchange: return satisfyDemand(now: now)
        case .flushing, .flushingLast, .closed: return []
        }
    }

    /// The socket is broken.
    package mutating func failed() -> [Action] {
        end(.close)
    }

    /// Some of the output buffer may have left; `remaining` bytes have not.
    package mutating func flushed(remaining: Int, progressed: Bool, now: Instant) -> [Action] {
        if remaining > 0 {
            if progressed || stalledSince == nil { stalledSince = now }
            return []
        }
        stalledSince = nil
        switch phase {
        case .flushing:
            exchange = .none
            phase = .idle(since: now)
            if isDraining { return end(.close) }
            let actions = parseHead(now: now)
            guard peerClosed else { return actions }
            // Nobody to wait for, unless a complete request was waiting.
            switch phase {
            case .idle, .head: return end(.close)
            default: return actions
            }
        case .flushingLast:
            if peerClosed { return end(.close) }
            phase = .lingering(since: now, dropped: 0)
            release()
            return [.shutdownWrite]
        default:
            return []
        }
    }

    // MARK: What the clock says

    /// Looks at the deadlines.
    package mutating func tick(now: Instant) -> [Action] {
        if let stalledSince, now - stalledSince > limits.writeIdle { return end(.reset) }
        switch phase {
        case .idle(let since):
            return now - since > limits.keepAliveIdle ? end(.close) : []
        case .head(let since):
            return now - since > limits.headDeadline ? refuse(.headTimeout, now: now) : []
        case .lingering(let since, _):
            return now - since > limits.lingerTime ? end(.close) : []
        case .exchange:
            if let failure = exchange.bodyDeadline(limits: limits, now: now) { return failBody(failure) }
            if exchange.handlerIsLate(limits: limits, now: now) {
                return [.cancelHandler] + refuse(.handlerTimeout, now: now)
            }
            return []
        case .flushing, .flushingLast, .closed:
            return []
        }
    }

    /// The server is going to stop: no request after the current one.
    package mutating func drain() -> [Action] {
        isDraining = true
        switch phase {
        case .idle: return end(.close)
        case .exchange where exchange.endsOnDrain: return [.cancelHandler]
        default: return []
        }
    }

    // MARK: Inside

    private mutating func parseHead(now: Instant) -> [Action] {
        switch nextEvent() {
        case .head(let head):
            requests += 1
            serial += 1
            exchange = Exchange(head: head, now: now)
            exchange.closeAfter = !head.keepAlive || requests >= limits.requestsPerConnection
            if !head.hasBody, nextEvent() == .end { exchange.bodyComplete = true }
            phase = .exchange
            return [.start(head)]
        case .failed(let fault):
            return refuse(.wire(fault), now: now)
        case .body, .end:
            preconditionFailure("the parser has left a message that is not complete")
        case nil:
            if case .idle = phase, !parser.isBetweenMessages { phase = .head(since: now) }
            return []
        }
    }

    mutating func nextEvent() -> RequestParser.Event? {
        let event = parser.next(pending[...], &position)
        if position == pending.count {
            position = 0
            // Idle connections hold no memory.
            pending.removeAll(keepingCapacity: pending.count <= 4096)
        }
        return event
    }

    private mutating func refuse(_ refusal: Refusal, now: Instant) -> [Action] {
        serial += 1
        // The request that a handler did not answer in time still says whether the answer may have a body.
        let head = exchange.head
        exchange = .none
        exchange.head = head
        exchange.version = head?.version ?? .http11
        exchange.closeAfter = true
        phase = .exchange
        return [.refuse(refusal)]
    }

    /// The end of the connection, whatever it was doing.
    mutating func end(_ action: Action) -> [Action] {
        let cancels = phase == .exchange
        phase = .closed
        serial += 1
        release()
        return cancels ? [.cancelHandler, action] : [action]
    }

    private mutating func release() {
        pending = []
        position = 0
    }
}
