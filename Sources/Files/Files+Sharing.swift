import Foundation

extension Files {
    /// Makes the content of a file stand under a second name too, in place of what stands there: by a hard link, or by a
    /// copy where the file system refuses one (other file system, too many links, no links at all). Both names may only be
    /// read from then on.
    public func share(_ path: String, as new: String) throws(FilesError) {
        let temporary = "\(new).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
        try check("link", new)
        if link(path, temporary) == 0 {
            // rename(2) does nothing where both names are links to one file.
            if isSameFile(temporary, new) { return try remove(temporary) }
            do throws(FilesError) {
                return try rename(temporary, to: new)
            } catch {
                unlink(temporary)
                throw error
            }
        }
        guard [EXDEV, EMLINK, EPERM, EOPNOTSUPP].contains(errno) else {
            throw FilesError(operation: "link", path: new, code: errno)
        }
        try copy(path, to: new)
    }

    private func isSameFile(_ one: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        return stat(one, &first) == 0 && stat(other, &second) == 0
            && first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    private func copy(_ path: String, to new: String) throws(FilesError) {
        let reader = try openForReading(path)
        let writer = try openForWriting(new)
        for offset in stride(from: 0, to: reader.size, by: 1 << 20) {
            try writer.write(try reader.read(at: offset, count: 1 << 20))
        }
        _ = try writer.finish()
    }
}
