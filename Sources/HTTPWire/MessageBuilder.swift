import HTTPTypes

/// A request head while its lines come in: the rules that concern more than one byte.
struct MessageBuilder: Sendable {
    var method = ""
    var name = ""
    var version = RequestHead.Version.http11
    /// Whether the connection may carry another request; known once `finish()` has run.
    private(set) var keepAlive = false
    private var path = ""
    private var targetAuthority: String?
    private var fields = HTTPFields()
    private var fieldCount = 0
    private var host: String?
    private var contentLength: Int?
    private var transferCodings: [String]?

    mutating func setTarget(_ bytes: [UInt8]) throws(HTTPFault) {
        if bytes.isEmpty { throw .invalidRequestLine }
        let target = try RequestTarget(method: method, target: bytes)
        path = target.path
        targetAuthority = target.authority
    }

    mutating func beginTrailer() {
        fieldCount = 0
    }

    /// One field whose name is in `name`. Trailer fields are checked and dropped, never merged into the head
    /// (RFC 9110 section 6.5.1).
    mutating func addField(_ value: [UInt8], limits: WireLimits, inTrailer: Bool) throws(HTTPFault) {
        fieldCount += 1
        if fieldCount > limits.fields { throw .tooManyFields(limit: limits.fields) }
        if inTrailer { return }
        guard let name = HTTPField.Name(name) else { throw .invalidFieldName }
        switch name.canonicalName {
        case "host":
            if host != nil { throw .hostCount(2) }
            let text = String(decoding: value, as: UTF8.self)
            guard Authority(text) != nil else { throw .invalidHost }
            host = text
            return
        case "content-length":
            if contentLength != nil { throw .repeatedContentLength }
            if transferCodings != nil { throw .conflictingLength }
            contentLength = try Self.length(value)
        case "transfer-encoding":
            if contentLength != nil { throw .conflictingLength }
            if version == .http10 { throw .invalidTransferEncoding }
            transferCodings = (transferCodings ?? []) + Self.list(value)
        default:
            break
        }
        fields.append(HTTPField(name: name, value: value))
    }

    /// The blank line after the head.
    mutating func finish() throws(HTTPFault) -> RequestHead {
        if version == .http11 && host == nil { throw .hostCount(0) }
        let options = fields[values: .connection].flatMap { Self.list(Array($0.utf8)) }
        keepAlive = !options.contains("close") && (version == .http11 || options.contains("keep-alive"))
        guard let method = HTTPRequest.Method(method) else { throw .invalidRequestLine }
        return RequestHead(
            request: HTTPRequest(
                method: method,
                scheme: nil,
                authority: targetAuthority ?? host,
                path: path,
                headerFields: fields
            ),
            version: version,
            framing: try framing(),
            keepAlive: keepAlive,
            expectation: expectation()
        )
    }

    private func framing() throws(HTTPFault) -> RequestHead.Framing {
        if let transferCodings {
            if transferCodings == ["chunked"] { return .chunked }
            let chunkedOnce = transferCodings.filter { $0 == "chunked" }.count == 1
            throw chunkedOnce && transferCodings.last == "chunked"
                ? .unsupportedTransferEncoding : .invalidTransferEncoding
        }
        return contentLength.map { .length($0) } ?? .none
    }

    private func expectation() -> RequestHead.Expectation {
        guard version == .http11, let value = fields[.expect] else { return .none }
        return value.lowercased() == "100-continue" ? .continue : .unknown
    }

    /// `1*DIGIT`: unlike `Int("+5")`, no sign, and nothing that overflows.
    private static func length(_ value: [UInt8]) throws(HTTPFault) -> Int {
        guard !value.isEmpty else { throw .invalidContentLength }
        var length = 0
        for byte in value {
            guard (0x30...0x39).contains(byte) else { throw .invalidContentLength }
            let (tenfold, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(Int(byte - 0x30))
            if overflow || carry { throw .invalidContentLength }
            length = sum
        }
        return length
    }

    /// The elements of a comma-separated list in lower case, empty ones included.
    private static func list(_ value: [UInt8]) -> [String] {
        String(decoding: value, as: UTF8.self).lowercased()
            .split(separator: ",", omittingEmptySubsequences: false)
            .map { element in
                let start = element.drop { $0 == " " || $0 == "\t" }
                return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
            }
    }
}
