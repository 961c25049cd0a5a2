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
    /// The library's version; nil where there is none, or a damaged one.
    public let runtime: String?
    /// Files that set-up fetched and that are not what they were, by their paths; what they belong to is not offered.
    public let damaged: [String]

    /// - Parameters:
    ///   - models: the folder that set-up fills, absolute: the library, and a folder for each network
    ///   - more: further folders of networks
    public init(models: String, more: [String] = [], files: Files = .live) {
        folders = [models] + more
        library = "\(models)/\(Self.libraryName)"
        self.files = files
        let version = "\(models)/\(Self.libraryName).version"
        // Read, not asked: the service itself never loads the library.
        func text(_ path: String) -> String? {
            (try? files.read(path)).map {
                String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            }
        }
        var damaged: [String] = []
        func check(_ path: String, _ sha256: String?) {
            guard let sha256, files.exists(path) else { return }
            // What cannot be read is of no more use.
            if (try? files.read(path)).map({ SHA256Hasher.hash($0) }) != sha256 { damaged.append(path) }
        }
        check(library, text("\(library).sha256"))
        for name in (try? files.list(models)) ?? [] {
            guard let backbone = Self.description(in: "\(models)/\(name)", files) else { continue }
            check("\(models)/\(name)/\(Backbone.modelFile)", backbone.sha256)
            if case .texts(let input) = backbone.input {
                check("\(models)/\(name)/\(Backbone.vocabularyFile)", input.vocabulary)
            }
        }
        self.damaged = damaged
        runtime = files.exists(library) && !damaged.contains(library) ? text(version) : nil
    }

    /// No backbone at all.
    public static let empty = BackboneShelf(models: "/nonexistent")

    /// All that can be run, the bundled one first.
    public var entries: [Entry] {
        guard let runtime else { return [] }
        return folders.flatMap { folder in
            ((try? files.list(folder)) ?? []).compactMap { name -> Entry? in
                let place = "\(folder)/\(name)"
                let model = "\(place)/\(Backbone.modelFile)"
                guard let backbone = Self.description(in: place, files), files.exists(model),
                    !damaged.contains(where: { $0.hasPrefix("\(place)/") })
                else { return nil }
                return Entry(backbone: backbone, model: model, library: library, runtime: runtime)
            }
        }
    }

    private static func description(in place: String, _ files: Files) -> Backbone? {
        (try? files.read("\(place)/backbone.json")).flatMap { try? JSONDecoder().decode(Backbone.self, from: Data($0)) }
    }

    /// The one of that name.
    public subscript(_ name: String) -> Entry? { entries.first { $0.backbone.name == name } }
}
