public import Files
import Foundation

/// What `plumbline ingest` does: one ingest, told to the parent process as JSON lines on standard output.
///
/// ```
/// {"fraction":0.4,"t":"progress"}
/// {"digest":"<sha256>","t":"done"}                  exit 0; the manifest is in the folder
/// {"code":"BAD_LABELS","detail":"..","errors":[{"detail":"..","pointer":".."}],"t":"failed"}     exit 65 (EX_DATAERR)
/// ```
public enum IngestChild {
    /// Runs an ingest.
    ///
    /// - Parameters:
    ///   - upload: an ordinary file, read from its first byte
    ///   - output: an existing, empty folder
    ///   - line: gets each line, without its newline; standard output by default
    /// - Returns: the exit code
    public static func run(
        upload: Int32,
        output: String,
        options: IngestOptions,
        files: Files = .live,
        line: @escaping (String) -> Void = IngestChild.printLine
    ) -> Int32 {
        report(line) { progress throws(IngestError) in
            try Ingest.run(upload: upload, output: output, options: options, files: files, progress: progress)
        }
    }

    /// Makes a version of a dataset.
    ///
    /// - Parameters:
    ///   - version: the dataset that is corrected, opened
    ///   - corrections: an ordinary file, read from its first byte: the CSV of corrected labels
    ///   - output: an existing, empty folder
    ///   - line: gets each line, without its newline; standard output by default
    /// - Returns: the exit code
    public static func run(
        version: DatasetVersion,
        corrections: Int32,
        output: String,
        files: Files = .live,
        line: @escaping (String) -> Void = IngestChild.printLine
    ) -> Int32 {
        report(line) { progress throws(IngestError) in
            let csv: [UInt8]
            do {
                let handle = FileHandle(fileDescriptor: corrections, closeOnDealloc: false)
                csv = [UInt8](try handle.readToEnd() ?? Data())
            } catch {
                throw .badCorrections(
                    count: 1,
                    places: [.init(pointer: "line 1", detail: "it cannot be read: \(error)")]
                )
            }
            return try version.write(correctedBy: csv, to: output, files: files, progress: progress)
        }
    }

    private static func report(
        _ line: @escaping (String) -> Void,
        _ work: (@escaping (Double) -> Void) throws(IngestError) -> DatasetManifest
    ) -> Int32 {
        var reported = 0.0
        do throws(IngestError) {
            let manifest = try work { fraction in
                // A hundred lines at most, however many pictures there are.
                guard fraction - reported >= 0.01 else { return }
                reported = fraction
                line(json(Progress(fraction: (fraction * 1000).rounded() / 1000)))
            }
            line(json(Done(digest: manifest.digest)))
            return 0
        } catch {
            line(json(Failed(code: error.code, detail: error.description, errors: error.places)))
            return 65
        }
    }

    /// Writes a line to standard output at once.
    public static func printLine(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress! + offset, $0.count - offset) }
            if written < 0, errno == EINTR { continue }
            // Nobody listens any more; the manifest is what proves success.
            guard written > 0 else { return }
            offset += written
        }
    }

    private struct Progress: Encodable {
        var t = "progress"
        var fraction: Double
    }

    private struct Done: Encodable {
        var t = "done"
        var digest: String
    }

    private struct Failed: Encodable {
        var t = "failed"
        var code: IngestError.Code
        var detail: String
        var errors: [IngestError.Place]
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            preconditionFailure("strings and finite numbers are always JSON: \(error)")
        }
    }
}
