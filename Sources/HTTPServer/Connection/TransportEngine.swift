/// What may stand between the socket and the parser. There is none for plain HTTP; TLS is one, over memory buffers,
/// so that neither side of it knows sockets (RFC 8446 record layer in, plaintext out, and the reverse).
/// This version speaks no TLS: only a test puts something here, so that the seam is known to hold when it does.
package protocol TransportEngine {
    /// Bytes from the socket.
    ///
    /// - Returns: What they mean to the parser, and what has to be sent because of them.
    /// - Throws: When the stream cannot be trusted any more; the connection is closed.
    mutating func open(_ received: UnsafeBufferPointer<UInt8>) throws -> (plain: [UInt8], reply: [UInt8])

    /// Bytes of an answer, as they go to the socket.
    mutating func seal(_ plain: [UInt8]) throws -> [UInt8]

    /// What says goodbye before FIN.
    mutating func seal() -> [UInt8]
}
