import Foundation
import Testing

/// Reference values that PyTorch computed in float64; see Fixtures/make_golden.py.
struct Golden: Decodable {
    struct Case: Decodable {
        var name: String
        /// C, H, W or D.
        var shape: [Int]
        var classes: Int
        var hidden: [Int]?
        var batch: Int
        var seed: UInt64
        var rate: Double
        var momentum: Double
        var weightDecay: Double
        var probes: [Digest]
        var steps: [Step]
    }

    struct Step: Decodable {
        var loss: Double
        var logits: [Double]
        var gradients: [String: Digest]
        var weights: [String: Digest]
    }

    /// What is kept of a large tensor.
    struct Digest: Decodable {
        var sum: Double
        var norm: Double
        var weighted: Double
        var step: Int
        var entries: [Double]

        /// The largest deviation of `values`, relative to the norm of the tensor.
        func deviation(of values: [Float]) -> Double {
            var sum = 0.0
            var squares = 0.0
            var weighted = 0.0
            for (index, value) in values.enumerated() {
                sum += Double(value)
                squares += Double(value) * Double(value)
                weighted += Double(value) * cos(Double(index))
            }
            var worst = max(abs(sum - self.sum), abs(squares.squareRoot() - norm), abs(weighted - self.weighted))
            for (place, entry) in entries.enumerated() {
                worst = max(worst, abs(Double(values[place * step]) - entry))
            }
            return worst / max(norm, 1e-6)
        }
    }

    var cases: [Case]

    static func load() throws -> Golden { try load("golden", as: Golden.self) }

    static func load<Content: Decodable>(_ name: String, as _: Content.Type) throws -> Content {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { path in
            // Names of parameters are keys as well and stay as they are.
            let key = path[path.count - 1].stringValue
            let renamed = ["weight_decay": "weightDecay", "float32_noise": "float32Noise"]
            return AnyKey(renamed[key] ?? key)
        }
        return try decoder.decode(Content.self, from: Data(contentsOf: url))
    }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
