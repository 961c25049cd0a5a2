import HTTPServer
import HTTPTypes
import Testing

@Suite("Routes")
struct RouterTests {
    /// A router whose handlers answer with their own pattern.
    static func router(_ routes: [(HTTPRequest.Method, String)]) -> Router {
        var router = Router()
        for (method, pattern) in routes { router.on(method, pattern) { _ in .text(pattern) } }
        return router
    }

    static let router = router([
        (.get, "/v1/jobs"), (.post, "/v1/jobs"), (.get, "/v1/jobs/{id}"), (.delete, "/v1/jobs/{job}"),
        (.get, "/v1/jobs/{id}/scores"), (.get, "/v1/jobs/{id}/scores.csv"), (.get, "/v1/jobs/{id}/columns/{name}"),
        (.get, "/v1/jobs/{id}/columns/{name}.npy"), (.get, "/v1/jobs/{id}/{file}"), (.get, "/"),
        (.put, "/v1/datasets/{filename}"), (.get, "/v1/compare"),
    ])

    @Test("The most specific pattern wins", arguments: found)
    func finds(method: String, path: String, pattern: String, parameters: [String: String]) {
        guard case .found(let match) = Self.router.find(method, segments(path)) else {
            Issue.record("\(method) \(path) was not found")
            return
        }
        #expect(match.endpoint.pattern == pattern)
        #expect(match.parameters == parameters)
    }

    static let found: [(String, String, String, [String: String])] = [
        ("GET", "/", "/", [:]),
        ("GET", "/v1/jobs", "/v1/jobs", [:]),
        ("GET", "/v1/jobs/", "/v1/jobs", [:]),
        ("HEAD", "/v1/jobs", "/v1/jobs", [:]),
        ("GET", "/v1/jobs/j1", "/v1/jobs/{id}", ["id": "j1"]),
        ("DELETE", "/v1/jobs/j1", "/v1/jobs/{job}", ["job": "j1"]),
        ("GET", "/v1/jobs/j1/scores.csv", "/v1/jobs/{id}/scores.csv", ["id": "j1"]),
        ("GET", "/v1/jobs/j1/notes", "/v1/jobs/{id}/{file}", ["id": "j1", "file": "notes"]),
        ("GET", "/v1/jobs/j1/columns/x", "/v1/jobs/{id}/columns/{name}", ["id": "j1", "name": "x"]),
        ("GET", "/v1/jobs/j1/columns/x.npy", "/v1/jobs/{id}/columns/{name}.npy", ["id": "j1", "name": "x"]),
        ("GET", "/v1/jobs/j1/columns/.npy", "/v1/jobs/{id}/columns/{name}", ["id": "j1", "name": ".npy"]),
    ]

    @Test("What is not there, and what takes other methods")
    func missing() {
        for path in ["/v2", "/v1/jobs//scores", "/v1/jobs/j1/columns/x/y", "//", "/V1/jobs"] {
            if case .notFound = Self.router.find("GET", segments(path)) { continue }
            Issue.record("\(path) was found")
        }
        guard case .methodNotAllowed(let allow) = Self.router.find("PUT", ["v1", "jobs", "j1"]) else {
            Issue.record("PUT was found")
            return
        }
        #expect(allow == ["DELETE", "GET", "HEAD", "OPTIONS"])
    }

    @Test("The list of routes is in the order of registration")
    func list() {
        #expect(Self.router.routes.first?.pattern == "/v1/jobs")
        #expect(Self.router.routes.count == 12)
    }

    private func segments(_ path: String) -> [String] {
        path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }
}
