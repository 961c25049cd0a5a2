import HTTPServer
import HTTPTypes
import HTTPWire
import Testing

/// A connection without a socket: text in, actions out, and a clock that only the test moves.
private struct Bench {
    typealias Action = ConnectionMachine.Action

    var machine: ConnectionMachine
    var now: ContinuousClock.Instant

    init(_ change: (inout Limits) -> Void = { _ in }) {
        var limits = Limits()
        change(&limits)
        now = .now
        machine = ConnectionMachine(limits: limits, now: now)
    }

    mutating func receive(_ text: String) -> [Action] {
        wire(text).withUnsafeBufferPointer { machine.received($0, now: now) }
    }

    mutating func wait(_ duration: Duration) -> [Action] {
        now += duration
        return machine.tick(now: now)
    }

    /// Answers the current request with `body` and lets everything leave; returns the text sent and what follows.
    mutating func answer(_ body: String, status: HTTPResponse.Status = .ok) -> (text: String, then: [Action]) {
        var actions = machine.beginAnswer(status, fields: [:], length: body.utf8.count)
        actions += machine.answer(Array(body.utf8))
        actions += machine.endAnswer()
        let then = machine.flushed(remaining: 0, progressed: true, now: now)
        return (Self.text(actions), then)
    }

    static func text(_ actions: [Action]) -> String {
        actions.map { if case .send(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { "[\($0)]" } }
            .joined()
    }
}

@Suite("The connection as a value")
struct ConnectionMachineTests {
    private let get = "GET / HTTP/1.1\nHost: a\n\n"

    private func isStart(_ actions: [ConnectionMachine.Action], _ path: String) -> Bool {
        if actions.count == 1, case .start(let head) = actions[0] { head.request.path == path } else { false }
    }

    @Test("Pipelined requests are answered one after the other")
    func pipelining() {
        var bench = Bench()
        #expect(isStart(bench.receive("GET /1 HTTP/1.1\nHost: a\n\nGET /2 HTTP/1.1\nHost: a\n\nGET /3 HT"), "/1"))
        #expect(!bench.machine.wantsRead)
        let (first, then) = bench.answer("one")
        #expect(first == "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")
        #expect(isStart(then, "/2"))
        let (_, rest) = bench.answer("two")
        #expect(rest == [])
        #expect(bench.machine.wantsRead)
        #expect(isStart(bench.receive("TP/1.1\nHost: a\n\n"), "/3"))
    }

    @Test("The next request waits until the answer has left")
    func sequential() {
        var bench = Bench()
        _ = bench.receive(get + get)
        _ = bench.machine.beginAnswer(.ok, fields: [:], length: 0)
        _ = bench.machine.endAnswer()
        #expect(bench.machine.flushed(remaining: 10, progressed: true, now: bench.now) == [])
        #expect(!bench.machine.wantsRead)
        #expect(isStart(bench.machine.flushed(remaining: 0, progressed: true, now: bench.now), "/"))
    }

    @Test("The body is read on demand, and 100 Continue sent on the first one")
    func expectation() {
        var bench = Bench()
        let head = "PUT / HTTP/1.1\nHost: a\nContent-Length: 10\nExpect: 100-continue\n\n"
        _ = bench.receive(head)
        #expect(!bench.machine.wantsRead)
        #expect(Bench.text(bench.machine.demandBody(now: bench.now)) == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(bench.machine.wantsRead)
        #expect(bench.receive("hello") == [.body(Array("hello".utf8))])
        #expect(!bench.machine.wantsRead)
        #expect(bench.machine.demandBody(now: bench.now) == [])
        #expect(bench.receive("world" + get) == [.body(Array("world".utf8))])
        #expect(bench.machine.demandBody(now: bench.now) == [.bodyEnd])
        let (text, then) = bench.answer("")
        #expect(!text.contains("close"))
        #expect(isStart(then, "/"))
    }

    @Test("An early answer closes, lingers, and drops what comes")
    func earlyAnswer() {
        var bench = Bench { $0.lingerBytes = 20 }
        _ = bench.receive("PUT / HTTP/1.1\nHost: a\nContent-Length: 100\n\nhello")
        let (text, then) = bench.answer("no", status: .contentTooLarge)
        #expect(text.contains("Connection: close"))
        #expect(then == [.shutdownWrite])
        #expect(bench.machine.wantsRead)
        #expect(bench.receive("0123456789") == [])
        #expect(bench.receive("0123456789A") == [.close])
        #expect(bench.receive("more") == [])
    }

