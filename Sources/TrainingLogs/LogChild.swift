import Arrays
import Datasets
import Difficulty
public import Files
import Foundation
import Neighbors

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
    ///   - target: the data set that the examples belong to
    ///   - line: gets each line, without its newline; standard output by default
    /// - Returns: the exit code
    public static func run(
        upload: Int32,
        output: String,
        token: String,
        target: LogTarget?,
        options: LogOptions,
        files: Files = .live,
        line: @escaping (String) -> Void = IngestChild.printLine
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
                line(json(Message(t: "progress", fraction: (fraction * 1_000).rounded() / 1_000)))
            }
            line(json(Message(t: "done")))
            return 0
        } catch {
            line(json(failure(error)))
            return 65
        }
    }

    private struct Message: Encodable {
        var t: String
        var fraction: Double?
        var code: String?
        var detail: String?
        var errors: [IngestError.Place]?
    }

    /// The one place where errors of an import become codes.
    private static func failure(_ error: any Error) -> Message {
        switch error {
        case let error as LogError: badLog(error)
        case IngestError.tableRow(let place, let expected, let got):
            badLog(LogError(place, expected: expected, got: got))
        case let error as IngestError:
            Message(t: "failed", code: error.code.rawValue, detail: error.description, errors: error.places)
        case let error as FilesError:
            Message(
                t: "failed",
                code: (error.isDiskFull ? IngestError.Code.diskFull : .ioError).rawValue,
                detail: error.description
            )
        default: Message(t: "failed", code: "BAD_LOG", detail: "\(error)")
        }
    }

    private static func badLog(_ error: LogError) -> Message {
        Message(
            t: "failed",
            code: "BAD_LOG",
            detail: error.description,
            errors: [.init(pointer: error.place, detail: "expected \(error.expected), got \(error.got)")]
        )
    }

    private static func json(_ message: Message) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(message), as: UTF8.self)
        } catch {
            preconditionFailure("strings and finite numbers are always JSON: \(error)")
        }
    }
}
