import Glibc
import Synchronization
import TestSupport

/// A client made of system calls, so that tests decide about every byte, FIN and RST. It blocks: use it inside
/// `blocking`. Nothing waits longer than ten seconds.
final class Client: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    struct Answer: Equatable {
        var status: Int
        var fields: [String: String]
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let descriptor: Int32
    private let state = Mutex((received: [UInt8](), isOpen: true))

    /// - Parameter receiveBuffer: Size of the socket's receive buffer, to make a reader slow in earnest.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if descriptor < 0 { throw Failure(description: "socket: \(errno)") }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        setTimeout(seconds: 10)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result < 0 {
            let code = errno
            close()
            throw Failure(description: "connect: \(code)")
        }
    }

    deinit {
        close()
    }

    func setTimeout(seconds: Double) {
        var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(seconds * 1e6) % 1_000_000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    /// Sends the text with each line end as CR LF.
    func send(_ text: String) throws {
        try send(bytes: wire(text))
    }

    func send(bytes: [UInt8]) throws {
        let sent = try sendSome(bytes)
        if sent < bytes.count { throw Failure(description: "the server took \(sent) of \(bytes.count) bytes") }
    }

    /// Sends until all is sent or nothing has moved for the timeout; returns how much was.
    func sendSome(_ bytes: [UInt8]) throws -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EAGAIN { return sent }
            if count < 0 { throw Failure(description: "send: \(errno)") }
            sent += count
        }
        return sent
    }

    /// Up to `most` bytes; none at the end.
    func receive(atMost most: Int = 65536) throws -> [UInt8] {
        let kept = state.withLock { state in
            let bytes = Array(state.received.prefix(most))
            state.received.removeFirst(bytes.count)
            return bytes
        }
        if !kept.isEmpty { return kept }
        var code: Int32 = 0
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, initialized in
            count = recv(descriptor, buffer.baseAddress, most, 0)
            code = errno
            initialized = max(0, count)
        }
        if count < 0 { throw Failure(description: code == EAGAIN ? "nothing came for ten seconds" : "recv: \(code)") }
        return bytes
    }

    /// Everything until FIN.
    func readToEnd() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let some = try receive()
            if some.isEmpty { return bytes }
            bytes += some
        }
    }

    /// One answer, whose body ends as its fields say.
    func readAnswer(toHead: Bool = false) throws -> Answer {
        let head = try read(through: [13, 10, 13, 10])
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw Failure(description: "not an answer: \(lines)")
        }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            let name = line[..<colon].lowercased()
            if fields[name] != nil { throw Failure(description: "\(name) comes twice") }
            fields[name] = line[colon...].dropFirst().drop { $0 == " " }.description
        }
        var body: [UInt8] = []
        if toHead || status == 204 || status == 304 || status < 200 {
            return Answer(status: status, fields: fields, body: [])
        } else if let length = fields["content-length"].flatMap({ Int($0) }) {
            body = try read(count: length)
        } else if fields["transfer-encoding"] == "chunked" {
            while true {
                let line = String(decoding: try read(through: [13, 10]).dropLast(2), as: UTF8.self)
                guard let size = Int(line, radix: 16) else { throw Failure(description: "chunk size \(line)") }
                body += try read(count: size)
                guard try read(count: 2) == [13, 10] else { throw Failure(description: "chunk end") }
                if size == 0 { break }
            }
        } else {
            body = try readToEnd()
        }
        return Answer(status: status, fields: fields, body: body)
    }

    func read(count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let some = try receive(atMost: min(1 << 16, count - bytes.count))
            if some.isEmpty { throw Failure(description: "the end after \(bytes.count) of \(count) bytes") }
            bytes += some
        }
        return bytes
    }

    private func read(through pattern: [UInt8]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let some = try receive()
            if some.isEmpty { throw Failure(description: "the end after \(String(decoding: bytes, as: UTF8.self))") }
            let from = max(0, bytes.count - pattern.count + 1)
            bytes += some
            if let end = (from..<max(from, bytes.count - pattern.count + 1))
                .first(where: { bytes[$0..<$0 + pattern.count].elementsEqual(pattern) })
            {
                let rest = Array(bytes[(end + pattern.count)...])
                state.withLock { $0.received = rest + $0.received }
                return Array(bytes[..<(end + pattern.count)])
            }
        }
    }

    /// Sends FIN and keeps reading possible.
    func finishSending() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    func close() {
        state.withLock { state in
            if state.isOpen { _ = Glibc.close(descriptor) }
            state.isOpen = false
        }
    }

    /// Sends RST.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }
}

/// The text of a message as it is on the wire: each line of the literal ends with CR LF.
func wire(_ text: String) -> [UInt8] {
    Array(text.replacing("\n", with: "\r\n").utf8)
}

/// Runs `body` on a thread of its own: the threads of the default executor are as few as the cores, and the handlers
/// under test need them. It stays part of the calling task, so that what fails inside is reported with its test.
func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withTaskExecutorPreference(ThreadExecutor.shared) { try body() }
}
