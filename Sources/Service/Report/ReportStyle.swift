import Files
import Foundation

/// How the report looks, on the screen and on paper.
enum ReportStyle {
    /// The one style sheet of the page.
    static let sheet: StaticString = """
        :root{color-scheme:light;--ink:#1b1f24;--muted:#5d6670;--line:#d9dee3;--mark:#2f6f9f;--soft:#eef3f7}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:62rem;padding:2rem 1.25rem;color:var(--ink);background:#fff;font:15px/1.5 system-ui,sans-serif}
        h1{font-size:1.7rem;margin:0}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;border-top:1px solid var(--line);padding-top:1rem}
        h3{font-size:1rem;margin:0 0 .2rem}p{margin:.3rem 0}ul{margin:.3rem 0;padding-left:1.2rem}
        .quiet,caption,.tick,.axis{color:var(--muted)}.notice{background:#fff4d6;padding:.5rem .8rem;border-radius:6px}
        .verdict{padding:.8rem 1rem;border-left:6px solid var(--line);background:var(--soft);border-radius:4px}
        .good{border-color:#2e7d4f}.weak{border-color:#c98a1b}.poor{border-color:#b3382c}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.5rem 0}dt{color:var(--muted)}dd{margin:0}
        table{border-collapse:collapse;width:100%;margin:.6rem 0}caption{text-align:left;padding-bottom:.3rem}
        th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top;font-weight:400}
        thead th{color:var(--muted)}.n{text-align:right}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(24rem,1fr));gap:1.2rem}figure{margin:.6rem 0 0;max-width:36rem;break-inside:avoid}
        svg{width:100%;height:auto}.bar,.dot{fill:var(--mark)}.line{fill:none;stroke:var(--mark);stroke-width:2}
        .grid{stroke:var(--line)}.whisker{stroke:var(--ink);stroke-width:1.5}.tick,.axis{fill:var(--muted);font-size:12px}
        ol.issues{list-style:none;margin:0;padding:0}.issues li{display:grid;grid-template-columns:6rem 1fr;gap:1rem;padding:.7rem 0;border-bottom:1px solid var(--line);break-inside:avoid}
        .issues img{width:6rem;height:6rem;object-fit:contain;background:var(--soft);image-rendering:pixelated}
        bdi,code{overflow-wrap:anywhere}
        @media print{body{max-width:none;padding:0;font-size:11pt}.charts{grid-template-columns:1fr 1fr}a{color:inherit}}
        """

    /// What a browser may do with the page: use this style sheet and pictures inside the page, load and run nothing.
    static let contentSecurityPolicy: String = {
        let hex = SHA256Hasher.hash(Array("\(sheet)".utf8))
        let bytes = stride(from: 0, to: hex.utf8.count, by: 2).map { place in
            let start = hex.index(hex.startIndex, offsetBy: place)
            return UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16) ?? 0
        }
        return "default-src 'none'; style-src 'sha256-\(Data(bytes).base64EncodedString())'; img-src data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }()
}
