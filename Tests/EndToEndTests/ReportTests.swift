import Arrays
import Files
import Foundation
import ProcessTesting
import Testing

/// The report of a job on one page, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct ReportTests {
    private static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(2)>", "'&lt;svg onload=alert(3)>",
    ]

    /// 180 rows of three classes with names that try to be markup; every tenth label is wrong, so that there are issues.
    private static func table(in folder: String) throws -> String {
        var text = "a,b,label\n"
        for row in 0..<180 {
            let shift = Double(row * 37 % 100) / 100
            let label = hostile[(row + (row % 10 == 3 ? 1 : 0)) % 3].replacingOccurrences(of: "\"", with: "\"\"")
            text += "\(Double(row % 3) * 4 + shift),\(Double(row % 3 == 1 ? 5 : 0) - shift),\"\(label)\"\n"
        }
        let path = "\(folder)/table.csv"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// What the page is made of; anything else came from the data.
    private static let elements: Set<Substring> = [
        "html", "head", "meta", "title", "style", "body", "header", "section", "h1", "h2", "h3", "p", "div", "ul", "ol",
        "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "bdi", "code", "figure",
        "figcaption", "svg", "line", "text", "polyline", "rect", "circle", "img",
    ]

    private func policy(_ answer: Service.Answer) -> String {
        answer.headers.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-security-policy:") }
            .map { String($0.dropFirst("content-security-policy: ".count)) } ?? ""
    }

    /// Nothing is loaded and nothing runs: no script, no address but pictures inside the page, no style but the one sheet.
    private func expectSelfContained(_ page: String) {
        let tags = Set(page.matches(of: /<([A-Za-z][A-Za-z0-9]*)/).map(\.1))
        #expect(tags.subtracting(Self.elements) == [])
        for match in page.matches(of: /<[a-z0-9]+((?:\s+[a-zA-Z-]+="[^"]*")*)>/) {
            for attribute in match.1.matches(of: /([a-zA-Z-]+)="([^"]*)"/) {
                #expect(!attribute.1.hasPrefix("on") && attribute.1 != "style" && attribute.1 != "href")
                if attribute.1 == "src" { #expect(attribute.2.hasPrefix("data:image/png;base64,")) }
            }
        }
        #expect(!page.contains("url(") && !page.contains("@import"))
    }

    @Test func namesInTheDataNeverBecomeMarkup() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Self.table(in: service.folder))
        let request = """
            {"dataset":"table","model":{"name":"mlp","hidden":[32]},"training":{"epochs":20,"batch_size":16},\
            "ensemble":{"folds":3,"repeats":2},"probes":{"k":5},"plant":{"fraction":0.05}}
            """
        #expect(try service.curl("/v1/jobs", "-d", request).status == 202)
        #expect(try service.job("table")["state"] as? String == "succeeded")
        let answer = try service.curl("/v1/jobs/table/report.html")
        #expect(answer.status == 200, "\(answer.text)")
        let page = answer.text
        expectSelfContained(page)
        let issues = try #require(try service.curl("/v1/jobs/table/issues").json()["issues"] as? [[String: Any]])
        #expect(!issues.isEmpty)
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(page.contains("&quot;&gt;&lt;img src=x onerror=alert(2)&gt;"))
        #expect(page.contains("&#39;&amp;lt;svg onload=alert(3)&gt;"))

        // The whole of what was found.
        for text in ["How far to trust it", "Wrong labels", "Difficulty", "Measured by planted labels", "Issues"] {
            #expect(page.contains("<h2>\(text)</h2>"), "\(text)")
        }
        for text in ["Settings", "Method"] { #expect(page.contains("<h2>\(text)</h2>"), "\(text)") }
        #expect(page.matches(of: /<svg\s/).count >= 3 && page.contains("Baldock et al. 2021"))
        #expect(page.contains("<dt>plant.labels</dt><dd>9</dd>"))
        let first = try #require((issues[0]["reasons"] as? [String])?.first)
        #expect(!first.isEmpty && page.matches(of: /<li><div>/).count == min(24, issues.count))

        // The policy allows this one style sheet, by its digest.
        let sheet = try #require(page.firstMatch(of: /<style>([^<]*)<\/style>/)?.1)
        let digest = try #require(policy(answer).firstMatch(of: /style-src 'sha256-([^']+)'/)?.1)
        let expected = try #require(Data(base64Encoded: String(digest))).map { String(format: "%02x", $0) }.joined()
        #expect(SHA256Hasher.hash(Array(sheet.utf8)) == expected)
        #expect(policy(answer).hasPrefix("default-src 'none'; style-src") && policy(answer).contains("img-src data:;"))
        #expect(!policy(answer).contains("unsafe"))
    }

    /// What of a training log there is: its networks are not ours.
    @Test func aTrainingLogHasAReportOfItsOwn() throws {
        let service = try Service()
        var bytes: [UInt8] = []
        var archive = NPZWriter { bytes.append(contentsOf: $0) }
        let probabilities: [Float] = (0..<60).flatMap { row in
            // The first three give another class.
            (0..<3).map { $0 == (row < 3 ? row + 1 : row) % 3 ? 0.8 : 0.1 }
        }
        try archive.add("labels", NDArray(shape: [60], values: (0..<60).map { Int64($0 % 3) }))
        try archive.add("pred_probs", NDArray(shape: [60, 3], values: probabilities))
        try archive.finish()
        let file = "\(service.folder)/log.npz"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        let sent = try service.curl("/v1/evidence/", "-T", file)
        #expect(sent.status == 202 || sent.status == 201, "\(sent.text)")
        #expect(try service.job("log")["state"] as? String == "succeeded")
        let page = try service.curl("/v1/jobs/log/report.html").text
        expectSelfContained(page)
        #expect(page.contains("The networks were trained elsewhere") && !page.contains("K-fold"))
        #expect(page.contains("<dt>log.format</dt>") && !page.contains("training.epochs"))
    }

    @Test func picturesAreInsideThePage() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        #expect(try service.curl("/v1/jobs", "-d", Samples.smallJob("digits", epochs: 400)).status == 202)
        let early = try service.curl("/v1/jobs/digits/report.html")
        #expect(early.status == 409 && early.text.contains("NOT_READY"), "\(early.text)")
        #expect(try service.curl("/v1/jobs/digits/cancel", "-X", "POST").status == 200)
        #expect(try service.curl("/v1/jobs", "-d", Samples.smallJob("digits")).status == 202)
        let job = try service.job("digits")
        #expect((job["links"] as? [String: Any])?["report"] as? String == "/v1/jobs/\(job["id"] ?? "")/report.html")
        let page = try service.curl("/v1/jobs/digits/report.html").text
        expectSelfContained(page)
        let pictures = page.matches(of: /src="data:image\/png;base64,([^"]+)"/).map { String($0.1) }
        let issues = try #require(try service.curl("/v1/jobs/digits/issues").json()["num_issues_total"] as? Int)
        #expect(pictures.count == min(24, issues) && issues > 0)
        for picture in pictures {
            #expect(Data(base64Encoded: picture)?.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
        }
        #expect(try service.curl("/v1/jobs/digits/report.html?lang=de").status == 400)
        #expect(try service.curl("/v1/jobs/nobody/report.html").status == 404)
    }
}
