import Foundation
import HTTPTypes

/// A refusal in words a client can act on; handlers throw it, and it is the only thing that renders errors.
///
/// The document is `application/problem+json` (RFC 9457) with the two fields `error_code` and `message` of MLflow's
/// errors and the request id.
public struct Problem: Error, Sendable {
    /// One place in the request and what is wrong there.
    public struct Item: Sendable, Hashable, Codable {
        /// A JSON pointer into the document, or the name of a parameter, file or column.
        public var pointer: String
        /// What is wrong there.
        public var detail: String

        /// One place and what is wrong there.
        public init(pointer: String, detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    /// The status of the answer.
    public var status: HTTPResponse.Status
    /// A few words that do not change from one occurrence to the next.
    public var title: String
    /// What happened this time and what to do about it.
    public var detail: String
    /// A constant in capitals for programs, for example `NOT_FOUND`.
    public var errorCode: String
    /// The places concerned, where the request has places.
    public var errors: [Item]
    /// Further header fields of the answer, for example `Retry-After`.
    public var fields: HTTPFields

    /// A problem. `title` defaults to the reason phrase of the status and `errorCode` to that phrase in capitals.
    public init(
        _ status: HTTPResponse.Status,
        title: String? = nil,
        detail: String,
        errorCode: String? = nil,
        errors: [Item] = [],
        fields: HTTPFields = [:]
    ) {
        self.status = status
        let title = title ?? status.reasonPhrase
        self.title = title
        self.detail = detail
        self.errorCode =
            errorCode ?? String(title.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
        self.errors = errors
        self.fields = fields
    }

    /// The answer that carries this problem.
    public func response(requestID: String) -> Response {
        let document = Document(
            type: "about:blank",
            title: title,
            status: status.code,
            detail: detail,
            error_code: errorCode,
            message: detail,
            request_id: requestID,
            errors: errors.isEmpty ? nil : errors
        )
        var fields = fields
        fields[.contentType] = "application/problem+json"
        fields[.cacheControl] = "no-store"
        return Response(status: status, fields: fields, body: .bytes(document.encoded()))
    }

    /// The members of the document.
    private struct Document: Encodable {
        var type: String
        var title: String
        var status: Int
        var detail: String
        // The names are those on the wire.
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var error_code: String
        var message: String
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var request_id: String
        var errors: [Item]?

        func encoded() -> [UInt8] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
            // Strings and integers only: there is no value here that JSON cannot hold.
            return [UInt8]((try? encoder.encode(self)) ?? Data())
        }
    }
}

extension Problem {
    /// 404 for a path nobody serves, or an id nobody knows.
    public static func notFound(_ detail: String) -> Problem {
        Problem(.notFound, detail: detail)
    }

    /// 413 with the limit in the document.
    ///
    /// - Parameter raisedBy: the server's setting that it comes from
    public static func contentTooLarge(limit: Int, raisedBy setting: String? = nil) -> Problem {
        Problem(
            .contentTooLarge,
            detail: "The body is larger than the \(limit) bytes accepted here"
                + (setting.map { "; whoever runs this server can raise that by its setting \($0)." } ?? "."),
            errors: [Item(pointer: "body", detail: "limit \(limit) bytes")]
        )
    }

    /// 507 when the disk is full; nothing of the request was kept.
    public static func insufficientStorage(_ detail: String) -> Problem {
        Problem(
            HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"),
            detail: detail,
            errorCode: "DISK_FULL"
        )
    }
}
