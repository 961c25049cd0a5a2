public import Files

/// Lets the folder of a dataset's version use the files of its parent.
public enum FolderSharing {
    /// Puts a hard link to the parent's file in place of each file that is the same in both, and of those that the
    /// version did not write again. Where the file system cannot link, the file is copied.
    ///
    /// - Parameters:
    ///   - version: the folder of the version, with its manifest
    ///   - parent: the folder of its parent
    public static func share(
        into version: String,
        from parent: String,
        files: Files = .live
    ) throws(IngestError) {
        let (new, old) = (
            try Dataset.manifest(of: version, files: files), try Dataset.manifest(of: parent, files: files)
        )
        try IngestError.translating {
            // Only names that the parent has: what stands in the new manifest was written next to foreign bytes.
            for (name, digest) in old.files.sorted(by: { $0.key < $1.key }) where new.files[name] == digest {
                try files.share("\(parent)/\(name)", as: "\(version)/\(name)")
            }
        }
        for name in new.files.keys.sorted() where !files.exists("\(version)/\(name)") {
            throw .damagedDataset(path: name, reason: "the version lacks it")
        }
    }
}
