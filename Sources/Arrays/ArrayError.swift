/// What can be wrong with an array or an archive of arrays. `name` is the file or the archive member.
public enum ArrayError: Error, Sendable, Hashable {
    /// The bytes do not start with the NPY magic.
    case notNPY(name: String)
    /// An NPY version other than 1.0, 2.0 and 3.0.
    case unsupportedVersion(name: String, got: String)
    /// The header's text is not the dictionary that the NPY format prescribes.
    case badHeader(name: String, detail: String)
    /// A `descr` that is not read here: Python objects, structures, dates, complex numbers.
    case unsupportedDType(name: String, got: String)
    /// Another element type than the caller asked for.
    case wrongDType(name: String, expected: String, got: String)
    /// Another shape than the caller asked for.
    case wrongShape(name: String, expected: String, got: [Int])
    /// Column-major order where only row-major can be used in place.
    case fortranOrder(name: String)
    /// The data are shorter or longer than header and shape say.
    case wrongSize(name: String, expected: Int, got: Int)
    /// More bytes, elements or members than the limit.
    case tooLarge(name: String, limit: Int, got: Int)
    /// A value that the asked-for type cannot hold.
    case valueOutOfRange(name: String, index: Int, value: String, expected: DType)
    /// The bytes are no ZIP archive, or a damaged one.
    case badArchive(name: String, detail: String)
    /// An archive member that is encrypted or compressed by a method other than stored and deflate.
    case unsupportedMember(name: String, detail: String)
    /// No member of this name; `available` are those there are.
    case missingMember(name: String, available: [String])
    /// An operating system call failed.
    case system(operation: String, path: String, code: Int32)
}

extension ArrayError: CustomStringConvertible {
    /// One plain sentence, the only place where the cases become words.
    public var description: String {
        switch self {
        case .notNPY(let name):
            "\(name) is not an NPY array (its first bytes are not \\x93NUMPY)"
        case .unsupportedVersion(let name, let got):
            "\(name) has NPY version \(got); versions 1.0, 2.0 and 3.0 are read"
        case .badHeader(let name, let detail):
            "\(name) has a damaged NPY header: \(detail)"
        case .unsupportedDType(let name, let got) where got.contains("O"):
            "\(name) holds Python objects (dtype \(got)), which are never unpickled; save it with a numeric dtype, or text as "
                + "array.astype(str)"
        case .unsupportedDType(let name, let got):
            "\(name) has dtype \(got), which is not read here; save it as integers or floats"
        case .wrongDType(let name, let expected, let got):
            "\(name) has dtype \(got), expected \(expected)"
        case .wrongShape(let name, let expected, let got):
            "\(name) has shape \(shapeText(got)), expected \(expected)"
        case .fortranOrder(let name):
            "\(name) is in Fortran (column-major) order; save it with numpy.ascontiguousarray"
        case .wrongSize(let name, let expected, let got):
            "\(name) has \(got) bytes of data where its header promises \(expected)"
        case .tooLarge(let name, let limit, let got):
            "\(name) is too large: \(got), the limit is \(limit)"
        case .valueOutOfRange(let name, let index, let value, let expected):
            "\(name) has the value \(value) at position \(index), which does not fit \(expected)"
        case .badArchive(let name, let detail):
            "\(name) is not a readable ZIP archive: \(detail)"
        case .unsupportedMember(let name, let detail):
            "\(name) cannot be read: \(detail)"
        case .missingMember(let name, let available):
            "there is no array \(name); the archive has \(available.sorted().joined(separator: ", "))"
        case .system(let operation, let path, let code):
            "\(operation) \(path): error \(code)"
        }
    }
}

/// A shape as Python writes it.
func shapeText(_ shape: [Int]) -> String {
    shape.count == 1 ? "(\(shape[0]),)" : "(" + shape.map(String.init).joined(separator: ", ") + ")"
}

/// The product of the extents, or nil where it does not fit an `Int` or an extent is negative.
func elementCount(_ shape: [Int]) -> Int? {
    var count = 1
    for extent in shape {
        guard extent >= 0 else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: extent)
        guard !overflow else { return nil }
        count = product
    }
    return count
}

extension [UInt8] {
    /// `withUnsafeBytes` with a typed error, which the standard library's does not have.
    func withRawBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let outcome: Swift.Result<Result, Failure> = withUnsafeBytes { raw in
            do throws(Failure) { return .success(try body(raw)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
