import HTTPTypes
import HTTPWire

/// What the head of a request alone decides: refusals come before a byte of the body is read, so a client that waits
/// for `100 Continue` never sends it.
struct Admission {
    /// Who answers.
    enum Destination {
        case route(Router.Match)
        /// A method that only asks what is allowed here.
        case options(allow: [String])
        case file
    }

    /// What the server implements; any other method is 501, wherever it is sent.
    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

    let destination: Destination
    let path: [String]
    let query: Query

    /// - Throws: `Problem` with the status that refuses the request.
    init(_ head: RequestHead, context: ServerContext) throws(Problem) {
        let request = head.request
        try context.hosts.check(request.authority)
        if head.expectation == .unknown {
            throw Problem(.expectationFailed, detail: "The only expectation met here is 100-continue.")
        }
        guard Self.methods.contains(request.method) else {
            throw Problem(.notImplemented, detail: "The method \(request.method) is not implemented.")
        }
        if request.path == "*" {
            (path, query) = ([], Query())
            destination = .options(allow: Self.methods.map(\.rawValue))
            return
        }
        do throws(HTTPFault) {
            (path, query) = try Self.decode(request.path ?? "/")
        } catch {
            throw Problem(error)
        }
        destination = try Self.destination(request, path, context)
        try OriginPolicy.check(request)
        if case .route(let match) = destination {
            try Self.checkBody(head, policy: match.endpoint.policy.resolved(for: request))
        }
    }

    private static func decode(_ target: String) throws(HTTPFault) -> ([String], Query) {
        let path = target.prefix { $0 != "?" }
        let segments = try PercentCoding.segments(ofPath: path.utf8)
        let query = path.endIndex == target.endIndex ? "" : target[target.index(after: path.endIndex)...]
        return (segments, try Query(parsing: query))
    }

    private static func destination(
        _ request: HTTPRequest,
        _ path: [String],
        _ context: ServerContext
    ) throws(Problem) -> Destination {
        switch context.router.find(request.method.rawValue, path) {
        case .found(let match):
            return .route(match)
        case .methodNotAllowed(let allow):
            if request.method == .options { return .options(allow: allow) }
            throw methodNotAllowed(request.method, allow)
        case .notFound:
            guard context.staticFiles != nil else { throw .notFound("There is nothing at this address.") }
            switch request.method {
            case .get, .head: return .file
            case .options: return .options(allow: ["GET", "HEAD", "OPTIONS"])
            default: throw .notFound("There is nothing at this address that takes \(request.method).")
            }
        }
    }

    private static func methodNotAllowed(_ method: HTTPRequest.Method, _ allow: [String]) -> Problem {
        let list = allow.joined(separator: ", ")
        return Problem(
            .methodNotAllowed,
            detail: "\(method) is not possible here; \(list) are.",
            fields: [.allow: list]
        )
    }

    private static func checkBody(_ head: RequestHead, policy: BodyPolicy) throws(Problem) {
        let fields = head.request.headerFields
        if policy == .none { return }
        if case .upload = policy, head.framing == .none {
            throw Problem(
                .lengthRequired,
                detail: "An upload has to announce its length by Content-Length or come in chunks."
            )
        }
        if case .length(let length) = head.framing, length > policy.limit {
            throw policy.tooLarge
        }
        let coding = fields[.contentEncoding]?.lowercased() ?? "identity"
        guard ["identity", "gzip", "x-gzip", ""].contains(coding) else {
            throw Problem(
                .unsupportedMediaType,
                detail: "The content coding \"\(coding)\" is not understood; gzip is.",
                fields: [.acceptEncoding: "gzip, identity"]
            )
        }
        if case .json = policy, head.hasBody { try checkIsJSON(head.request) }
    }

    /// JSON, or what curl calls everything that it is given by `-d`. A browser has no reason to mislabel JSON, but
    /// forms of strangers can send that type without asking first.
    private static func checkIsJSON(_ request: HTTPRequest) throws(Problem) {
        let type = request.headerFields[.contentType].map(MediaType.essence)
        switch type {
        case let type? where MediaType.isJSON(type): return
        case nil, "application/x-www-form-urlencoded": if !OriginPolicy.isFromBrowser(request) { return }
        default: break
        }
        throw Problem(
            .unsupportedMediaType,
            detail: "The body has to be JSON with \"Content-Type: application/json\".",
            fields: [.accept: "application/json"]
        )
    }
}
