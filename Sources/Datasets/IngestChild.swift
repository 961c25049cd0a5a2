public import Files
import Foundation
import Tasks

/// What `plumbline ingest` does: one ingest, told to the parent process as JSON lines on standard output.
///
/// ```
/// {"fraction":0.4,"t":"progress"}
/// {"t":"done","values":{"digest":".."}}              exit 0; the manifest is in the folder
/// {"code":"BAD_LABELS","detail":"..","errors":[{"detail":"..","pointer":".."}],"t":"failed"}     exit 65 (EX_DATAERR)
/// ```
public enum IngestChild {
    /// Runs an ingest.
    ///
    /// - Parameters:
    ///   - upload: an ordinary file, read from its first byte
    ///   - output: an existing, empty folder
    ///   - line: gets each line; it goes to standard output by default
    /// - Returns: the exit code
    public static func run(
        upload: Int32,
        output: String,
        options: IngestOptions,
        files: Files = .live,
        line: @escaping (ChildLine) -> Void = { $0.print() }
    ) -> Int32 {
        report(line) { progress throws(IngestError) in
            var options = options
            options.limits = options.limits.allowing(upload: try Upload(descriptor: upload).size)
            return try Ingest.run(upload: upload, output: output, options: options, files: files, progress: progress)
        }
    }

    /// Makes a version of a dataset.
    ///
    /// - Parameters:
    ///   - version: the dataset that is corrected, opened
    ///   - corrections: an ordinary file, read from its first byte: the CSV of corrected labels
    ///   - output: an existing, empty folder
    ///   - line: gets each line; it goes to standard output by default
    /// - Returns: the exit code
    public static func run(
        version: DatasetVersion,
        corrections: Int32,
        output: String,
        files: Files = .live,
        line: @escaping (ChildLine) -> Void = { $0.print() }
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
        _ line: @escaping (ChildLine) -> Void,
        _ work: (@escaping (Double) -> Void) throws(IngestError) -> DatasetManifest
    ) -> Int32 {
        var reported = 0.0
        do throws(IngestError) {
            let manifest = try work { fraction in
                // A hundred lines at most, however many pictures there are.
                guard fraction - reported >= 0.01 else { return }
                reported = fraction
                line(ChildLine(.progress, fraction: (fraction * 1000).rounded() / 1000))
            }
            line(ChildLine(.done, values: ["digest": .string(manifest.digest)]))
            return 0
        } catch {
            line(ChildLine(.failed, code: error.code.rawValue, detail: error.description, errors: error.places))
            return 65
        }
    }
}
