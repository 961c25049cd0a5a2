import Foundation
import ProcessTesting
import Testing

/// Members that are stopped or killed while they train go on from their checkpoints, and end with the same bits.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct CheckpointTests {
    private static let job = Samples.smallJob("digits", epochs: 400)
    /// So often that every kill finds a checkpoint soon.
    private static let often = ["--checkpoint-seconds", "0.05"]

    private func started() throws -> Service {
        let service = try Service(Self.often)
        #expect(try service.curl("/v1/datasets/", "-T", try Samples.digits(40, in: service.folder)).status == 201)
        #expect(try service.curl("/v1/jobs", "-d", Self.job).status == 202)
        return service
    }

    /// The digest of every array of every member, by key and name.
    private func evidence(_ service: Service) throws -> [String: String] {
        let job = try service.job("digits")
        #expect(job["state"] as? String == "succeeded", "\(job) \(service.log.suffix(1_000))")
        var digests: [String: String] = [:]
        let members = "\(service.folder)/data/members"
        for key in try FileManager.default.contentsOfDirectory(atPath: members) {
            let data = try #require(FileManager.default.contents(atPath: "\(members)/\(key)/manifest.json"))
            let manifest = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            for (name, file) in try #require(manifest["files"] as? [String: [String: Any]]) {
                digests["\(key)/\(name)"] = file["sha256"] as? String
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(members)/\(key)")
            #expect(!names.contains { $0.hasPrefix("checkpoint") })
        }
        #expect(digests.count > 4 * 10)
        return digests
    }

    private static let undisturbed = Result { try CheckpointTests().evidence(CheckpointTests().started()) }

    /// Worker processes that have written a checkpoint, by its path.
    private func withCheckpoint(_ service: Service) -> [pid_t] {
        service.workers.filter { id in
            let text = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") ?? Data()
            let words = text.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard let place = words.firstIndex(of: "--task"), place + 1 < words.count else { return false }
            return FileManager.default.fileExists(atPath: "\(words[place + 1])/checkpoint")
        }
    }

    /// Waits until some worker has written one.
    private func victims(_ service: Service) throws -> [pid_t] {
        while true {
            let found = withCheckpoint(service)
            if !found.isEmpty { return found }
            let state = try service.curl("/v1/jobs/digits").json()["state"] as? String
            try #require(state == "queued" || state == "running", "the job ended before a worker could be killed")
        }
    }

    private func kept(_ service: Service) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(service.folder)/data/checkpoints")
    }

    private func resumptions(_ service: Service) -> Int {
        service.log.components(separatedBy: "goes on from a checkpoint").count - 1
    }

    private func expectUndisturbed(_ service: Service) throws {
        #expect(try evidence(service) == Self.undisturbed.get())
        // Nothing is left of them once their members are done.
        #expect(try kept(service) == [])
    }

    @Test(arguments: [SIGKILL, SIGTERM]) func aWorkerThatIsEndedGoesOn(signal: Int32) throws {
        let service = try started()
        for _ in 0..<2 {
            for id in try victims(service) { kill(id, signal) }
        }
        try expectUndisturbed(service)
        #expect(resumptions(service) > 0, "\(service.log.suffix(2_000))")
        if signal == SIGTERM { #expect(!service.log.contains("a member is tried again"), "a stop is no failure") }
    }

    /// Where a thread that multiplies runs the handler of a signal, its frame lies on the heap: see `StopRequest.listen`.
    @Test func noThreadOfAWorkerRunsTheHandlerOfAStop() throws {
        let service = try started()
        let id = try #require(try victims(service).first)
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")
        #expect(threads.count > 1)
        for thread in threads {
            let status = try String(contentsOfFile: "/proc/\(id)/task/\(thread)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") })
            let mask = try #require(
                UInt64(line.dropFirst("SigBlk:".count).trimmingCharacters(in: .whitespaces), radix: 16)
            )
            #expect(mask & (1 << UInt64(SIGTERM - 1)) != 0, "\(status)")
        }
    }

    @Test func aServiceThatIsStoppedGoesOn() throws {
        let service = try started()
        for _ in 0..<2 {
            _ = try victims(service)
            #expect(service.stop() == 0, "\(service.log.suffix(2_000))")
            #expect(service.workers.isEmpty)
            #expect(try !kept(service).isEmpty)
            try service.start(Self.often)
        }
        try expectUndisturbed(service)
        #expect(resumptions(service) > 0, "\(service.log.suffix(2_000))")
    }

    @Test func aServiceThatIsKilledGoesOn() throws {
        let service = try started()
        for round in 0..<3 {
            let victims = try victims(service)
            // With its workers, or they on their own once their standard input ends.
            if round % 2 == 0 { for id in victims { kill(id, SIGKILL) } }
            service.kill()
            try service.start(Self.often)
        }
        try expectUndisturbed(service)
        #expect(resumptions(service) > 0, "\(service.log.suffix(2_000))")
    }

    @Test func aDamagedCheckpointIsSaidAndIgnored() throws {
        let service = try started()
        _ = try victims(service)
        #expect(service.stop() == 0)
        for key in try kept(service) {
            let path = "\(service.folder)/data/checkpoints/\(key)"
            let bytes = try #require(FileManager.default.contents(atPath: path))
            #expect(FileManager.default.createFile(atPath: path, contents: bytes.dropLast(9)))
        }
        try service.start(Self.often)
        try expectUndisturbed(service)
        #expect(service.log.contains("training begins anew"), "\(service.log.suffix(2_000))")
    }

    @Test func aCancelledJobLeavesNoCheckpoint() throws {
        let service = try started()
        _ = try victims(service)
        #expect(try service.curl("/v1/jobs/digits/cancel", "-X", "POST").status == 200)
        while !service.workers.isEmpty { usleep(10_000) }
        while try !kept(service).isEmpty { usleep(10_000) }
        #expect(service.stop() == 0)
        try service.start()
        #expect(try kept(service) == [])
    }
}
