import HTTPServer
import HTTPTypes
import TestSupport
import Testing

extension SocketTests {
    @Suite("Deadlines, limits and the end")
    struct Lifetimes {
        static var router: Router { Exchanges.router }

        @Test("A head that does not come to its end: 408")
        func slowHead() async throws {
            try await withServer(limits: quickLimits { $0.headDeadline = .milliseconds(80) }) { port, _ async throws in
                let answer = try await exchange(port, "GET / HTTP/1.1\nHost: loc")
                #expect(answer.status == 408)
                #expect(answer.fields["connection"] == "close")
            }
        }

        @Test("A body that does not come: 408")
        func slowBody() async throws {
            let limits = quickLimits { $0.bodyIdle = .milliseconds(80) }
            try await withServer(limits: limits, router: Bodies.router()) { port, _ async throws in
                let text = "PUT /count HTTP/1.1\nHost: localhost\nContent-Length: 10\n\nhell"
                #expect(try await exchange(port, text).status == 408)
            }
        }

        @Test("An idle connection is closed without a word")
        func idle() async throws {
            let limits = quickLimits { $0.keepAliveIdle = .milliseconds(80) }
            try await withServer(limits: limits, router: Self.router) { port, _ async throws in
                try await blocking { () throws in
                    let client = try Client(port: port)
                    try client.send("GET /hello HTTP/1.1\nHost: localhost\n\n")
                    #expect(try client.readAnswer().text == "hello")
                    #expect(try client.readToEnd().isEmpty)
                    let silent = try Client(port: port)
                    #expect(try silent.readToEnd().isEmpty)
                }
            }
        }

        @Test("A handler that takes too long: 503, and it is cancelled")
        func slowHandler() async throws {
            let cancelled = Gate()
            var router = Router()
            router.on(.get, "/slow") { _ in
                try await withTaskCancellationHandler {
                    try await Task.sleep(for: .seconds(60))
                } onCancel: {
                    cancelled.open()
                }
                return .text("late")
            }
            let limits = quickLimits { $0.handlerTime = .milliseconds(80) }
            try await withServer(limits: limits, router: router) { port, _ async throws in
                let answer = try await exchange(port, "GET /slow HTTP/1.1\nHost: localhost\n\n")
                #expect(answer.status == 503)
                #expect(answer.fields["retry-after"] == "1")
                await cancelled.wait()
            }
        }

        @Test("A handler that says that it takes long may")
        func patientHandler() async throws {
            var router = Router()
            router.on(.get, "/long") { request in
                await request.takeTime()
                try await Task.sleep(for: .milliseconds(300))
                return .text("done")
            }
            let limits = quickLimits { $0.handlerTime = .milliseconds(80) }
            try await withServer(limits: limits, router: router) { port, _ async throws in
                let answer = try await exchange(port, "GET /long HTTP/1.1\nHost: localhost\n\n")
                #expect(answer.status == 200)
            }
        }

        @Test("A client that does not read at all is cut off")
        func writeStalled() async throws {
            let ended = Gate()
            var router = Router()
            router.on(.get, "/endless") { _ in
                Response(
                    body: .stream(length: nil) { writer in
                        defer { ended.open() }
                        while true { try await writer.write([UInt8](repeating: 0, count: 65536)) }
                    }
                )
            }
            let limits = quickLimits { $0.writeIdle = .milliseconds(150) }
            try await withServer(limits: limits, router: router) { port, _ async throws in
                let client = try Client(port: port, receiveBuffer: 8192)
                try client.send("GET /endless HTTP/1.1\nHost: localhost\n\n")
                await ended.wait()
                client.close()
            }
        }

        @Test("One connection too many is answered 503; the next one after a close is served")
        func tooMany() async throws {
            let limits = quickLimits { $0.connections = 3 }
            try await withServer(limits: limits, router: Self.router) { port, _ async throws in
                try await blocking { () throws in
                    let request = "GET /hello HTTP/1.1\nHost: localhost\n\n"
                    let clients = try (0..<3).map { _ in try Client(port: port) }
                    for client in clients {
                        try client.send(request)
                        #expect(try client.readAnswer().status == 200)
                    }
                    let refused = try Client(port: port)
                    try refused.send(request)
                    #expect(try refused.readAnswer().status == 503)
                    #expect(try refused.readToEnd().isEmpty)
                    refused.close()
                    try clients[0].send("GET /hello HTTP/1.1\nHost: localhost\nConnection: close\n\n")
                    #expect(try clients[0].readAnswer().status == 200)
                    #expect(try clients[0].readToEnd().isEmpty)
                    clients[0].close()
                    // The server notices both ends on its own time.
                    var status = 503
                    for _ in 0..<1000 where status == 503 {
                        let next = try Client(port: port)
                        try next.send(request)
                        status = try next.readAnswer().status
                    }
                    #expect(status == 200)
                }
            }
        }

