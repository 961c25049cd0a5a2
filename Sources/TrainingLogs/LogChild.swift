import Arrays
import Datasets
import Difficulty
public import Files
import Foundation
import Neighbors
import Tasks

/// What `plumbline import` does: one import, told to the parent process as JSON lines on standard output.
///
/// ```
/// {"fraction":0.5,"t":"progress"}
/// {"t":"done"}                                      exit 0; evidence.json is in the folder
/// {"code":"BAD_LOG","detail":"..","errors":[{"detail":"..","pointer":".."}],"t":"failed"}     exit 65 (EX_DATAERR)
/// ```
public enum LogChild {
    /// Runs an import.
    ///
    /// - Parameters:
    ///   - upload: an ordinary file, read from its first byte
    ///   - output: an existing folder
    ///   - token: names this sending
    ///   - target: the dataset that the examples belong to
    ///   - line: gets each line; it goes to standard output by default
    /// - Returns: the exit code
    public static func run(
        upload: Int32,
        output: String,
        token: String,
        target: LogTarget?,
        options: LogOptions,
        files: Files = .live,
        line: @escaping (ChildLine) -> Void = { $0.print() }
    ) -> Int32 {
        var reported = 0.0
        do {
            try LogImport.run(
                upload: upload,
                output: output,
                token: token,
                target: target,
                options: options,
                files: files
            ) { fraction in
                // A hundred lines at most.
                guard fraction - reported >= 0.01 else { return }
                reported = fraction
                line(ChildLine(.progress, fraction: (fraction * 1_000).rounded() / 1_000))
            }
            line(ChildLine(.done))
            return 0
        } catch {
            line(failure(error))
            return 65
        }
    }

    /// The one place where errors of an import become codes.
    private static func failure(_ error: any Error) -> ChildLine {
        switch error {
        case let error as LogError: badLog(error)
        case IngestError.tableRow(let place, let expected, let got):
            badLog(LogError(place, expected: expected, got: got))
        case let error as IngestError:
            ChildLine(.failed, code: error.code.rawValue, detail: error.description, errors: error.places)
        case let error as FilesError:
            ChildLine(
                .failed,
                code: (error.isDiskFull ? IngestError.Code.diskFull : .ioError).rawValue,
                detail: error.description
            )
        default: ChildLine(.failed, code: "BAD_LOG", detail: "\(error)")
        }
    }

    private static func badLog(_ error: LogError) -> ChildLine {
        ChildLine(
            .failed,
            code: "BAD_LOG",
            detail: error.description,
            errors: [.init(pointer: error.place, detail: "expected \(error.expected), got \(error.got)")]
        )
    }
}