    @Test("An unread body that came in full does not close the connection")
    func unreadBody() {
        var bench = Bench()
        _ = bench.receive("POST / HTTP/1.1\nHost: a\nContent-Length: 2\n\n{}" + get)
        let (text, then) = bench.answer("x")
        #expect(!text.contains("close"))
        #expect(isStart(then, "/"))
    }

    @Test("Lingering ends with the client's FIN or the clock")
    func lingering() {
        for ending in 0..<2 {
            var bench = Bench { $0.lingerTime = .seconds(2) }
            _ = bench.receive("GET / HTTP/1.1\nHost: a\nConnection: close\n\n")
            #expect(bench.answer("x").then == [.shutdownWrite])
            if ending == 0 {
                #expect(bench.machine.receivedEnd(now: bench.now) == [.close])
            } else {
                #expect(bench.wait(.seconds(1)) == [])
                #expect(bench.wait(.seconds(2)) == [.close])
            }
        }
    }

    @Test("A client that has sent FIN is answered, then closed")
    func halfClose() {
        var bench = Bench()
        _ = bench.receive(get)
        #expect(bench.answer("x").then == [])
        #expect(bench.machine.receivedEnd(now: bench.now) == [.close])
        var lingering = Bench()
        _ = lingering.receive("PUT / HTTP/1.1\nHost: a\nContent-Length: 9\n\n123")
        _ = lingering.machine.demandBody(now: lingering.now)
        #expect(lingering.machine.demandBody(now: lingering.now) == [])
        #expect(lingering.machine.receivedEnd(now: lingering.now) == [.bodyFailed(.endedEarly)])
        #expect(lingering.answer("x").then == [.close])
    }

    @Test("Deadlines are totals: a byte now and then does not help")
    func headDeadline() {
        var bench = Bench { $0.headDeadline = .seconds(10) }
        #expect(bench.wait(.seconds(30)) == [])
        _ = bench.receive("GET / HT")
        for byte in "TP/1.1" {
            #expect(bench.wait(.seconds(1)) == [])
            #expect(bench.receive(String(byte)) == [])
        }
        #expect(bench.wait(.seconds(5)) == [.refuse(.headTimeout)])
        #expect(bench.answer("late", status: .requestTimeout).text.contains("Connection: close"))
    }

    @Test("Idle connections are closed")
    func idle() {
        var bench = Bench { $0.keepAliveIdle = .seconds(60) }
        #expect(bench.wait(.seconds(60)) == [])
        #expect(bench.wait(.seconds(1)) == [.close])
    }

    @Test("A body that stalls, and one that trickles, fail")
    func slowBody() {
        var stalled = Bench()
        _ = stalled.receive("PUT / HTTP/1.1\nHost: a\nContent-Length: 100000\n\n")
        // The handler's own time does not count against the client.
        #expect(stalled.wait(.seconds(25)) == [])
        _ = stalled.machine.demandBody(now: stalled.now)
        #expect(stalled.wait(.seconds(15)) == [.bodyFailed(.tooSlow)])
        var silent = Bench { $0.bodyMinimumRate = 0 }
        _ = silent.receive("PUT / HTTP/1.1\nHost: a\nContent-Length: 100000\n\n")
        _ = silent.machine.demandBody(now: silent.now)
        #expect(silent.wait(.seconds(15)) == [])
        #expect(silent.wait(.seconds(1)) == [.bodyFailed(.stalled)])
        var trickle = Bench()
        _ = trickle.receive("PUT / HTTP/1.1\nHost: a\nContent-Length: 100000\n\n")
        for _ in 0..<5 {
            _ = trickle.machine.demandBody(now: trickle.now)
            #expect(trickle.wait(.seconds(2)) == [])
            #expect(trickle.receive("x") == [.body([120])])
        }
        _ = trickle.machine.demandBody(now: trickle.now)
        #expect(trickle.wait(.seconds(1)) == [.bodyFailed(.tooSlow)])
    }

