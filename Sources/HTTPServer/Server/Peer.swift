import Glibc

/// Who is at the other end of a connection.
struct Peer: Sendable, Hashable {
    /// The numeric address without port; an IPv4 address mapped into IPv6 is written as IPv4.
    let address: String
    /// Whether it is this machine.
    let isLoopback: Bool

    init(address: String) {
        let mapped = "::ffff:"
        self.address = address.hasPrefix(mapped) ? String(address.dropFirst(mapped.count)) : address
        isLoopback = ListenAddress(host: self.address, port: 0).isLoopback
    }

    /// From what `accept` returned.
    init(_ storage: inout sockaddr_storage, _ length: socklen_t) {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getnameinfo($0, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
            }
        }
        let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        self.init(address: status == 0 ? String(decoding: bytes, as: UTF8.self) : "unknown")
    }
}
