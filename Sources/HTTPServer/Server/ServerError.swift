import Glibc

/// Why a server cannot start.
public enum ServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A system call failed with this `errno`.
    case system(call: String, code: Int32)
    /// The host has no address.
    case unknownHost(String, reason: String)
    /// Another program listens there.
    case addressInUse(ListenAddress)
    /// `start` was called on a server that runs or has run.
    case alreadyStarted

    /// One sentence.
    public var description: String {
        switch self {
        case .system(let call, let code): "\(call) failed: \(String(cString: strerror(code)))"
        case .unknownHost(let host, let reason): "\(host) has no address: \(reason)"
        case .addressInUse(let address): "\(address) is in use by another program"
        case .alreadyStarted: "the server was started before"
        }
    }
}