    @Test("A handler that is late is answered for, and its answer dropped")
    func lateHandler() {
        var bench = Bench()
        _ = bench.receive(get)
        let serial = bench.machine.serial
        #expect(bench.wait(.seconds(31)) == [.cancelHandler, .refuse(.handlerTimeout)])
        #expect(bench.machine.serial != serial)
        var exempt = Bench()
        _ = exempt.receive(get)
        exempt.machine.exemptFromHandlerTime()
        #expect(exempt.wait(.seconds(3000)) == [])
        var begun = Bench()
        _ = begun.receive(get)
        _ = begun.machine.beginAnswer(.ok, fields: [:], length: nil)
        #expect(begun.wait(.seconds(3000)) == [])
    }

    @Test("A client that does not read is reset")
    func slowReader() {
        var bench = Bench()
        _ = bench.receive(get)
        _ = bench.machine.beginAnswer(.ok, fields: [:], length: nil)
        _ = bench.machine.flushed(remaining: 100, progressed: false, now: bench.now)
        #expect(bench.wait(.seconds(29)) == [])
        _ = bench.machine.flushed(remaining: 99, progressed: true, now: bench.now)
        #expect(bench.wait(.seconds(29)) == [])
        _ = bench.machine.flushed(remaining: 99, progressed: false, now: bench.now)
        #expect(bench.wait(.seconds(2)) == [.cancelHandler, .reset])
    }

    @Test("Framing by version and length")
    func framing() {
        func head(_ request: String, length: Int?, status: HTTPResponse.Status = .ok) -> String {
            var bench = Bench()
            _ = bench.receive(request)
            return Bench.text(bench.machine.beginAnswer(status, fields: [:], length: length))
        }
        #expect(head(get, length: nil).contains("Transfer-Encoding: chunked"))
        let old = head("GET / HTTP/1.0\nConnection: keep-alive\n\n", length: nil)
        #expect(old == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        let kept = head("GET / HTTP/1.0\nConnection: keep-alive\n\n", length: 1)
        #expect(kept == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n")
        #expect(head(get, length: 5, status: .noContent) == "HTTP/1.1 204 No Content\r\n\r\n")
        #expect(head(get, length: 5, status: .notModified) == "HTTP/1.1 304 Not Modified\r\n\r\n")
    }

    @Test("HEAD has the fields and no body")
    func head() {
        var bench = Bench()
        _ = bench.receive("HEAD / HTTP/1.1\nHost: a\n\n")
        let (text, then) = bench.answer("hello")
        #expect(text == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        #expect(then == [])
    }

    @Test("More or fewer bytes than announced reset the connection")
    func wrongLength() {
        for body in ["12", "1234"] {
            var bench = Bench()
            _ = bench.receive(get)
            _ = bench.machine.beginAnswer(.ok, fields: [:], length: 3)
            let actions = bench.machine.answer(Array(body.utf8)) + bench.machine.endAnswer()
            #expect(actions.suffix(2) == [.cancelHandler, .reset])
        }
    }

    @Test("Malformed heads and bodies")
    func faults() {
        var bench = Bench()
        #expect(bench.receive("GET / HTTP/1.1\nHost : a\n\n") == [.refuse(.wire(.invalidFieldName))])
        var chunked = Bench()
        _ = chunked.receive("PUT / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3\nabc\nzz\n")
        #expect(chunked.machine.demandBody(now: chunked.now) == [.body([97, 98, 99])])
        #expect(chunked.machine.demandBody(now: chunked.now) == [.bodyFailed(.wire(.invalidChunkSize))])
        #expect(chunked.answer("x", status: .badRequest).then == [.shutdownWrite])
    }

    @Test("Draining closes idle connections at once and busy ones after their answer")
    func draining() {
        var idle = Bench()
        #expect(idle.machine.drain() == [.close])
        var busy = Bench()
        _ = busy.receive(get + get)
        #expect(busy.machine.drain() == [])
        let (text, then) = busy.answer("x")
        #expect(text.contains("Connection: close"))
        #expect(then == [.shutdownWrite])
        var endless = Bench()
        _ = endless.receive(get)
        _ = endless.machine.beginAnswer(.ok, fields: [:], length: nil, endsOnDrain: true)
        #expect(endless.machine.drain() == [.cancelHandler])
    }

    @Test("The last request a connection may carry")
    func requestCap() {
        var bench = Bench { $0.requestsPerConnection = 2 }
        _ = bench.receive(get)
        #expect(!bench.answer("x").text.contains("close"))
        _ = bench.receive(get)
        #expect(bench.answer("x").text.contains("Connection: close"))
    }
}
