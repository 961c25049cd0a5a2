import Experiments
import HTTPServer
import HTTPTypes
import Tasks

/// The body of `POST /v1/jobs`: what every kind of job has, and the fields of its own kind.
struct JobBody {
    /// The kind where none is named.
    private static let usualKind = "difficulty"

    /// What is asked for.
    var order: JobOrder
    /// Whether to tell what the job would cost, in place of running it.
    var isDryRun: Bool

    /// - Parameters:
    ///   - views: that of the kind reads its fields
    ///   - kinds: that of the kind says which datasets it needs
    ///   - bringsData: whether the request brings its one dataset with it instead of naming it
    /// - Throws: `Problem` 400 where it is no JSON, `SettingsError` with all wrong fields at once
    init(_ body: [UInt8], _ views: JobViews, _ kinds: JobKinds, bringsData: Bool = false) throws {
        let document = try JSON(body: body, example: "{\"dataset\":\"photos\"}")
        var reader = FieldReader(document, at: "")
        let name = reader.string("kind") ?? Self.usualKind
        let view = views[name]
        let roles: [DatasetRole]
        if let kind = kinds[name] {
            roles = kind.roles
        } else {
            let known = kinds.all.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw SettingsError("/kind", "expected one of \(known), got \"\(name)\"")
        }
        order = JobOrder(kind: name, datasets: [:], request: [])
        Self.readDatasets(&order, roles, bringsData: bringsData, &reader)
        order.name = reader.string("name")
        if let name = order.name, let wrong = Naming.issue(with: name) { reader.note("name", wrong) }
        order.request = try view.request(&reader)
        order.budget = JobBudget(&reader)
        order.priority = reader.priority() ?? 0
        isDryRun = reader.bool("dry_run") ?? false
        if bringsData, isDryRun {
            reader.note("dry_run", "not beside a file, which would have to be stored: upload it first")
        }
        let issues = reader.finish()
        if !issues.isEmpty { throw SettingsError(issues: issues) }
    }

    /// One dataset stands in `dataset`, several in `datasets` by their roles.
    private static func readDatasets(
        _ order: inout JobOrder,
        _ roles: [DatasetRole],
        bringsData: Bool,
        _ reader: inout FieldReader
    ) {
        if roles == [.data] {
            let id = reader.string("dataset") ?? ""
            if bringsData {
                if !id.isEmpty { reader.note("dataset", "not beside a file, which is the dataset") }
            } else if id.isEmpty, reader.issues.isEmpty {
                reader.note("dataset", "is required: the id or name of a dataset")
            }
            order.datasets = [.data: id]
        } else if !roles.isEmpty {
            let names = roles.map(\.rawValue)
            if bringsData {
                reader.note(
                    "kind",
                    "a file brings one dataset, jobs of this kind have \(names.joined(separator: ", "))"
                )
            }
            var datasets: [DatasetRole: String] = [:]
            var isThere = false
            reader.object("datasets") { fields in
                isThere = true
                for role in roles {
                    let id = fields.string(role.rawValue) ?? ""
                    if id.isEmpty { fields.note(role.rawValue, "is required: the id or name of a dataset") }
                    datasets[role] = id
                }
            }
            if !isThere {
                reader.note(
                    "datasets",
                    "is required: \(names.joined(separator: ", ")), each the id or name of a dataset"
                )
            }
            order.datasets = datasets
        }
    }
}

extension JobBudget {
    /// The field `budget` of a request.
    package init?(_ reader: inout FieldReader) {
        var (seconds, members) = (nil as Double?, nil as Int?)
        reader.object("budget") { fields in
            seconds = fields.double("max_seconds")
            if let asked = seconds, !(1...1e9).contains(asked) {
                fields.note("max_seconds", "1 to 1000000000, got \(asked)")
            }
            members = fields.int("max_members")
            if let asked = members, !(1...JobPlan.mostTasks).contains(asked) {
                fields.note("max_members", "1 to \(JobPlan.mostTasks), got \(asked)")
            }
        }
        self.init(maxSeconds: seconds, maxMembers: members)
    }
}

extension FieldReader {
    /// The field `priority` of a request.
    package mutating func priority() -> Int? {
        guard let priority = int("priority") else { return nil }
        if JobPriority.range.contains(priority) { return priority }
        note("priority", "\(JobPriority.range.lowerBound) to \(JobPriority.range.upperBound), got \(priority)")
        return nil
    }
}
