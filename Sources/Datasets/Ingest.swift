public import Files

/// Turns an upload into a dataset folder.
public enum Ingest {
    /// The names that `IngestOptions.format` may have.
    public static var formats: [String] { DatasetFormats.all.map(\.name) }

    /// Reads the upload behind a descriptor and writes a dataset folder.
    ///
    /// Memory is bounded by `options.limits`; bytes of pictures go through files in the output folder.
    /// - Parameters:
    ///   - upload: an ordinary file, read from its first byte by this call; it stays the caller's
    ///   - output: an existing, empty folder. `manifest.json` is written last; where this call throws, the folder is
    ///     left empty again
    ///   - progress: gets the share of the work done, 0...1, never falling
    /// - Throws: what is wrong with the upload, exactly; or that the disk refused
    public static func run(
        upload: Int32,
        output: String,
        options: IngestOptions = IngestOptions(),
        files: Files = .live,
        progress: @escaping (Double) -> Void = { _ in }
    ) throws(IngestError) -> DatasetManifest {
        if let size = options.imageSize, !(8...64).contains(size) {
            throw .badOption(name: "image_size", value: String(size), expected: "a number of pixels from 8 to 64")
        }
        if let task = options.task, !IngestOptions.tasks.contains(task) {
            throw .badOption(name: "task", value: task, expected: IngestOptions.tasks.joined(separator: " or "))
        }
        if let label = options.label, options.task == IngestOptions.withoutLabels {
            throw .badOption(
                name: "label",
                value: label,
                expected: "nothing beside task=none, which says that there are none"
            )
        }
        let present = try IngestError.translating { try files.list(output) }
        guard present.isEmpty else { throw .badOutput("the output folder is not empty") }
        do {
            let context = IngestContext(options: options, output: output, files: files, report: monotonic(progress))
            var upload = try Upload(descriptor: upload)
            let overlay: FeatureOverlay?
            if let features = options.features {
                overlay = try FeatureOverlay(in: upload, path: features, context)
                upload = overlay?.upload ?? upload
            } else {
                overlay = nil
            }
            let format = try DatasetFormats.format(of: upload, context)
            var parsed = try format.read(upload, context)
            if let overlay { parsed = try overlay.applied(to: parsed, context) }
            if context.isUnlabelled { parsed.labels = LabelColumn(unlabelled: parsed.count) }
            return try DatasetFolderWriter(parsed, context).write()
        } catch {
            empty(output, files)
            throw error
        }
    }

    /// Nothing is stored of an upload that failed. What cannot be removed now (the disk refuses) is in a folder without a
    /// manifest, which its owner removes whole.
    private static func empty(_ folder: String, _ files: Files) {
        for name in (try? files.list(folder)) ?? [] { try? files.removeTree("\(folder)/\(name)") }
    }

    private static func monotonic(_ progress: @escaping (Double) -> Void) -> (Double) -> Void {
        var highest = 0.0
        return { fraction in
            guard fraction > highest else { return }
            highest = min(fraction, 1)
            progress(highest)
        }
    }
}
