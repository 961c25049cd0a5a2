import Foundation
import ProcessTesting
import TestSupport
import Testing

/// The way in which networks are trained, chosen by a measurement of the real program on this machine.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct MachineTests {
    private func dryRun(_ service: Service, _ more: String = "") throws -> (
        machine: [String: Any], training: [String: Any]
    ) {
        let answer = try service.curl("/v1/jobs", "-d", #"{"dataset":"digits","dry_run":true\#(more)}"#)
        let document = try answer.json()
        return (
            try #require(document["machine"] as? [String: Any], "\(answer.text)"),
            try #require(document["training"] as? [String: Any])
        )
    }

    /// Measured once, kept, told in the job; what a request names is not measured.
    @Test func theFastestWayIsMeasured() throws {
        let service = try Service(["--paths", "measured"])
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(10, in: service.folder))
        let first = try dryRun(service)
        #expect(first.machine["reason"] as? String == "measured", "\(first.machine)")
        let rates = try #require(first.machine["samples_per_second"] as? [String: Double])
        #expect(rates["f32"] ?? 0 > 0 && rates["f32_library"] ?? 0 > 0, "\(rates)")
        let path = try #require(first.machine["path"] as? String)
        #expect(rates[path] ?? 0 >= (rates.values.max() ?? .infinity) / 1.03 - 1, "\(path) of \(rates)")
        #expect(first.training["precision"] as? String == (path == "bf16" ? "bf16" : "f32"))
        #expect(first.training["convolution"] as? String == (path == "f32_library" ? "library" : "own"))
        let kept = try String(contentsOfFile: "\(service.folder)/data/machines.json", encoding: .utf8)
        #expect(kept.contains("\"cnn\"") && kept.contains("\"per_second\""), "\(kept)")
        let told = try Program.run(Service.executable, ["doctor", "--data-dir", "\(service.folder)/data"])
        let words = String(decoding: told.output, as: UTF8.self)
        #expect(told.code == 0 && words.contains("cnn") && words.contains("samples/s"), "\(words)")

        let asked = try dryRun(service, #","training":{"precision":"f32","convolution":"library"}"#)
        #expect(asked.machine["path"] as? String == "f32_library" && asked.machine["reason"] as? String == "request")
        #expect(asked.training["convolution"] as? String == "library")
        let single = try dryRun(service, #","training":{"precision":"f32"}"#)
        #expect(single.machine["path"] as? String != "bf16" && single.training["precision"] as? String == "f32")

        // A damaged file is told at the start, in words, and not after a wrong choice.
        service.kill()
        try "{".write(toFile: "\(service.folder)/data/machines.json", atomically: true, encoding: .utf8)
        let error = #expect(throws: ServiceError.self) { try service.start(["--paths", "measured"]) }
        #expect(error?.detail.contains("machines.json") == true, "\(error?.detail ?? "")")
        try service.start(["--paths", "cnn=f32_library"])
        let pinned = try dryRun(service)
        #expect(pinned.machine["reason"] as? String == "pinned" && pinned.machine["path"] as? String == "f32_library")
    }

    /// The library's convolutions train the same network: other bits, the same examples found.
    @Test func bothConvolutionsLearn() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(10, in: service.folder))
        for way in ["own", "library"] {
            let settings =
                #"{"dataset":"digits","name":"\#(way)","ensemble":{"folds":2,"repeats":1},"probes":{"k":0},"#
                + #""training":{"precision":"f32","convolution":"\#(way)","epochs":20}}"#
            #expect(try service.curl("/v1/jobs", "-d", settings).status == 202)
        }
        let (own, library) = (try service.job("own"), try service.job("library"))
        #expect(
            own["state"] as? String == "succeeded" && library["state"] as? String == "succeeded",
            "\(own) \(library)"
        )
        #expect(try service.curl("/v1/jobs/own/scores.npz").body != service.curl("/v1/jobs/library/scores.npz").body)
        func fit(_ job: String) throws -> Double {
            try service.curl("/v1/jobs/\(job)/summary").json()["fit"] as? Double ?? -1
        }
        #expect(abs(try fit("own") - fit("library")) < 0.2)
    }
}
