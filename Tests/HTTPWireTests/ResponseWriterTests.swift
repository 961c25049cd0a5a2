import HTTPTypes
import HTTPWire
import Testing

@Suite("Response heads and chunks")
struct ResponseWriterTests {
    @Test("Framing fields are the writer's alone")
    func framing() {
        let fields: HTTPFields = [.contentType: "text/plain", .contentLength: "99", .connection: "upgrade"]
        let head = ResponseWriter.head(.ok, fields: fields, framing: .length(3), persistence: .close)
        let expected = "HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 3\nConnection: close\n\n"
        #expect(head == wire(expected))
        let chunked = ResponseWriter.head(.notFound, fields: [:], framing: .chunked, persistence: .implied)
        #expect(chunked == wire("HTTP/1.1 404 Not Found\nTransfer-Encoding: chunked\n\n"))
        let none = ResponseWriter.head(.notModified, fields: [:], framing: .none, persistence: .keepAlive)
        #expect(none == wire("HTTP/1.1 304 Not Modified\nConnection: keep-alive\n\n"))
    }

    @Test("A value cannot start another field")
    func injection() {
        let fields: HTTPFields = [.location: "/a\r\nSet-Cookie: x=1"]
        let head = ResponseWriter.head(.found, fields: fields, framing: .length(0), persistence: .implied)
        #expect(head.count { $0 == 10 } == 4)
    }

    @Test("Chunks, of which none is empty")
    func chunks() {
        #expect(
            ResponseWriter.chunk(Array(repeating: 65, count: 17)) == wire("11\n\(String(repeating: "A", count: 17))\n")
        )
        #expect(ResponseWriter.chunk([]).isEmpty)
        #expect(ResponseWriter.lastChunk == wire("0\n\n"))
        #expect(ResponseWriter.continue == wire("HTTP/1.1 100 Continue\n\n"))
    }
}
