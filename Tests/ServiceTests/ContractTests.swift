import Foundation
import HTTPServer
import HTTPTypes
import PlumblineTesting
import Service
import Tasks
import Testing

/// `public/openapi.json` against the routes that the service registers.
@Suite struct ContractTests {
    private func routes() throws -> Set<String> {
        let bench = Bench()
        let api = bench.api(on: try bench.open())
        return Set(api.router().routes.map { "\($0.method.rawValue) \($0.pattern)" })
    }

    private func document() throws -> [String: Any] {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: package.appendingPathComponent("public/openapi.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func everyRouteIsDocumentedAndEveryDocumentedRouteExists() throws {
        let paths = try #require(try document()["paths"] as? [String: [String: Any]])
        let documented = Set(paths.flatMap { path, operations in operations.keys.map { "\($0.uppercased()) \(path)" } })
        let served = try routes()
        #expect(served.subtracting(documented).sorted() == [])
        #expect(documented.subtracting(served).sorted() == [])
    }

    /// Upload options are declared once: in queries and forms the document says of them what `UploadField` says.
    @Test func uploadOptionsAreDocumentedAsDeclared() throws {
        func object(_ json: JSON) throws -> NSDictionary {
            try #require(try JSONSerialization.jsonObject(with: Data(json.encoded())) as? NSDictionary)
        }
        let paths = try #require(try document()["paths"] as? [String: [String: [String: Any]]])
        for (path, method) in [("/v1/datasets", "post"), ("/v1/datasets/{id}", "put"), ("/v1/jobs", "post")] {
            let operation = try #require(paths[path]?[method])
            let body = try #require(operation["requestBody"] as? [String: Any])
            let content = try #require(body["content"] as? [String: [String: Any]])
            let form = content["multipart/form-data"]?["schema"] as? [String: Any]
            for field in UploadField.all {
                if path != "/v1/jobs" {
                    let declared = try object([
                        "name": .string(field.name), "in": "query", "required": false,
                        "description": .string(field.words), "schema": field.schema,
                    ])
                    let parameters = try #require(operation["parameters"] as? [NSDictionary])
                    #expect(parameters.contains(declared), "\(method) \(path) \(declared)")
                }
                guard let form else { continue }
                guard case .object(let values) = field.schema else { continue }
                let declared = try object(.object(values + [("description", .string(field.words))]))
                let properties = try #require(form["properties"] as? [String: NSDictionary])
                #expect(properties[field.name] == declared, "\(method) \(path) \(field.name): \(declared)")
            }
        }
    }

    /// Codes are a promise: programs tell problems apart by them.
    @Test func everyErrorCodeIsInTheManual() throws {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: package.appendingPathComponent("public/manual/errors.md"), encoding: .utf8)
        let section = try #require(page.components(separatedBy: "\n## Errors\n").dropFirst().first)
        let listed = Set(
            (section.components(separatedBy: "\n## ").first ?? "").matches(of: /`([A-Z][A-Z_]+)`/).map { String($0.1) }
        )
        var used: Set<String> = []
        let sources = package.appendingPathComponent("Sources")
        let files = try FileManager.default.subpathsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".swift") }
        for file in files {
            let text = try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8)
            used.formUnion(text.matches(of: /(?:errorCode|code): "([A-Z][A-Z_]+)"/).map { String($0.1) })
            if file.hasSuffix("IngestError.swift") {
                used.formUnion(text.matches(of: /case \w+ = "([A-Z][A-Z_]+)"/).map { String($0.1) })
            }
        }
        #expect(used.count > 20)
        #expect(used.subtracting(listed).sorted() == [])
    }

    @Test func everyPathParameterIsDescribed() throws {
        let paths = try #require(try document()["paths"] as? [String: [String: [String: Any]]])
        for (path, operations) in paths {
            let named = path.matches(of: /\{(\w+)\}/).map { String($0.1) }
            for (method, operation) in operations {
                let parameters = operation["parameters"] as? [[String: Any]] ?? []
                let described = parameters.filter { $0["in"] as? String == "path" }.compactMap { $0["name"] as? String }
                #expect(Set(named) == Set(described), "\(method) \(path)")
            }
        }
    }
}
