import Experiments
import HTTPServer
import HTTPTypes

extension API {
    /// The findings of a job as one page.
    func addReportRoutes(to router: inout Router) {
        router.on(
            .get,
            "/v1/jobs/{id}/report.html",
            answering { [self] request in
                try Self.allow(request, "rev")
                let results = try await results(request)
                let page = try await work.run { [openFiles, version] in
                    try JobReport(results, openFiles, probeNames: results.facts.probeNames, version: version).document
                }
                var fields = Self.fields(request, id: results.job.id)
                fields[.contentType] = "text/html; charset=utf-8"
                fields[.contentSecurityPolicy] = ReportStyle.contentSecurityPolicy
                // Reviews and the state of the job change it.
                fields[.cacheControl] = "no-cache"
                return Response(fields: fields, body: .bytes(page))
            }
        )
    }
}
