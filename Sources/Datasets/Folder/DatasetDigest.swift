import Files

/// The identity of a dataset: SHA-256 over what was parsed, not over the bytes that were sent, so that the same data in
/// another archive, compression or zlib version are the same dataset.
///
/// In this order: a version line; kind, shape, N; class names; the examples as they are stored; labels (i32), split (u8);
/// sources and ids, because they lead every row that people see; the digests of the original pictures; the texts, where there are some. Strings are
/// preceded by their length. The format's name, warnings and statistics are left out.
struct DatasetDigest: ~Copyable {
    private var hasher = SHA256Hasher()

    init(kind: DatasetManifest.Kind, shape: [Int], count: Int, classes: [String]) {
        hasher.update(
            "plumbline dataset 1\n\(kind.rawValue)\n\(shape.map(String.init).joined(separator: " "))\n\(count)\n"
        )
        update(classes)
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) { hasher.update(bytes) }

    mutating func update(_ strings: [String]) {
        hasher.update("\(strings.count)\n")
        for string in strings { hasher.update("\(string.utf8.count):\(string)\n") }
    }

    mutating func finish() -> String { hasher.finish() }
}
