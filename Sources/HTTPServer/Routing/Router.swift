import HTTPTypes

/// Which handler answers which method and path.
///
/// In each segment a literal wins over a parameter with a literal around it, and that over a bare parameter, so
/// `scores.csv` wins over `{name}`. A trailing slash makes no difference. HEAD is answered by the GET route; OPTIONS,
/// 404 and 405 with `Allow` need no route.
public struct Router: Sendable {
    /// What answers a request.
    public typealias Handler = @Sendable (Request) async throws -> Response

    /// A route that was found.
    package struct Match {
        package var endpoint: Endpoint
        package var parameters: [String: String]
    }

    /// The outcome of a look-up.
    package enum Outcome {
        case found(Match)
        /// The path exists, the method does not; `allow` are the methods that do.
        case methodNotAllowed(allow: [String])
        case notFound
    }

    package struct Endpoint: Sendable {
        package var pattern: String
        package var names: [String]
        package var policy: BodyPolicy
        package var access: RouteAccess
        package var handler: Handler
    }

    /// A segment of the tree of all patterns.
    private struct Node: Sendable {
        var literals: [String: Node] = [:]
        /// Parameters with something around them, then bare ones: the order in which they are tried.
        var parameters: [(prefix: String, suffix: String, node: Node)] = []
        var endpoints: [String: Endpoint] = [:]
    }

    private var root = Node()
    private var registered: [(method: HTTPRequest.Method, pattern: String)] = []

    /// A router without routes.
    public init() {}

    /// Every route, in the order of registration.
    public var routes: [(method: HTTPRequest.Method, pattern: String)] { registered }

    /// Adds a route. Two routes for the same method and pattern are a mistake in the program.
    ///
    /// - Parameters:
    ///   - pattern: For example `/v1/datasets/{id}/rows` or `/v1/jobs/{id}/columns/{name}.npy`.
    ///   - body: What the route does with a request body.
    ///   - access: Who may use it.
    public mutating func on(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        body: BodyPolicy = .none,
        access: RouteAccess = .protected,
        _ handler: @escaping Handler
    ) {
        let parsed = RoutePattern(pattern)
        let endpoint = Endpoint(
            pattern: pattern,
            names: parsed.names,
            policy: body,
            access: access,
            handler: handler
        )
        Self.insert(endpoint, method.rawValue, parsed.segments[...], &root)
        registered.append((method, pattern))
    }

    private static func insert(
        _ endpoint: Endpoint,
        _ method: String,
        _ segments: ArraySlice<RoutePattern.Segment>,
        _ node: inout Node
    ) {
        guard let segment = segments.first else {
            precondition(node.endpoints[method] == nil, "\(method) \(endpoint.pattern) is registered twice")
            node.endpoints[method] = endpoint
            return
        }
        switch segment {
        case .literal(let text):
            insert(endpoint, method, segments.dropFirst(), &node.literals[text, default: Node()])
        case .parameter(let prefix, let suffix):
            if let known = node.parameters.firstIndex(where: { $0.prefix == prefix && $0.suffix == suffix }) {
                insert(endpoint, method, segments.dropFirst(), &node.parameters[known].node)
            } else {
                var fresh = Node()
                insert(endpoint, method, segments.dropFirst(), &fresh)
                node.parameters.append((prefix, suffix, fresh))
                // Longest surroundings first; the bare parameter ends up last.
                node.parameters.sort { $0.prefix.count + $0.suffix.count > $1.prefix.count + $1.suffix.count }
            }
        }
    }

    /// Finds the most specific route for a decoded path.
    package func find(_ method: String, _ path: [String]) -> Outcome {
        var allowed: Set<String> = []
        let segments = path.last == "" ? path.dropLast() : path[...]
        if let match = Self.search(root, method, segments, [], &allowed) { return .found(match) }
        if allowed.isEmpty { return .notFound }
        if allowed.contains("GET") { allowed.insert("HEAD") }
        allowed.insert("OPTIONS")
        return .methodNotAllowed(allow: allowed.sorted())
    }

    private static func search(
        _ node: Node,
        _ method: String,
        _ path: ArraySlice<String>,
        _ values: [String],
        _ allowed: inout Set<String>
    ) -> Match? {
        guard let segment = path.first else {
            allowed.formUnion(node.endpoints.keys)
            let endpoint = node.endpoints[method] ?? (method == "HEAD" ? node.endpoints["GET"] : nil)
            return endpoint.map { endpoint in
                // A name used twice in one pattern keeps its last value.
                Match(
                    endpoint: endpoint,
                    parameters: Dictionary(zip(endpoint.names, values)) { _, last in last }
                )
            }
        }
        if let next = node.literals[segment],
            let match = search(next, method, path.dropFirst(), values, &allowed)
        {
            return match
        }
        for (prefix, suffix, next) in node.parameters
        where segment.utf8.count > prefix.utf8.count + suffix.utf8.count
            && segment.hasPrefix(prefix) && segment.hasSuffix(suffix)
        {
            let value = String(segment.dropFirst(prefix.count).dropLast(suffix.count))
            if let match = search(next, method, path.dropFirst(), values + [value], &allowed) { return match }
        }
        return nil
    }
}
