import Glibc

/// A socket address that can be listened on.
struct ResolvedAddress: Sendable {
    private let family: Int32
    private let bytes: [UInt8]
    /// The host in numbers.
    let numericHost: String

    /// The addresses of a host. `localhost` and other names may have several; `::` covers IPv4 as well.
    static func resolve(_ address: ListenAddress) throws(ServerError) -> [ResolvedAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(address.host, "\(address.port)", &hints, &list)
        guard status == 0, let first = list else {
            throw .unknownHost(address.host, reason: String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(first) }
        var found: [ResolvedAddress] = []
        for entry in sequence(first: first, next: { $0.pointee.ai_next }) {
            guard let pointer = entry.pointee.ai_addr else { continue }
            let bytes = UnsafeRawBufferPointer(start: pointer, count: Int(entry.pointee.ai_addrlen))
            found.append(ResolvedAddress(family: entry.pointee.ai_family, bytes: [UInt8](bytes)))
        }
        // IPv4 first: with port 0 its port is then used for IPv6 as well.
        return found.sorted { $0.family == AF_INET && $1.family != AF_INET }
    }

    private init(family: Int32, bytes: [UInt8]) {
        self.family = family
        self.bytes = bytes
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: bytes) }
        numericHost = Peer(&storage, socklen_t(bytes.count)).address
    }

    /// The same host with another port.
    func with(port: Int) -> ResolvedAddress {
        var bytes = bytes
        // Both families have the port in network order behind the family.
        bytes[2] = UInt8(port >> 8 & 0xFF)
        bytes[3] = UInt8(port & 0xFF)
        return ResolvedAddress(family: family, bytes: bytes)
    }

    /// A listening socket that does not block.
    func listen() throws(ServerError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        if descriptor < 0 { throw .system(call: "socket", code: errno) }
        do throws(ServerError) {
            var on: Int32 = 1
            var off: Int32 = 0
            let size = socklen_t(MemoryLayout<Int32>.size)
            try check("setsockopt", setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size))
            if family == AF_INET6 {
                // `::` takes IPv4 too, any other IPv6 address has no use for it.
                try check("setsockopt", setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size))
            }
            let bound = bytes.withUnsafeBytes { bytes in
                bind(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            }
            if bound < 0 && errno == EADDRINUSE {
                throw .addressInUse(ListenAddress(host: numericHost, port: Int(bytes[2]) << 8 | Int(bytes[3])))
            }
            try check("bind", bound)
            try check("listen", Glibc.listen(descriptor, Int32(SOMAXCONN)))
            return descriptor
        } catch {
            _ = close(descriptor)
            throw error
        }
    }

    private func check(_ call: String, _ result: Int32) throws(ServerError) {
        if result < 0 { throw .system(call: call, code: errno) }
    }

    /// The port a socket got.
    static func port(of descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        precondition(result == 0, "a bound socket has a name")
        return withUnsafeBytes(of: storage) { Int($0[2]) << 8 | Int($0[3]) }
    }
}
