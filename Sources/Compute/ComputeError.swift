internal import COneDNN

/// What can go wrong at the edge to oneDNN.
public enum ComputeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// oneDNN answered with a status other than success (`dnnl_status_t`) while doing what `operation` names.
    case library(status: UInt32, operation: String)
    /// The arena could not be allocated.
    case outOfMemory(bytes: Int)
    /// Two layouts that must be equal are not.
    case layoutMismatch(operation: String, argument: String)

    /// One sentence with what was being made and why it failed.
    public var description: String {
        switch self {
        case .library(let status, let operation):
            "oneDNN could not \(operation): \(ComputeError.meaning(of: status)) (status \(status))"
        case .outOfMemory(let bytes):
            "no memory for \(bytes) bytes of tensors"
        case .layoutMismatch(let operation, let argument):
            "\(operation): the \(argument) has another memory layout than the one it was compiled for"
        }
    }

    /// The meaning of `dnnl_status_t` as dnnl_types.h words it.
    private static func meaning(of status: UInt32) -> String {
        switch status {
        case dnnl_out_of_memory.rawValue: "out of memory"
        case dnnl_invalid_arguments.rawValue: "invalid arguments"
        case dnnl_unimplemented.rawValue: "not implemented"
        case dnnl_iterator_ends.rawValue: "no implementation left"
        case dnnl_runtime_error.rawValue: "runtime error"
        case dnnl_not_required.rawValue: "not required"
        default: "unknown status"
        }
    }
}

/// Turns a status of oneDNN into an error that says what was being done.
func check(_ status: dnnl_status_t, _ operation: @autoclosure () -> String) throws(ComputeError) {
    guard status == dnnl_success else {
        throw ComputeError.library(status: status.rawValue, operation: operation())
    }
}
