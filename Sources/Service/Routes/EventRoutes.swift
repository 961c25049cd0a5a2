import Experiments
import Foundation
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    /// Progress as it happens: of one job until it has ended, and that anything of any job has changed.
    func addEventRoutes(to router: inout Router) {
        router.on(
            .get,
            "/v1/events",
            answering { [self] request in
                try Self.allow(request)
                return Response(
                    fields: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
                    body: .stream(length: nil) { [experiments] writer in
                        for await news in experiments.news() {
                            switch news {
                            case .changed: try await writer.write(Array("event: jobs\ndata: {}\n\n".utf8))
                            case .stillThere: try await writer.write(Array(": still there\n\n".utf8))
                            }
                        }
                    },
                    endsOnDrain: true
                )
            }
        )
        router.on(
            .get,
            "/v1/jobs/{id}/events",
            answering { [self] request in
                try Self.allow(request)
                let job = try await job(request)
                let seen = request.head.headerFields[.lastEventID]
                // The HTML standard's way to tell a browser that it need not come back.
                if !job.state.isLive, JobSnapshot(job, document: try await document(of: job)).id == seen {
                    return Response(status: .noContent)
                }
                return Response(
                    fields: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
                    body: .stream(length: nil) { [self] writer in
                        for try await beat in await broadcast.listen(to: job.id) {
                            switch beat {
                            case .stillThere: try await writer.write(Array(": still there\n\n".utf8))
                            case .snapshot(let snapshot) where snapshot.id != seen:
                                try await writer.write(Self.event(snapshot))
                            case .snapshot: break
                            }
                        }
                    },
                    endsOnDrain: true
                )
            }
        )
        router.on(
            .get,
            "/v1/jobs/{id}/events.txt",
            answering { [self] request in
                try Self.allow(request)
                let job = try await job(request)
                return Response(
                    fields: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
                    body: .stream(length: nil) { [self] writer in
                        var last: LineEvent?
                        for try await case .snapshot(let snapshot) in await broadcast.listen(to: job.id) {
                            let line = LineEvent(snapshot.job, taskNoun: views[job.kind].taskNoun)
                            guard line.isNews(after: last) else { continue }
                            try await writer.write(line.bytes)
                            last = line
                        }
                    },
                    endsOnDrain: true
                )
            }
        )
    }

    /// A server-sent event (HTML standard, section 9.2) with the job document. Its id is a digest of the document, so that a
    /// client that comes back with `Last-Event-ID` is not sent what it has.
    private static func event(_ snapshot: JobSnapshot) -> [UInt8] {
        // A browser comes back when a stream ends, unless it is told that this was all.
        let name = snapshot.job.state.isLive ? "job" : "end"
        return Array("event: \(name)\nid: \(snapshot.id)\ndata: ".utf8) + snapshot.document + Array("\n\n".utf8)
    }
}

/// One plain line, for people at a terminal.
private struct LineEvent {
    let bytes: [UInt8]
    /// What a line is worth printing for: the state, networks done, and every twentieth of the way.
    private let news: [String]

    init(_ job: JobSummary, taskNoun: String) {
        let members = job.members
        let percent = Int((job.fraction * 100).rounded(.down))
        var parts = [
            Date.now.formatted(.iso8601), job.state.rawValue,
            job.settings == nil
                ? "waits for its data to be read" : "\(members.succeeded)/\(members.total) \(taskNoun)",
            "\(percent) %",
        ]
        if job.state.isLive, let left = job.etaSeconds { parts.append("about \(Self.spoken(left)) left") }
        if let place = job.queuePosition { parts.append("place \(place) in the queue") }
        if job.stopReason == JobBudget.stopReason, job.failure == nil { parts.append("its budget is spent") }
        if let shortage = job.shortage { parts.append("waits for room: \(shortage)") }
        if let failure = job.failure { parts.append(failure.detail) }
        bytes = Array((parts.joined(separator: "  ") + "\n").utf8)
        news = [
            job.state.rawValue, "\(members.succeeded)", "\(percent / 5)", job.phase, "\(job.queuePosition ?? 0)",
            job.shortage == nil ? "" : "no room",
        ]
    }

    func isNews(after last: LineEvent?) -> Bool { news != last?.news }

    private static func spoken(_ seconds: Double) -> String {
        seconds < 90 ? "\(Int(seconds.rounded())) s" : "\(Int((seconds / 60).rounded())) min"
    }
}

extension HTTPField.Name {
    /// What a client of server-sent events saw last.
    static let lastEventID = Self("Last-Event-ID")!
}
