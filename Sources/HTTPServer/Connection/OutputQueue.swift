import Glibc

/// The bytes that wait to be sent, in the pieces in which they were made.
struct OutputQueue {
    /// What became of an attempt to send.
    enum Outcome {
        /// The queue is empty.
        case empty
        /// The socket takes no more for now.
        case blocked
        /// The socket is broken.
        case broken
    }

    private var pieces: [[UInt8]] = []
    /// Bytes of the first piece that have left.
    private var offset = 0
    /// Bytes that wait.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        count += bytes.count
        // Small pieces are joined, so that head and body of a small answer leave in one segment.
        if let last = pieces.indices.last, pieces[last].count + bytes.count <= 16 * 1024 {
            pieces[last].append(contentsOf: bytes)
        } else {
            pieces.append(bytes)
        }
    }

    /// Sends until everything has left or the socket is full.
    mutating func send(to socket: Socket) -> Outcome {
        var done = 0
        defer { pieces.removeFirst(done) }
        while done < pieces.count {
            let more = done + 1 < pieces.count
            let sent = pieces[done].withUnsafeBytes { socket.send($0[offset...], more: more) }
            switch sent {
            case .bytes(let sent):
                count -= sent
                offset += sent
                if offset == pieces[done].count {
                    done += 1
                    offset = 0
                }
            case .wouldBlock: return .blocked
            case .failed, .end: return .broken
            }
        }
        return .empty
    }
}
