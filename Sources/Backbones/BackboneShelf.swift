public import Files
import Foundation
public import Recipes

/// The backbones that a job may name: folders, each with `model.onnx` and `backbone.json`, and the library that runs them.
public struct BackboneShelf: Sendable {
    /// One of them, with what is needed to run it.
    public struct Entry: Sendable, Hashable {
        /// What it is.
        public var backbone: Backbone
        /// Its file, absolute.
        public var model: String
        /// The library, absolute.
        public var library: String
        /// The library's version.
        public var runtime: String
    }

    /// The name of the library's file.
    public static let libraryName = "libonnxruntime.so"

    private let folders: [String]
    /// The library, which may be missing.
    public let library: String
    private let files: Files
    /// Nil where there is no library.
    public let runtime: String?

    /// - Parameters:
    ///   - models: the folder that set-up fills, absolute: the library, and a folder for each network
    ///   - more: further folders of networks
    public init(models: String, more: [String] = [], files: Files = .live) {
        folders = [models] + more
        library = "\(models)/\(Self.libraryName)"
        self.files = files
        let version = "\(models)/\(Self.libraryName).version"
        // Read, not asked: the service itself never loads the library.
        runtime =
            files.exists(library)
            ? (try? files.read(version)).map {
                String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            } : nil
    }

    /// No backbone at all.
    public static let empty = BackboneShelf(models: "/nonexistent")

    /// All that can be run, the bundled one first.
    public var entries: [Entry] {
        guard let runtime else { return [] }
        return folders.flatMap { folder in
            ((try? files.list(folder)) ?? []).compactMap { name -> Entry? in
                let place = "\(folder)/\(name)"
                guard let bytes = try? files.read("\(place)/backbone.json"),
                    let backbone = try? JSONDecoder().decode(Backbone.self, from: Data(bytes)),
                    files.exists("\(place)/model.onnx")
                else { return nil }
                return Entry(backbone: backbone, model: "\(place)/model.onnx", library: library, runtime: runtime)
            }
        }
    }

    /// The one of that name.
    public subscript(_ name: String) -> Entry? { entries.first { $0.backbone.name == name } }
}
