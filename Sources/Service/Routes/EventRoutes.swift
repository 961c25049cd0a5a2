import Experiments
import Foundation
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    /// Progress as it happens, until the job has ended.
    func addEventRoutes(to router: inout Router) {
        router.on(
            .get,
            "/v1/jobs/{id}/events",
            answering { [self] request in
                try Self.allow(request)
                let job = try await job(request)
                let seen = request.head.headerFields[.lastEventID]
                let now = SnapshotEvent(job, document: try await document(of: job), lastSeen: seen)
                // The HTML standard's way to tell a browser that it need not come back.
                guard job.state.isLive || now.isNews(after: nil) else { return Response(status: .noContent) }
                return Response(
                    fields: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
                    body: .stream(length: nil) { [self] writer in
                        let sign = (every: Duration.seconds(15), bytes: Array(": still there\n\n".utf8))
                        try await follow(job, signOfLife: sign, writer) { [self] job in
                            SnapshotEvent(job, document: try await document(of: job), lastSeen: seen)
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
                        try await follow(job, signOfLife: nil, writer) { [views] in
                            LineEvent($0, taskNoun: views[$0.kind].taskNoun)
                        }
                    },
                    endsOnDrain: true
                )
            }
        )
    }

    /// Sends an event for each change of a job, a sign of life between them, and ends with the job.
    ///
    /// The store is asked once a second: that costs less than one request of a page that polls, and misses nothing that
    /// a snapshot would show.
    private func follow<Event: JobEvent>(
        _ job: JobSummary,
        signOfLife: (every: Duration, bytes: [UInt8])?,
        _ writer: BodyWriter,
        _ event: (JobSummary) async throws -> Event
    ) async throws {
        let clock = ContinuousClock()
        var last: Event?
        var sent = clock.now
        while true {
            guard let now = try await experiments.job(job.id) else { return }
            let next = try await event(now)
            if next.isNews(after: last) {
                try await writer.write(next.bytes)
                last = next
                sent = clock.now
            } else if let signOfLife, clock.now - sent >= signOfLife.every {
                try await writer.write(signOfLife.bytes)
                sent = clock.now
            }
            guard now.state.isLive else { return }
            try await Task.sleep(for: .seconds(1))
        }
    }
}

/// Something that is said of a job in a stream of events.
protocol JobEvent {
    var bytes: [UInt8] { get }
    func isNews(after last: Self?) -> Bool
}

/// A server-sent event (HTML standard, section 9.2) with the job document. Its id is a digest of the document, so that a
/// client that comes back with `Last-Event-ID` is not sent what it has.
private struct SnapshotEvent: JobEvent {
    let id: String
    let bytes: [UInt8]
    private let lastSeen: String?

    init(_ job: JobSummary, document: JSON, lastSeen: String?) {
        let data = document.encoded().dropLast()
        // FNV-1a: tells documents apart, protects nothing.
        let digest = data.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        id = String(digest, radix: 16)
        self.lastSeen = lastSeen
        // A browser comes back when a stream ends, unless it is told that this was all.
        let name = job.state.isLive ? "job" : "end"
        bytes = Array("event: \(name)\nid: \(id)\ndata: ".utf8) + data + Array("\n\n".utf8)
    }

    func isNews(after last: SnapshotEvent?) -> Bool { id != (last?.id ?? lastSeen) }
}

/// One plain line, for people at a terminal.
private struct LineEvent: JobEvent {
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
