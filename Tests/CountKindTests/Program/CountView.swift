import Experiments
import Service
import Tasks

/// What the API shows of counts.
struct CountView: JobView {
    let kind = "count"
    let taskNoun = "counts"

    func request(_ reader: inout FieldReader) throws -> [UInt8] {
        try CanonicalJSON.encode(CountKind.Settings(milliseconds: reader.int("milliseconds") ?? 0))
    }

    func head(of summary: [UInt8]) throws -> RevisionHead {
        var head = RevisionHead()
        head.summary = .raw(summary)
        return head
    }

    func fields(of job: JobSummary, head: RevisionHead?) throws -> [(String, JSON)] {
        [("counts", head?.summary ?? .null)]
    }
}
