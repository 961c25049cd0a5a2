import HTTPTypes
import HTTPWire

/// What of a handler's answer is sent: which coding, whether the client has it already, which part of it. Conditions
/// are looked at in the order of RFC 9110 section 13.2.2.
struct ResponseSelection {
    /// Bodies smaller than this are sent as they are.
    private static let smallestCompressed = 1024

    private let request: HTTPRequest
    /// The answer with its final status and fields.
    private(set) var response: Response
    /// Whether its body has still to be put into the gzip coding that its fields announce.
    private(set) var needsCompression = false

    init(_ request: HTTPRequest, _ response: Response) {
        self.request = request
        self.response = response
        selectCoding()
        guard response.status == .ok, request.method == .get || request.method == .head else { return }
        if checkConditions() && request.method == .get { selectRange() }
    }

    private mutating func selectCoding() {
        guard let type = response.fields[.contentType], MediaType.isCompressible(type), isLargeEnough,
            !response.fields.contains(.contentEncoding),
            response.fields[.cacheControl]?.contains("no-transform") != true
        else { return }
        response.fields.appendToList(.vary, "Accept-Encoding")
        // A part is always a part of the bytes as they are.
        let asksForRange = request.headerFields.contains(.range) && response.fields[.acceptRanges] == "bytes"
        guard AcceptEncoding.prefersGzip(request.headerFields[.acceptEncoding]), !asksForRange else { return }
        needsCompression = true
        response.fields[.contentEncoding] = "gzip"
        response.fields[.acceptRanges] = nil
        if let tag = response.fields[.eTag] { response.fields[.eTag] = EntityTag.gzipVariant(of: tag) }
    }

    private var isLargeEnough: Bool {
        switch response.body {
        case .bytes(let bytes): bytes.count >= Self.smallestCompressed
        case .stream(let length, _): length.map { $0 >= Self.smallestCompressed } ?? true
        case .empty, .file: false
        }
    }

    /// `false` when the answer has become 304 or 412.
    private mutating func checkConditions() -> Bool {
        let fields = request.headerFields
        let tag = response.fields[.eTag]
        let modified = response.fields[.lastModified].flatMap(HTTPDate.parse)
        if let list = fields[.ifMatch], let tag {
            if !EntityTag.stronglyMatches(tag, list: list) { return fail() }
        } else if let date = fields[.ifUnmodifiedSince].flatMap(HTTPDate.parse), let modified, modified > date {
            return fail()
        }
        if let list = fields[.ifNoneMatch], let tag {
            if EntityTag.weaklyMatches(tag, list: list) { return notModified() }
        } else if let date = fields[.ifModifiedSince].flatMap(HTTPDate.parse), let modified, modified <= date {
            return notModified()
        }
        return true
    }

    private mutating func fail() -> Bool {
        response.status = .preconditionFailed
        response.fields[.contentEncoding] = nil
        response.fields[.contentType] = nil
        response.body = .empty
        needsCompression = false
        return false
    }

    private mutating func notModified() -> Bool {
        response.status = .notModified
        response.fields[.contentType] = nil
        response.fields[.contentEncoding] = nil
        response.fields[.acceptRanges] = nil
        response.body = .empty
        needsCompression = false
        return false
    }

    private mutating func selectRange() {
        guard response.fields[.acceptRanges] == "bytes", let range = request.headerFields[.range], let length else {
            return
        }
        if let condition = request.headerFields[.ifRange] {
            let isCurrent = response.fields[.eTag].map { EntityTag.stronglyMatches($0, list: condition) } ?? false
            if !isCurrent { return }
        }
        switch ByteRange(range, length: length) {
        case .ignored:
            return
        case .satisfiable(let part):
            response.status = .partialContent
            response.fields[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(length)"
            switch response.body {
            case .bytes(let bytes): response.body = .bytes(Array(bytes[part]))
            case .file(let path, let offset, _):
                response.body = .file(path: path, offset: offset + part.lowerBound, length: part.count)
            case .empty, .stream: break
            }
        case .unsatisfiable:
            response.status = .rangeNotSatisfiable
            response.fields[.contentRange] = "bytes */\(length)"
            response.fields[.contentType] = nil
            response.body = .empty
        }
    }

    private var length: Int? {
        switch response.body {
        case .bytes(let bytes): bytes.count
        case .file(_, _, let length): length
        case .empty, .stream: nil
        }
    }
}

extension HTTPFields {
    /// Adds an element to a comma-separated list.
    fileprivate mutating func appendToList(_ name: HTTPField.Name, _ element: String) {
        if let list = self[name] {
            if !list.lowercased().contains(element.lowercased()) { self[name] = "\(list), \(element)" }
        } else {
            self[name] = element
        }
    }
}
