import Arrays
import Datasets
import Experiments
import Files
import HTTPServer
import HTTPTypes

/// Reads a multipart form with an upload: file parts, and fields that say the same as the query parameters of that name.
///
/// One file is the upload as it is. Several become one ZIP, each under the name (or path) that its sender gave it, so
/// that the reader of uploads meets what it knows: class folders, or IDX images and labels. A part `features` goes to a
/// place of its own in that ZIP.
package struct UploadForm {
    /// The name to find the dataset by, where the form or the query says one.
    package private(set) var name: String?
    package private(set) var options: IngestOptions
    /// The name of the one file beside features; nil where there are several.
    package private(set) var fileName: String?

    private let folder: DataFolder
    private var first: IncomingFile?
    private var archive: IncomingFile?
    private var zip = ZipStreamWriter()
    private var names: Set<String> = []

    /// Parts that are files.
    private static let fileParts: Set<String> = ["file", "images", "labels", "features"]
    /// Where the ZIP holds the features: a dot file, which no reader takes for data.
    private static let featuresPath = ".plumbline/features.npy"

    /// - Parameters:
    ///   - folder: where files go
    ///   - name: what the query says of the name
    ///   - options: what the query says of the rest
    package init(folder: DataFolder, name: String? = nil, options: IngestOptions = IngestOptions()) {
        self.folder = folder
        self.name = name
        self.options = options
    }

    /// Reads all parts and gives the upload.
    ///
    /// - Parameters:
    ///   - other: names of further fields
    ///   - take: takes the bytes of one of these
    package mutating func receive(
        _ request: Request,
        other: [String] = [],
        _ take: (_ name: String, _ bytes: [UInt8]) throws -> Void = { _, _ in }
    ) async throws -> IncomingFile {
        let reader = try MultipartReader(request)
        var seen: Set<String> = []
        while let part = try await reader.nextPart() {
            if Self.fileParts.contains(part.name) {
                try await self.take(part)
                continue
            }
            guard seen.insert(part.name).inserted else {
                throw Self.refusal(
                    of: part.name,
                    "the form field \"\(part.name)\" is there more than once",
                    "is there more than once"
                )
            }
            if other.contains(part.name) {
                try take(part.name, try await part.collect(upTo: BodyPolicy.json.limit))
                continue
            }
            if part.fileName != nil, part.name != "name", !UploadField.names.contains(part.name) {
                throw Self.refusal(
                    of: part.name,
                    "the form field \"\(part.name)\" has a file; files are taken as "
                        + Self.fileParts.sorted().joined(separator: ", ") + ": curl -F file=@photos.zip",
                    "unknown file field"
                )
            }
            let value = String(decoding: try await part.collect(upTo: 4_096), as: UTF8.self)
            if part.name == "name" {
                name = value
            } else if try !UploadField.take(part.name, value, into: &options) {
                let known = ["file", "images", "labels", "features"] + other + ["name"] + UploadField.names
                throw Self.refusal(
                    of: part.name,
                    "unknown form field \"\(part.name)\"; there is \(known.joined(separator: ", "))",
                    "unknown field"
                )
            }
        }
        if let archive {
            guard names != [Self.featuresPath] else {
                throw Self.refusal(of: "file", "the form has features but no file that they belong to", "missing")
            }
            try await archive.write(zip.finish())
            return archive
        }
        guard let first else {
            throw Self.refusal(of: "file", "the form has no part \"file\": curl -F file=@photos.zip", "missing")
        }
        return first
    }

    private mutating func take(_ part: MultipartReader.Part) async throws {
        let isFeatures = part.name == "features"
        let path = isFeatures ? Self.featuresPath : part.fileName ?? part.name
        guard names.insert(path).inserted else {
            throw Self.refusal(
                of: part.name,
                "the form has two files named \"\(path)\"; give each its path: "
                    + "curl -F \"file=@cat/1.jpg;filename=cat/1.jpg\"",
                "more than one \"\(path)\""
            )
        }
        if isFeatures {
            options.features = path
        } else {
            fileName = names.subtracting([Self.featuresPath]).count == 1 ? path : nil
        }
        if names.count == 1, !isFeatures {
            let file = try await IncomingFile.open(in: folder.incoming, files: folder.files)
            while let chunk = try await part.next() { try await file.write(chunk) }
            first = file
            return
        }
        let archive = try await openArchive(beside: path)
        try await archive.write(zip.begin(path))
        while let chunk = try await part.next() {
            zip.add(chunk)
            try await archive.write(chunk)
        }
        try await archive.write(zip.end())
        guard await archive.count <= ZipStreamWriter.longestArchive else {
            throw Problem(.contentTooLarge, detail: "a form of several files may have 4 GiB; send one archive instead")
        }
    }

    /// The archive; the file that came first, alone so far, is copied into it.
    private mutating func openArchive(beside path: String) async throws -> IncomingFile {
        if let archive { return archive }
        let archive = try await IncomingFile.open(in: folder.incoming, files: folder.files)
        self.archive = archive
        guard let first, let firstName = names.subtracting([path]).first else { return archive }
        try await archive.write(zip.begin(firstName))
        var offset = 0
        while true {
            let chunk = try await first.read(at: offset, count: 1 << 18)
            if chunk.isEmpty { break }
            offset += chunk.count
            zip.add(chunk)
            try await archive.write(chunk)
        }
        try await archive.write(zip.end())
        self.first = nil
        return archive
    }

    private static func refusal(of field: String, _ detail: String, _ wrong: String) -> Problem {
        Problem(
            .unprocessableContent,
            detail: detail,
            errorCode: "INVALID_PARAMETER_VALUE",
            errors: [.init(pointer: field, detail: wrong)]
        )
    }
}
