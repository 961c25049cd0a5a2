import HTTPServer
import HTTPTypes
import Testing

extension SocketTests {
    /// What crashed servers on Dispatch sources within seconds: connections that end in every way, at once.
    @Suite("A storm")
    struct Storm {
        static var router: Router {
            var router = Exchanges.router
            router.on(.get, "/large") { _ in
                Response(
                    body: .stream(length: nil) { writer in
                        for _ in 0..<40 { try await writer.write([UInt8](repeating: 65, count: 32 * 1024)) }
                    }
                )
            }
            router.on(.put, "/count", body: .upload(limit: 1 << 20)) { request in
                var total = 0
                for try await bytes in request.body { total += bytes.count }
                return .text("\(total)")
            }
            return router
        }

        @Test(
            "Requests, RST, FIN, half-closes and lost readers from several threads: no crash, no leak, and it still answers",
            arguments: [UInt64(20_261_124)]
        )
        func storm(seed: UInt64) async throws {
            let threads = 4
            let rounds = 1000
            let answered = Shared(0)
            let limits = quickLimits { $0.shutdownGrace = .seconds(5) }
            try await withServer(limits: limits, router: Self.router) { port, server async throws in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for thread in 0..<threads {
                        group.addTask {
                            try await blocking {
                                var random = Random(seed: seed &+ UInt64(thread))
                                for _ in 0..<rounds {
                                    let count = try Self.visit(port, UInt(random.next() % 9))
                                    answered.change { $0 += count }
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                // Of nine kinds of visits, five end with a complete answer.
                #expect(answered.value > threads * rounds * 4 / 9, "seed \(seed)")
                #expect(try await exchange(port, "GET /hello HTTP/1.1\nHost: localhost\n\n").text == "hello")
                await drained(server)
                #expect(server.connectionCount == 0)
                #expect(server.handlerCount == 0)
            }
        }

        /// One connection that ends in the given way; returns how many complete answers it got.
        static func visit(_ port: Int, _ kind: UInt) throws -> Int {
            let client = try Client(port: port)
            let hello = "GET /hello HTTP/1.1\nHost: localhost\n\n"
            switch kind {
            case 0:
                client.reset()
            case 1:
                try client.send("GET /hello HT")
                client.reset()
            case 2:
                try client.send(hello)
                client.reset()
            case 3:
                try client.send("GET /large HTTP/1.1\nHost: localhost\n\n")
                _ = try client.read(count: 20_000)
                client.reset()
            case 4:
                try client.send(hello)
                client.finishSending()
                guard try client.readAnswer().text == "hello" else { throw Client.Failure(description: "half-close") }
                return 1
            case 5:
                try client.send(hello + hello)
                _ = try client.readAnswer()
                _ = try client.readAnswer()
                client.close()
                return 2
            case 6:
                try client.send("PUT /count HTTP/1.1\nHost: localhost\nContent-Length: 100000\n\nhalf of it")
                client.close()
            case 7:
                // Early refusal with a body on its way, then the lingering close.
                try client.send("PUT /nothing HTTP/1.1\nHost: localhost\nContent-Length: 5000\n\n")
                try client.send(bytes: [UInt8](repeating: 65, count: 5000))
                guard try client.readAnswer().status == 404 else { throw Client.Failure(description: "early") }
                return 1
            default:
                try client.send("GET /large HTTP/1.1\nHost: localhost\nConnection: close\n\n")
                guard try client.readAnswer().body.count == 40 * 32 * 1024 else {
                    throw Client.Failure(description: "large")
                }
                return 1
            }
            return 0
        }

        /// Returns when the server has noticed that its clients are gone; five seconds at most.
        func drained(_ server: HTTPServer) async {
            let end = ContinuousClock.now + .seconds(5)
            while server.connectionCount > 0 || server.handlerCount > 0, .now < end { await Task.yield() }
        }

        struct Random {
            var state: UInt64
            init(seed: UInt64) { state = seed | 1 }
            mutating func next() -> UInt64 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return state >> 11
            }
        }
    }
}
