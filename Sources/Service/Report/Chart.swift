/// A small chart as inline SVG: bars or a line over named places, with a scale at the left. Colours are those of the page's
/// style sheet.
struct Chart: Sendable {
    /// One place on the horizontal axis.
    struct Point: Sendable {
        /// What stands below it.
        var place: String
        /// Nil leaves it out.
        var value: Double?
        /// The ends of an interval around the value.
        var interval: [Double]?
        /// What it says when pointed at.
        var note: String
    }

    /// How the values are drawn.
    enum Kind: Sendable { case bars, line }

    var kind: Kind
    /// What the chart says, for those who cannot see it.
    var label: String
    /// What the horizontal axis is.
    var axis: String
    var points: [Point]
    /// Top of the scale; nil takes the largest value.
    var top: Double?
    /// How a number of the scale is written.
    var format: @Sendable (Double) -> String

    private static let width = 560.0
    private static let height = 230.0
    private static let left = 52.0
    private static let bottom = 44.0
    private static let above = 10.0

    /// The chart as markup.
    var svg: HTML {
        let values: [Double] = points.flatMap { point in [point.value ?? 0] + (point.interval ?? []) }
        let largest = top ?? values.max() ?? 0
        let scale = largest > 0 ? largest : 1
        func y(_ value: Double) -> Double {
            Self.above + (1 - min(max(value / scale, 0), 1)) * (Self.height - Self.above - Self.bottom)
        }
        let step = (Self.width - Self.left) / Double(max(1, points.count))
        func x(_ index: Int) -> Double { Self.left + (Double(index) + 0.5) * step }

        var parts: [HTML] = []
        for mark in 0...4 {
            let value = scale * Double(mark) / 4
            let height = px(y(value))
            parts.append(
                .element(
                    "line",
                    ["class": "grid", "x1": px(Self.left), "x2": px(Self.width), "y1": height, "y2": height]
                )
            )
            parts.append(
                .element(
                    "text",
                    ["class": "tick", "x": px(Self.left - 8), "y": px(y(value) + 4), "text-anchor": "end"],
                    format(value)
                )
            )
        }
        if kind == .line {
            let known = points.indices.compactMap { index in points[index].value.map { "\(px(x(index))),\(px(y($0)))" }
            }
            parts.append(.element("polyline", ["class": "line", "points": known.joined(separator: " ")]))
        }
        // As many names as there is room for.
        let every = max(1, Int((64 / step).rounded(.up)))
        for (index, point) in points.enumerated() {
            if let value = point.value { parts.append(mark(value, at: x(index), y: y, step: step, note: point.note)) }
            if point.value != nil, let interval = point.interval, interval.count == 2 {
                parts.append(
                    .element(
                        "line",
                        [
                            "class": "whisker", "x1": px(x(index)), "x2": px(x(index)), "y1": px(y(interval[0])),
                            "y2": px(y(interval[1])),
                        ]
                    )
                )
            }
            if index % every == 0 {
                parts.append(
                    .element(
                        "text",
                        ["class": "tick", "x": px(x(index)), "y": px(Self.height - 26), "text-anchor": "middle"],
                        point.place
                    )
                )
            }
        }
        parts.append(
            .element(
                "text",
                [
                    "class": "axis", "x": px((Self.left + Self.width) / 2), "y": px(Self.height - 6),
                    "text-anchor": "middle",
                ],
                axis
            )
        )
        return .element(
            "svg",
            ["viewBox": "0 0 \(px(Self.width)) \(px(Self.height))", "role": "img", "aria-label": label],
            parts
        )
    }

    private func mark(_ value: Double, at x: Double, y: (Double) -> Double, step: Double, note: String) -> HTML {
        let title = [HTML.element("title", [:], note)]
        switch kind {
        case .line: return .element("circle", ["class": "dot", "cx": px(x), "cy": px(y(value)), "r": "4"], title)
        case .bars:
            let width = max(1, step * 0.8)
            return .element(
                "rect",
                [
                    "class": "bar", "x": px(x - width / 2), "y": px(y(value)), "width": px(width),
                    "height": px(max(0, y(0) - y(value))),
                ],
                title
            )
        }
    }

    /// A length with one decimal.
    private func px(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
    }
}
