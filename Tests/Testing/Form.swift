import Foundation

/// A form of fields and files, as `curl -F` sends one.
package struct Form: Sendable {
    /// A part of it.
    package enum Part: Sendable {
        /// A field with its text.
        case field(_ name: String, _ text: String)
        /// A file with its bytes and its own name.
        case file(_ name: String, [UInt8], called: String)
    }

    private let parts: [Part]
    /// Another one for each form, as programs choose it.
    private let boundary = "form-\(UUID().uuidString)"

    package init(_ parts: [Part]) { self.parts = parts }

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    var body: Data {
        var body = Data()
        for part in parts {
            body.append(Data("--\(boundary)\r\nContent-Disposition: form-data; name=".utf8))
            switch part {
            case .field(let name, let text):
                body.append(Data("\"\(name)\"\r\n\r\n\(text)\r\n".utf8))
            case .file(let name, let bytes, let own):
                let head = "\"\(name)\"; filename=\"\(own)\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                body.append(Data(head.utf8))
                body.append(contentsOf: bytes)
                body.append(Data("\r\n".utf8))
            }
        }
        body.append(Data("--\(boundary)--\r\n".utf8))
        return body
    }
}
