import Glibc

/// The system calls on one stream socket that does not block.
struct Socket: Sendable {
    /// What a call on a socket that does not block can come to.
    enum Outcome {
        case bytes(Int)
        /// The peer has sent FIN.
        case end
        case wouldBlock
        case failed(Int32)
    }

    let descriptor: Int32

    /// Small answers leave at once instead of waiting for the acknowledgement of the last one.
    func disableDelay() {
        var on: Int32 = 1
        // A socket that was reset before it was accepted refuses this; reading from it tells.
        _ = setsockopt(
            descriptor,
            Int32(IPPROTO_TCP),
            TCP_NODELAY,
            &on,
            socklen_t(MemoryLayout<Int32>.size)
        )
    }

    func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            if errno == EINTR { continue }
            return errno == EAGAIN ? .wouldBlock : .failed(errno)
        }
    }

    /// - Parameter more: More bytes follow at once, so a segment that is not full may wait for them.
    func send(_ bytes: Slice<UnsafeRawBufferPointer>, more: Bool) -> Outcome {
        let bytes = UnsafeRawBufferPointer(rebasing: bytes)
        let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
        while true {
            let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
            if count >= 0 { return .bytes(count) }
            if errno == EINTR { continue }
            return errno == EAGAIN ? .wouldBlock : .failed(errno)
        }
    }

    func shutdownWrite() {
        // ENOTCONN means that the peer has reset the connection, and the next read says so.
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    func close(reset: Bool) {
        if reset {
            var option = linger(l_onoff: 1, l_linger: 0)
            _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        // On Linux the descriptor is gone whatever close returns.
        _ = Glibc.close(descriptor)
    }
}
