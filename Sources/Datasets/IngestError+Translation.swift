import Arrays
import Files

extension IngestError {
    /// Runs code of the layers below and turns what it throws into an `IngestError`.
    package static func translating<Result>(_ body: () throws -> Result) throws(IngestError) -> Result {
        do {
            return try body()
        } catch {
            throw IngestError(error)
        }
    }

    init(_ error: any Error) {
        switch error {
        case let error as IngestError: self = error
        case let error as FilesError: self = .files(error)
        case ArrayError.system(let operation, let path, let code):
            self = .files(FilesError(operation: operation, path: path, code: code))
        case let error as ArrayError: self = .unreadableArray(name: error.name, reason: error.description)
        default: self = .badOutput("\(error)")
        }
    }
}

extension ArrayError {
    /// The file or archive member that the error is about.
    var name: String {
        switch self {
        case .notNPY(let name), .unsupportedVersion(let name, _), .badHeader(let name, _),
            .unsupportedDType(let name, _), .wrongDType(let name, _, _), .wrongShape(let name, _, _),
            .fortranOrder(let name), .wrongSize(let name, _, _), .tooLarge(let name, _, _),
            .valueOutOfRange(let name, _, _, _), .badArchive(let name, _), .unsupportedMember(let name, _),
            .missingMember(let name, _):
            name
        case .system(_, let path, _): path
        }
    }
}
