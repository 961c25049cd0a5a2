/// Media types (RFC 9110 section 8.3) as far as the server decides by them.
package enum MediaType {
    /// `type/subtype` in lower case, without parameters.
    package static func essence(_ contentType: String) -> String {
        let bare = contentType.prefix { $0 != ";" }
        return bare.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined().lowercased()
    }

    /// A parameter's value, unquoted: `boundary` of `multipart/form-data; boundary="x"`. Names compare without case.
    package static func parameter(_ name: String, of contentType: String) -> String? {
        var rest = contentType.drop { $0 != ";" }
        while rest.first == ";" {
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            let key = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest[key.endIndex...]
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst()
            var value = ""
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while let character = rest.popFirst(), character != "\"" {
                    if character == "\\", let escaped = rest.popFirst() {
                        value.append(escaped)
                    } else {
                        value.append(character)
                    }
                }
                rest = rest.drop { $0 != ";" }
            } else {
                let bare = rest.prefix { $0 != ";" }
                value = String(bare.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
                rest = rest[bare.endIndex...]
            }
            if key.lowercased() == name { return value }
        }
        return nil
    }

    /// Whether a document of this type is JSON.
    package static func isJSON(_ essence: String) -> Bool {
        essence == "application/json" || (essence.hasPrefix("application/") && essence.hasSuffix("+json"))
    }

    /// Whether deflate makes a body of this type smaller. Server-sent events are left alone: their small pieces have to
    /// arrive at once.
    package static func isCompressible(_ contentType: String) -> Bool {
        let essence = essence(contentType)
        if essence == "text/event-stream" { return false }
        return essence.hasPrefix("text/") || isJSON(essence) || essence == "application/javascript"
            || essence == "application/x-ndjson" || essence == "application/jsonl" || essence == "image/svg+xml"
    }

    /// The type of a file by the last part of its name; `application/octet-stream` where the name says nothing.
    package static func ofFile(named name: String) -> String {
        let suffix = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        return byExtension[suffix] ?? "application/octet-stream"
    }

    private static let byExtension: [String: String] = [
        "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "mjs": "text/javascript; charset=utf-8",
        "json": "application/json; charset=utf-8",
        "map": "application/json; charset=utf-8",
        "txt": "text/plain; charset=utf-8",
        "md": "text/markdown; charset=utf-8",
        "csv": "text/csv; charset=utf-8",
        "svg": "image/svg+xml",
        "png": "image/png",
        "jpg": "image/jpeg",
        "jpeg": "image/jpeg",
        "ico": "image/x-icon",
        "webp": "image/webp",
        "woff2": "font/woff2",
        "wasm": "application/wasm",
        "npz": "application/zip",
        "zip": "application/zip",
        "gz": "application/gzip",
    ]
}
