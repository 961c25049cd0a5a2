import Arrays
import Foundation
import ProcessTesting
import Testing

/// A training log of somebody else's and the death of the service; what else there is of them is in the tests of their kind.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct EvidenceTests {
    private func save(_ correct: NDArray<UInt8>, to path: String) throws {
        var bytes: [UInt8] = []
        var archive = NPZWriter { bytes.append(contentsOf: $0) }
        try archive.add("correct", correct)
        try archive.finish()
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private func column(_ service: Service, _ job: String, _ name: String) throws -> [Float] {
        let answer = try service.curl("/v1/jobs/\(job)/columns/\(name).npy")
        #expect(answer.status == 200, "\(answer.text)")
        return try NPY.decode(answer.body, as: Float.self).values
    }

    /// A log is kept by an acknowledged job, whatever becomes of the service.
    @Test func aLogSurvivesKill9() throws {
        let service = try Service()
        let path = "\(service.folder)/log.npz"
        try save(NDArray(shape: [2, 3], values: [0, 1, 1, 1, 1, 0]), to: path)
        #expect(try service.curl("/v1/evidence/", "-T", path).status == 202)
        service.kill()
        try service.start()
        let job = try service.job("log")
        #expect(job["state"] as? String == "succeeded", "\(job)")
        #expect(try column(service, "log", "forgetting_events") == [0, 0, 1])
    }
}
