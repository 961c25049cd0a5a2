import Files

extension DatasetManifest {
    /// Names the pictures or texts that a backbone sees, in their order: two datasets that differ in labels only have the same.
    /// Nil where there are none.
    public var contentDigest: String? {
        let names: [String]
        switch kind {
        case .images: names = hasPictures ? [DatasetFile.pictures, DatasetFile.pictureRanges] : [DatasetFile.examples]
        case .features:
            guard texts != nil else { return nil }
            names = [DatasetFile.texts, DatasetFile.textRanges]
        }
        let digests = names.compactMap { files[$0]?.sha256 }
        guard digests.count == names.count else { return nil }
        return SHA256Hasher.hash(Array(digests.joined(separator: "+").utf8))
    }
}
