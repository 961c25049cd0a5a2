import Foundation

/// Datasets beside the checkout, which never enter the repository: tests that need them are skipped where they are not
/// there.
enum RealData {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    static let folder = "\(root)/../shared/data"
    static let isThere = FileManager.default.fileExists(atPath: folder)
    static let reason = "the real data are not beside the checkout (../shared/data)"

    static func path(_ name: String) -> String { "\(folder)/\(name)" }
}