        @Test("Shutting down: busy requests are answered, idle connections closed, new ones not accepted")
        func shutdown() async throws {
            let started = Gate()
            let mayAnswer = Gate()
            var router = Self.router
            router.on(.get, "/slow") { _ in
                started.open()
                await mayAnswer.wait()
                return .text("done")
            }
            let gone = Gate()
            try await withServer(
                limits: quickLimits { $0.shutdownGrace = .seconds(10) },
                router: router,
                makeEngine: { Farewell(gone) }
            ) { port, server in
                let busy = try Client(port: port)
                let idle = try Client(port: port)
                try busy.send("GET /slow HTTP/1.1\nHost: localhost\n\n")
                try idle.send("GET /hello HTTP/1.1\nHost: localhost\n\n")
                #expect(try idle.readAnswer().text == "hello")
                await started.wait()
                async let stopped: Void = server.shutdown()
                try await blocking { () throws in
                    #expect(try idle.readToEnd().isEmpty)
                    #expect(throws: Client.Failure.self) { try Client(port: port) }
                }
                // The client sees the end of the stream before the server has struck the connection off its list.
                #expect(try await blocking { gone.waitBlocking() })
                #expect(server.connectionCount == 1)
                mayAnswer.open()
                try await blocking { () throws in
                    let answer = try busy.readAnswer()
                    #expect(answer.text == "done")
                    #expect(answer.fields["connection"] == "close")
                    #expect(try busy.readToEnd().isEmpty)
                    busy.close()
                }
                await stopped
                #expect(server.boundPort == nil)
            }
        }

        @Test("Shutting down: endless answers are ended properly, stuck handlers cut after the grace")
        func shutdownOfStreams() async throws {
            var router = Self.router
            router.on(.get, "/events") { _ in
                Response(
                    fields: [.contentType: "text/event-stream"],
                    body: .stream(length: nil) { writer in
                        try await writer.write(Array("data: 1\n\n".utf8))
                        try await Task.sleep(for: .seconds(60))
                    },
                    endsOnDrain: true
                )
            }
            router.on(.get, "/stuck") { _ in
                try await Task.sleep(for: .seconds(60))
                return .text("never")
            }
            try await withServer(limits: quickLimits { $0.shutdownGrace = .milliseconds(200) }, router: router) {
                port,
                server in
                let events = try Client(port: port)
                let stuck = try Client(port: port)
                try events.send("GET /events HTTP/1.1\nHost: localhost\n\n")
                try stuck.send("GET /stuck HTTP/1.1\nHost: localhost\n\n")
                let head = try await blocking { try events.read(count: 200) }
                #expect(String(decoding: head, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
                async let stopped: Void = server.shutdown()
                try await blocking { () throws in
                    let rest = String(decoding: try events.readToEnd(), as: UTF8.self)
                    #expect(rest.hasSuffix("0\r\n\r\n"))
                    events.close()
                    #expect(try stuck.readToEnd().isEmpty)
                }
                await stopped
            }
        }

        @Test("A port in use, and both addresses of localhost")
        func addresses() async throws {
            let first = HTTPServer(
                configuration: ServerConfiguration(host: "localhost", port: 0),
                router: Self.router,
                logger: silentLogger
            )
            try first.start()
            let port = try #require(first.boundPort)
            #expect(first.boundAddresses.allSatisfy { $0.isLoopback && $0.port == port })
            let second = HTTPServer(
                configuration: ServerConfiguration(host: "127.0.0.1", port: port),
                router: Self.router,
                logger: silentLogger
            )
            #expect(throws: ServerError.addressInUse(ListenAddress(host: "127.0.0.1", port: port))) {
                try second.start()
            }
            #expect(throws: ServerError.alreadyStarted) { try first.start() }
            await first.shutdown()
            for (host, expected) in [
                ("localhost", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("0.0.0.0", false),
                ("::", false), ("10.0.0.1", false), ("example.org", false), ("128.0.0.1", false),
            ] {
                #expect(ListenAddress(host: host, port: 1).isLoopback == expected, "\(host)")
            }
        }

        /// Changes nothing, and opens a gate when it goes: a server drops it after it has struck its connection off its
        /// list.
        final class Farewell: TransportEngine {
            private let gone: Gate

            init(_ gone: Gate) { self.gone = gone }
            deinit { gone.open() }

            func open(_ received: UnsafeBufferPointer<UInt8>) -> (plain: [UInt8], reply: [UInt8]) {
                (Array(received), [])
            }
            func seal(_ plain: [UInt8]) -> [UInt8] { plain }
            func seal() -> [UInt8] { [] }
        }

        /// Swaps upper and lower case both ways: enough to see that nothing passes by the engine.
        struct CaseSwap: TransportEngine {
            static func swap(_ bytes: some Sequence<UInt8>) -> [UInt8] {
                bytes.map { (0x41...0x5A).contains($0 & 0xDF) ? $0 ^ 0x20 : $0 }
            }
            mutating func open(_ received: UnsafeBufferPointer<UInt8>) -> (plain: [UInt8], reply: [UInt8]) {
                (Self.swap(received), [])
            }
            mutating func seal(_ plain: [UInt8]) -> [UInt8] { Self.swap(plain) }
            mutating func seal() -> [UInt8] { Array("bye".utf8) }
        }

        @Test("What stands between socket and parser sees every byte both ways")
        func engine() async throws {
            try await withServer(router: Self.router, makeEngine: { CaseSwap() }) { port, _ async throws in
                let bytes = try await blocking { () throws in
                    let client = try Client(port: port)
                    try client.send(
                        bytes: CaseSwap.swap(wire("GET /hello HTTP/1.1\nHost: localhost\nConnection: close\n\n"))
                    )
                    return try client.readToEnd()
                }
                #expect(String(decoding: bytes.suffix(3), as: UTF8.self) == "bye")
                let answer = String(decoding: CaseSwap.swap(bytes.dropLast(3)), as: UTF8.self)
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(answer.hasSuffix("\r\n\r\nhello"))
            }
        }
    }
}
