import Foundation
import HTTPServer
import HTTPTypes
import Tasks

extension JSON {
    /// The body of a request as a document.
    ///
    /// - Parameter example: a body that would do, for the refusal
    /// - Throws: `Problem` 400 `MALFORMED_JSON` where it is no JSON
    package init(body: [UInt8], example: String) throws {
        do {
            self = try JSONDecoder().decode(JSON.self, from: Data(body))
        } catch {
            throw Problem(
                .badRequest,
                detail: "The body is not JSON. Send, for example: \(example)",
                errorCode: "MALFORMED_JSON"
            )
        }
    }
}
