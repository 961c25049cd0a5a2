import HTTPTypes
import HTTPWire
import Logging

/// From a request head to the last byte of its answer, on the executor of handlers.
struct RequestRunner: Sendable {
    let connection: Connection
    let context: ServerContext
    let serial: Int
    let head: RequestHead

    func run() async {
        let id = context.nextRequestID()
        let started = ContinuousClock.now
        var response = await respond(id: id)
        response = await finish(response, id: id)
        do {
            try await send(response)
            log(id: id, status: response.status, started: started, failure: nil)
        } catch let failure as StreamFailed where !failure.hasBegun {
            // Nothing has left yet, so the client can still be told.
            let problem = await finish(answer(to: failure.cause, id: id), id: id)
            try? await send(problem)
            log(id: id, status: problem.status, started: started, failure: failure.cause)
        } catch {
            await connection.abortAnswer(serial)
            log(id: id, status: response.status, started: started, failure: error)
        }
    }

    // MARK: The answer

    private func respond(id: String) async -> Response {
        do {
            let admission = try Admission(head, context: context)
            switch admission.destination {
            case .options(let allow):
                return Response(status: .noContent, fields: [.allow: allow.joined(separator: ", ")])
            case .file:
                return try await file(admission)
            case .route(let match):
                guard let gatekeeper = context.gatekeeper, match.endpoint.access == .protected else {
                    return try await answer(of: match, admission, id: id)
                }
                try await gatekeeper.admit(head.request)
                return Self.personal(try await answer(of: match, admission, id: id))
            }
        } catch {
            return answer(to: error, id: id)
        }
    }

    private func answer(of match: Router.Match, _ admission: Admission, id: String) async throws -> Response {
        let policy = match.endpoint.policy.resolved(for: head.request)
        if case .upload = policy { await connection.exemptFromHandlerTime(serial) }
        return try await match.endpoint.handler(request(admission, match, policy, id: id))
    }

    /// What was given to one who is known is not for a shared cache, which RFC 9111 section 3.5 lets keep what is
    /// `public` although the request had an `Authorization`.
    private static func personal(_ response: Response) -> Response {
        var response = response
        let directives = (response.fields[.cacheControl] ?? "").split(separator: ",")
            .map { $0.drop { $0 == " " } }.filter { $0 != "public" && $0 != "private" }
        response.fields[.cacheControl] = (["private"] + directives).joined(separator: ", ")
        return response
    }

    private func request(
        _ admission: Admission,
        _ match: Router.Match,
        _ policy: BodyPolicy,
        id: String
    ) -> Request {
        Request(
            head: head.request,
            id: id,
            path: admission.path,
            query: admission.query,
            parameters: match.parameters,
            body: body(policy: policy),
            remoteAddress: connection.peer.address,
            isDraining: context.isDraining,
            exempt: { [connection, serial] in await connection.exemptFromHandlerTime(serial) }
        )
    }

    private func body(policy: BodyPolicy) -> RequestBody {
        guard head.hasBody, policy != .none else { return .empty }
        let coding = head.request.headerFields[.contentEncoding]?.lowercased()
        let raw = RequestBody { [connection, serial] in try await connection.nextBody(serial) }
        return coding == "gzip" || coding == "x-gzip"
            ? raw.inflated(by: policy, limits: context.limits)
            : raw.limited(by: policy)
    }

    private func file(_ admission: Admission) async throws -> Response {
        guard let files = context.staticFiles else { throw Problem.notFound("There is nothing at this address.") }
        return try await context.work.run { try files.response(for: admission.path) }
    }

    /// The only place where an error of a handler becomes an answer.
    private func answer(to error: any Error, id: String) -> Response {
        if let problem = error as? Problem { return problem.response(requestID: id) }
        if error is ConnectionLost || error is CancellationError {
            return Problem(.serviceUnavailable, detail: "The request was cancelled.").response(requestID: id)
        }
        context.logger.error(
            "handler failed",
            metadata: ["request_id": "\(id)", "path": "\(head.request.path ?? "")", "error": "\(error)"]
        )
        return Problem(
            .internalServerError,
            detail: "Something went wrong inside the server. Its log says more under the request id."
        ).response(requestID: id)
    }

    /// Fields, conditions, range and compression.
    private func finish(_ response: Response, id: String) async -> Response {
        let selection = ResponseSelection(head.request, response)
        guard selection.needsCompression else { return context.finish(selection.response, id: id) }
        do {
            return context.finish(try await selection.response.compressed(on: context.work), id: id)
        } catch {
            return context.finish(answer(to: error, id: id), id: id)
        }
    }

    // MARK: Sending

    private func send(_ response: Response) async throws {
        let (status, fields) = (response.status, response.fields)
        switch response.body {
        case .empty:
            try await connection.answer(serial, status, fields, [])
        case .bytes(let bytes):
            try await connection.answer(serial, status, fields, bytes)
        case .file(let path, let offset, let length):
            try await sendFile(path, offset..<offset + length, response)
        case .stream(let length, let produce):
            try await sendStream(length, produce, response)
        }
    }

    private func sendFile(_ path: String, _ range: Range<Int>, _ response: Response) async throws {
        let file: FileReader
        do {
            file = try await context.work.run { try FileReader(path: path, range: range) }
        } catch {
            throw StreamFailed(cause: error, hasBegun: false)
        }
        try await connection.beginAnswer(
            serial,
            response.status,
            response.fields,
            length: range.count,
            endsOnDrain: false
        )
        if head.request.method != .head {
            while let piece = try await context.work.run({ try file.next() }) {
                try await connection.write(serial, piece)
            }
        }
        try await connection.endAnswer(serial)
    }

    private func sendStream(
        _ length: Int?,
        _ produce: @Sendable (BodyWriter) async throws -> Void,
        _ response: Response
    ) async throws {
        let opening = StreamOpening(runner: self, response: response, length: length)
        if head.request.method == .head {
            try await opening.begin()
            return try await connection.endAnswer(serial)
        }
        do {
            try await produce(
                BodyWriter { bytes in
                    try await opening.begin()
                    try await connection.write(serial, bytes)
                }
            )
        } catch {
            // An endless answer that was asked to stop has not failed.
            guard response.endsOnDrain && context.isDraining && opening.hasBegun else {
                throw StreamFailed(cause: error, hasBegun: opening.hasBegun)
            }
        }
        try await opening.begin()
        try await connection.endAnswer(serial)
    }

    private func log(
        id: String,
        status: HTTPResponse.Status,
        started: ContinuousClock.Instant,
        failure: (any Error)?
    ) {
        let elapsed = ContinuousClock.now - started
        var metadata: Logger.Metadata = [
            "request_id": "\(id)",
            "method": "\(head.request.method)",
            "path": "\(head.request.path ?? "")",
            "status": "\(status.code)",
            "milliseconds": "\(Int(elapsed / .milliseconds(1)))",
            "peer": "\(connection.peer.address)",
        ]
        if let failure { metadata["incomplete"] = "\(failure)" }
        context.logger.info("request", metadata: metadata)
    }
}
