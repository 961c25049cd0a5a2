import HTTPTypes
import HTTPWire

/// The parts of a `multipart/form-data` request, one after the other and streamed: memory does not grow with the size
/// of a file.
///
/// ```swift
/// let reader = try MultipartReader(request)
/// while let part = try await reader.nextPart() {
///     while let bytes = try await part.next() { ... }
/// }
/// ```
public actor MultipartReader {
    /// One part. Its content has to be read before the next part is asked for; what is not read is skipped.
    public struct Part: Sendable {
        /// The name of the form field.
        public var name: String
        /// The name of the file as the sender gave it: data, never a path.
        public var fileName: String?
        /// `type/subtype` in lower case.
        public var mediaType: String?
        fileprivate let index: Int
        fileprivate let reader: MultipartReader

        /// The next bytes of the content, `nil` after the last.
        ///
        /// - Throws: `Problem`, as `RequestBody` does, and 400 where the multipart framing is broken.
        public func next() async throws -> [UInt8]? {
            try await reader.content(of: index)
        }

        /// The whole content.
        ///
        /// - Throws: `Problem` 413 when there are more than `limit` bytes.
        public func collect(upTo limit: Int) async throws -> [UInt8] {
            try await RequestBody { try await next() }.collect(upTo: limit)
        }
    }

    private let body: RequestBody
    private var parser: MultipartParser
    private var events: ArraySlice<MultipartParser.Event> = []
    private var partIndex = 0
    private var isInsidePart = false

    /// - Throws: `Problem` 415 unless the request is `multipart/form-data`, 400 where its boundary is malformed.
    public init(_ request: Request, limits: MultipartParser.Limits = MultipartParser.Limits()) throws {
        guard request.mediaType == "multipart/form-data" else {
            throw Problem(.unsupportedMediaType, detail: "The body has to be multipart/form-data.")
        }
        let type = request.head.headerFields[.contentType] ?? ""
        do throws(MultipartFault) {
            parser = try MultipartParser(boundary: MediaType.parameter("boundary", of: type) ?? "", limits: limits)
        } catch {
            throw Problem(error)
        }
        body = request.body
    }

    /// The next part, `nil` after the last. Content of the current part that was not read is skipped.
    public func nextPart() async throws -> Part? {
        while let event = try await nextEvent() {
            switch event {
            case .part(let head):
                partIndex += 1
                isInsidePart = true
                return Part(
                    name: head.name,
                    fileName: head.fileName,
                    mediaType: head.contentType.map(MediaType.essence),
                    index: partIndex,
                    reader: self
                )
            case .content, .end: continue
            case .partEnd: isInsidePart = false
            case .failed(let fault): throw Problem(fault)
            }
        }
        return nil
    }

    fileprivate func content(of index: Int) async throws -> [UInt8]? {
        guard index == partIndex, isInsidePart else { return nil }
        guard let event = try await nextEvent() else { return nil }
        switch event {
        case .content(let bytes): return bytes
        case .partEnd:
            isInsidePart = false
            return nil
        case .failed(let fault): throw Problem(fault)
        case .part, .end: preconditionFailure("a part that has not ended")
        }
    }

    private func nextEvent() async throws -> MultipartParser.Event? {
        while true {
            if let event = events.popFirst() { return event }
            guard let bytes = try await body.next() else {
                if let fault = parser.finish() { throw Problem(fault) }
                return nil
            }
            events = parser.feed(bytes)[...]
        }
    }
}

extension Problem {
    /// A fault in a multipart body as a document.
    init(_ fault: MultipartFault) {
        self.init(.badRequest, detail: fault.detail, errorCode: "BAD_MULTIPART")
    }
}
