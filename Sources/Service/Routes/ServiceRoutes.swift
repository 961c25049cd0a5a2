import Difficulty
import Experiments
import Foundation
import HTTPServer
import HTTPTypes
import Recipes
import Tasks

extension API {
    func addServiceRoutes(to router: inout Router) {
        router.on(.get, "/healthz", access: .open) { [version] _ in .text("ok plumbline \(version)\n") }
        router.on(.get, "/readyz") { request in
            request.isDraining ? .text("draining\n", status: .serviceUnavailable) : .text("ready\n")
        }
        router.on(.get, "/version") { [self] _ in
            .json(
                bytes: JSON.object([
                    ("version", .string(version)), ("engine", .string(engine.version)),
                    ("instruction_set", .string(engine.instructionSet)),
                ]).encoded()
            )
        }
        router.on(.get, "/metrics", answering { [self] _ in try await metrics() })
        router.on(.get, "/v1/scores", answering { _ in try Response.json(ScoreManifest.current) })
    }

    /// The Prometheus text format, version 0.0.4.
    private func metrics() async throws -> Response {
        let counts = try await experiments.counts()
        var text = ""
        func add(_ name: String, _ help: String, _ values: [(labels: String, value: Int)]) {
            text += "# HELP plumbline_\(name) \(help)\n# TYPE plumbline_\(name) gauge\n"
            for (labels, value) in values { text += "plumbline_\(name)\(labels) \(value)\n" }
        }
        func byState(_ counts: [String: Int]) -> [(labels: String, value: Int)] {
            counts.sorted { $0.key < $1.key }.map { ("{state=\"\($0.key)\"}", $0.value) }
        }
        add("datasets", "Datasets by state.", byState(counts.datasets))
        add("jobs", "Jobs by state.", byState(counts.jobs))
        add("members", "Ensemble members by state.", byState(counts.members))
        add("free_bytes", "Free space on the disk of the data folder.", [("", Int(clamping: counts.freeBytes))])
        return Response(
            fields: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: .bytes(Array(text.utf8))
        )
    }
}
