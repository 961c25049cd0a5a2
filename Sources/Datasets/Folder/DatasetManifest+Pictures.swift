import Files

extension DatasetManifest {
    /// Names the pictures that a backbone sees, in their order: two datasets that differ in labels only have the same. Nil where
    /// there are none.
    public var picturesDigest: String? {
        guard kind == .images else { return nil }
        let names = hasPictures ? [DatasetFile.pictures, DatasetFile.pictureRanges] : [DatasetFile.examples]
        let digests = names.compactMap { files[$0]?.sha256 }
        guard digests.count == names.count else { return nil }
        return SHA256Hasher.hash(Array(digests.joined(separator: "+").utf8))
    }
}
