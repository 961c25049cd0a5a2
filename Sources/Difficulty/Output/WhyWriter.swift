import Arrays
import Files

/// The sentences of all examples in `why.bin` (UTF-8, one after the other), where each starts in `why_offsets.npy`
/// (N+1 u64).
struct WhyWriter {
    private let folder: String
    private let files: Files
    private let text: FileWriter
    private var offsets: [UInt64] = [0]
    private var pending: [UInt8] = []

    init(folder: String, files: Files) throws {
        self.folder = folder
        self.files = files
        text = try files.openForWriting(folder + "/why.bin")
    }

    mutating func append(_ sentence: String) throws {
        pending.append(contentsOf: sentence.utf8)
        offsets.append(offsets[offsets.count - 1] + UInt64(sentence.utf8.count))
        if pending.count >= 1 << 18 { try flush() }
    }

    mutating func finish() throws {
        try flush()
        _ = try text.finish()
        try NPY.write(NDArray(shape: [offsets.count], values: offsets), to: folder + "/why_offsets.npy", files: files)
    }

    private mutating func flush() throws {
        try text.write(pending)
        pending.removeAll(keepingCapacity: true)
    }
}
