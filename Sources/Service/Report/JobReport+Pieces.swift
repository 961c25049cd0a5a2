import Foundation

/// What several sections are made of.
extension JobReport {
    static func figure(_ caption: String, _ chart: Chart) -> HTML {
        .element("figure", [:], [.element("figcaption", [:], caption), chart.svg])
    }

    static func list(_ texts: [String]) -> HTML {
        texts.isEmpty ? .nothing : .element("ul", [:], texts.map { .element("li", [:], $0) })
    }

    static func facts(_ facts: [(String, String)]) -> HTML {
        .element("dl", [:], facts.flatMap { [.element("dt", [:], $0.0), .element("dd", [:], $0.1)] })
    }

    static func decimal(_ value: Double?, digits: Int = 2) -> String {
        guard let value else { return "–" }
        return value.formatted(
            .number.precision(.fractionLength(0...digits)).grouping(.never).locale(Locale(identifier: "en"))
        )
    }

    static func percent(_ value: Double?, _ interval: [Double]? = nil) -> String {
        guard let value else { return "–" }
        func text(_ share: Double) -> String { "\(decimal(share * 100, digits: 1)) %" }
        guard let interval, interval.count == 2 else { return text(value) }
        return "\(text(value)) (\(text(interval[0])) to \(text(interval[1])))"
    }
}
