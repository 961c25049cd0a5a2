import Files

/// What a format needs while it reads: options, the output folder, progress and the place for warnings.
final class IngestContext {
    let options: IngestOptions
    let output: String
    let files: Files
    var warnings = WarningLog()
    /// What is said of how the upload was read.
    var reading = Reading()
    /// Labels that are words for "no value", with how often.
    var nothingLabels: [String: Int] = [:]
    /// How classes were written, of those that were written in several ways.
    var spellings: [String: [String]] = [:]
    /// Of a version: warnings of its parent that are still true, which come first.
    var inherited: [DatasetWarning] = []
    /// Of a version: what was corrected.
    var corrections: DatasetManifest.Corrections?
    private let report: (Double) -> Void

    init(options: IngestOptions, output: String, files: Files, report: @escaping (Double) -> Void) {
        self.options = options
        self.output = output
        self.files = files
        self.report = report
    }

    var limits: IngestLimits { options.limits }

    /// Notes options that mean nothing to a format.
    func ignoreOptions(label: Bool = false, id: Bool = false) {
        if label, options.label != nil { warnings.add(.ignoredOption, at: "label") }
        if id, options.id != nil { warnings.add(.ignoredOption, at: "id") }
        if options.task != nil, !isUnlabelled { warnings.add(.ignoredOption, at: "task") }
    }

    /// Notes options that only tables know.
    func ignoreTableOptions() {
        let said = [
            ("split", options.split), ("use", options.use), ("ignore", options.ignore), ("as", options.kinds),
            ("missing", options.missing), ("keep", options.keep),
        ]
        for (name, value) in said where value != nil { warnings.add(.ignoredOption, at: name) }
    }

    /// Whether the sender says that there are no labels: then none are looked for, and what looks like some is not taken
    /// for them.
    var isUnlabelled: Bool { options.task == IngestOptions.withoutLabels }

    /// The side that larger pictures are reduced to.
    var reducedSize: Int { options.imageSize ?? 32 }

    /// Reading is the first 70 % of the work, as far as anybody can know beforehand; writing the rest.
    func readProgress(_ fraction: Double) { report(0.7 * fraction) }

    func writeProgress(_ fraction: Double) { report(0.7 + 0.3 * fraction) }
}
