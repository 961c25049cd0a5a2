import HTTPTypes
import HTTPWire

extension ConnectionMachine {
    /// One request and its answer.
    struct Exchange {
        var head: RequestHead?
        var version: RequestHead.Version
        var startedAt: Instant?
        /// The connection closes after this answer.
        var closeAfter = false
        var endsOnDrain = false
        var exemptFromHandlerTime = false

        /// Since when the handler has been waiting for bytes of the body.
        var demandedAt: Instant?
        /// The client waits for `100 Continue`.
        var owesContinue: Bool
        var bodyComplete = false
        var bodyFailure: BodyFailure?
        var bodyBytes = 0
        /// How long the handler has waited for the body in all.
        var waited = Duration.zero

        var answerBegun = false
        var framing = ResponseWriter.Framing.none
        /// Whether bytes of a body may follow the head of the answer.
        var sendsBody = false
        var bodyBytesSent = 0

        /// No request: an answer that is given without one.
        static var none: Exchange { Exchange() }

        private init() {
            version = .http11
            owesContinue = false
        }

        init(head: RequestHead, now: Instant) {
            self.head = head
            version = head.version
            startedAt = now
            owesContinue = head.expectation == .continue && head.hasBody
        }

        func bodyDeadline(limits: Limits, now: Instant) -> BodyFailure? {
            guard let demandedAt else { return nil }
            if now - demandedAt > limits.bodyIdle { return .stalled }
            let waited = waited + (now - demandedAt)
            let enough = Double(limits.bodyMinimumRate) * (waited / .seconds(1))
            return waited > limits.bodyRateGrace && Double(bodyBytes) < enough ? .tooSlow : nil
        }

        func handlerIsLate(limits: Limits, now: Instant) -> Bool {
            guard let startedAt, !answerBegun, !exemptFromHandlerTime else { return false }
            return now - startedAt > limits.handlerTime
        }
    }

    // MARK: The body of the request

    /// The handler may take as long as it wants.
    package mutating func exemptFromHandlerTime() {
        exchange.exemptFromHandlerTime = true
    }

    /// The handler asks for bytes of the body. This is the moment at which a client that waits is told to go on.
    package mutating func demandBody(now: Instant) -> [Action] {
        exchange.demandedAt = now
        var actions = satisfyDemand(now: now)
        if exchange.demandedAt != nil && exchange.owesContinue && !exchange.answerBegun {
            exchange.owesContinue = false
            actions.append(.send(ResponseWriter.continue))
        }
        return actions
    }

    /// Gives the handler what there is, if it waits and there is something.
    mutating func satisfyDemand(now: Instant) -> [Action] {
        guard let demandedAt = exchange.demandedAt else { return [] }
        var bytes: [UInt8] = []
        parsing: while !exchange.bodyComplete && exchange.bodyFailure == nil && bytes.count < 256 * 1024 {
            switch nextEvent() {
            case .body(let piece): bytes.isEmpty ? bytes = piece : bytes.append(contentsOf: piece)
            case .end: exchange.bodyComplete = true
            case .failed(let fault): exchange.bodyFailure = .wire(fault)
            case .head: preconditionFailure("a head inside a body")
            case nil: break parsing
            }
        }
        if !bytes.isEmpty {
            exchange.demandedAt = nil
            exchange.owesContinue = false
            exchange.waited += now - demandedAt
            exchange.bodyBytes += bytes.count
            return [.body(bytes)]
        }
        if exchange.bodyComplete {
            exchange.demandedAt = nil
            return [.bodyEnd]
        }
        if let failure = exchange.bodyFailure { return failBody(failure) }
        return peerClosed ? failBody(.endedEarly) : []
    }

    mutating func failBody(_ failure: BodyFailure) -> [Action] {
        exchange.bodyFailure = failure
        exchange.demandedAt = nil
        exchange.closeAfter = true
        return [.bodyFailed(failure)]
    }

    // MARK: The answer

    /// The head of the answer. `length` is that of its body, `nil` where it is not known beforehand.
    package mutating func beginAnswer(
        _ status: HTTPResponse.Status,
        fields: HTTPFields,
        length: Int?,
        endsOnDrain: Bool = false
    ) -> [Action] {
        guard phase == .exchange, !exchange.answerBegun else { return [] }
        exchange.answerBegun = true
        exchange.endsOnDrain = endsOnDrain
        let hasNoBody = status.code < 200 || status.code == 204 || status.code == 304
        exchange.sendsBody = !hasNoBody && exchange.head?.request.method != .head
        dropParsedBody()
        // Nobody can tell where the next request begins while this one is not complete.
        if !exchange.bodyComplete || isDraining { exchange.closeAfter = true }
        if hasNoBody {
            exchange.framing = .none
        } else if let length {
            exchange.framing = .length(length)
        } else if !exchange.sendsBody {
            exchange.framing = .none
        } else if exchange.version == .http11 {
            exchange.framing = .chunked
        } else {
            exchange.framing = .untilClose
            exchange.closeAfter = true
        }
        let persistence: ResponseWriter.Persistence =
            if exchange.closeAfter { .close } else if exchange.version == .http10 { .keepAlive } else { .implied }
        return [
            .send(ResponseWriter.head(status, fields: fields, framing: exchange.framing, persistence: persistence))
        ]
    }

    /// Bytes of the answer's body; dropped where it has none.
    package mutating func answer(_ bytes: [UInt8]) -> [Action] {
        guard phase == .exchange, exchange.answerBegun, exchange.sendsBody, !bytes.isEmpty else { return [] }
        exchange.bodyBytesSent += bytes.count
        switch exchange.framing {
        case .chunked:
            return [.send(ResponseWriter.chunk(bytes))]
        case .length(let length) where exchange.bodyBytesSent > length:
            // More bytes than announced would be read as the next answer.
            return end(.reset)
        default:
            return [.send(bytes)]
        }
    }

    /// The answer is complete. `flushed` has to follow, also when there is nothing left to send.
    package mutating func endAnswer() -> [Action] {
        guard phase == .exchange, exchange.answerBegun else { return [] }
        if exchange.sendsBody, case .length(let length) = exchange.framing, exchange.bodyBytesSent != length {
            return end(.reset)
        }
        phase = exchange.closeAfter ? .flushingLast : .flushing
        exchange.demandedAt = nil
        return exchange.sendsBody && exchange.framing == .chunked ? [.send(ResponseWriter.lastChunk)] : []
    }

    /// The answer cannot be completed; the client has to notice.
    package mutating func abortAnswer() -> [Action] {
        phase == .exchange ? end(.reset) : []
    }

    /// What has been received of a body that nobody reads may well be all of it.
    private mutating func dropParsedBody() {
        while !exchange.bodyComplete && exchange.bodyFailure == nil && !exchange.owesContinue {
            switch nextEvent() {
            case .body: continue
            case .end: exchange.bodyComplete = true
            case .failed(let fault): exchange.bodyFailure = .wire(fault)
            case .head, nil: return
            }
        }
    }
}
