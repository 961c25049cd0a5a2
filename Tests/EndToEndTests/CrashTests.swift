import Foundation
import ProcessTesting
import Testing

/// kill -9 in the middle of a job: it ends with the same bits as one that nobody disturbed.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct CrashTests {
    private static let job = Samples.smallJob("digits", epochs: 60)

    /// The columns of the finished job as one archive: equal bytes, equal scores.
    private func scores(_ service: Service) throws -> [UInt8] {
        let job = try service.job("digits")
        #expect(job["state"] as? String == "succeeded", "\(job) \(service.log.suffix(1_000))")
        return try service.curl("/v1/jobs/digits/scores.npz").body
    }

    private func started() throws -> Service {
        let service = try Service()
        let upload = try service.curl("/v1/datasets/", "-T", try Samples.digits(60, in: service.folder))
        #expect(upload.status == 201)
        #expect(try service.curl("/v1/jobs", "-d", Self.job).status == 202)
        return service
    }

    @Test func killedServicesAndWorkersChangeNoBit() throws {
        let undisturbed = try scores(try started())

        let service = try started()
        for round in 0..<3 {
            // A worker, once some are running ...
            var victims = service.workers
            while victims.isEmpty, (try service.curl("/v1/jobs/digits").json())["state"] as? String != "succeeded" {
                victims = service.workers
            }
            for victim in victims.prefix(1) { kill(victim, SIGKILL) }
            // ... and then the service, with more and more of its members finished.
            _ = try service.job("digits") { job in
                (job["members"] as? [String: Int]).map { ($0["succeeded"] ?? 0) >= round && ($0["running"] ?? 0) > 0 }
                    ?? false
            }
            service.kill()
            try service.start()
        }
        #expect(try scores(service) == undisturbed)
        let members = try service.curl("/v1/jobs/digits/members").json()["members"] as? [[String: Any]] ?? []
        #expect(members.contains { ($0["attempt"] as? Int ?? 0) > 1 }, "nothing was interrupted: \(members)")
    }

    @Test func workersEndWithTheirService() throws {
        let service = try started()
        var workers: [pid_t] = []
        while workers.isEmpty { workers = service.workers }
        service.kill()
        // Their standard input has ended; they notice by themselves.
        while workers.contains(where: { kill($0, 0) == 0 }) { sched_yield() }
        #expect(service.workers.isEmpty)
    }

    @Test func anAcknowledgedUploadSurvives() throws {
        let service = try Service()
        let file = try Samples.digits(20, in: service.folder)
        let id = try service.curl("/v1/datasets/", "-T", file).json()["id"] as? String
        service.kill()
        try service.start()
        let again = try service.curl("/v1/datasets/digits").json()
        #expect(again["id"] as? String == id)
        #expect(again["state"] as? String == "ready")
    }
}
