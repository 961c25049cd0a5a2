import Experiments
import HTTPServer
import HTTPTypes
import Service
import Tasks

/// The body of `POST /v1/jobs/{id}/subsets`.
struct PruningRequest: Sendable {
    /// What the request says of the examples it names.
    enum Action: String, Sendable {
        case keep, drop
    }

    /// The end of the order that is named first.
    enum Direction: String, CaseIterable, Sendable {
        case hardest, easiest, highest, lowest
    }

    /// How many examples are named.
    enum Amount: Sendable {
        /// Of the candidates, above 0 and below 1.
        case fraction(Double)
        case count(Int)

        /// Of so many candidates.
        func examples(of candidates: Int) -> Int {
            switch self {
            case .fraction(let share): Int((share * Double(candidates)).rounded())
            case .count(let count): count
            }
        }
    }

    var action: Action
    var amounts: [Amount]
    var by: String
    var direction: Direction
    var balanced: Bool
    var seed: UInt64
    var verify: Bool
    /// Networks of each set of a verification.
    var runs: Int
    /// Of the verification.
    var name: String?

    private static let mostAmounts = 20

    /// - Throws: `Problem` 400 where it is no JSON, `SettingsError` with all wrong fields at once
    init(_ body: [UInt8]) throws {
        let document = try JSON(body: body, example: "{\"keep\":0.7,\"by\":\"forgetting_rate\"}")
        var reader = FieldReader(document, at: "")
        let keep = Self.amounts("keep", &reader)
        let drop = Self.amounts("drop", &reader)
        action = drop == nil ? .keep : .drop
        amounts = keep ?? drop ?? []
        if keep != nil, drop != nil {
            reader.note("drop", "either keep or drop")
        } else if keep == nil, drop == nil, reader.issues.isEmpty {
            reader.note("keep", "is required, or drop: a fraction such as 0.7, or a number of examples")
        }
        by = reader.string("by") ?? ""
        if by.isEmpty, reader.issues.isEmpty { reader.note("by", "is required: a column such as \"forgetting_rate\"") }
        direction = reader.oneOf("direction", Direction.self) ?? .hardest
        balanced = reader.bool("balanced") ?? false
        seed = 0
        if let asked = reader.int("seed") {
            if (0..<1 << 53).contains(asked) {
                seed = UInt64(asked)
            } else {
                reader.note("seed", "0 to below 2^53, got \(asked)")
            }
        }
        verify = reader.bool("verify") ?? false
        let asked = reader.int("runs")
        runs = asked ?? 5
        name = reader.string("name")
        if let asked, !(1...100).contains(asked) { reader.note("runs", "1 to 100, got \(asked)") }
        if !verify {
            if asked != nil { reader.note("runs", "only with \"verify\": true") }
            if name != nil { reader.note("name", "only with \"verify\": true") }
        }
        if let name, let wrong = Naming.issue(with: name) { reader.note("name", wrong) }
        let issues = reader.finish()
        if !issues.isEmpty { throw SettingsError(issues: issues) }
    }

    /// One amount, or a list of them.
    private static func amounts(_ name: String, _ reader: inout FieldReader) -> [Amount]? {
        guard let value = reader.any(name) else { return nil }
        let values: [JSON]
        let isList: Bool
        if case .array(let list) = value {
            (values, isList) = (list, true)
        } else {
            (values, isList) = ([value], false)
        }
        if values.isEmpty || values.count > mostAmounts {
            reader.note(name, "1 to \(mostAmounts) amounts, got \(values.count)")
        }
        return values.enumerated().compactMap { place, value in
            switch value {
            case .int(let count) where count >= 1: return .count(count)
            case .double(let share) where share > 0 && share < 1: return .fraction(share)
            default:
                let got =
                    switch value {
                    case .int(let count): "\(count)"
                    case .double(let share): "\(share)"
                    default: value.kindInWords
                    }
                reader.note(
                    isList ? "\(name)/\(place)" : name,
                    "a fraction above 0 and below 1, or a whole number of examples from 1, got \(got)"
                )
                return nil
            }
        }
    }

    /// Whether the examples of the largest values stay.
    ///
    /// - Parameter higherIsHarder: of the column
    /// - Throws: `SettingsError` where the column has no such direction
    func keepsHighest(_ higherIsHarder: Bool?) throws -> Bool {
        let namesHighest: Bool
        switch direction {
        case .highest: namesHighest = true
        case .lowest: namesHighest = false
        case .hardest, .easiest:
            guard let higherIsHarder else {
                throw SettingsError(issues: [
                    .init(
                        pointer: "/direction",
                        detail: "neither end of \(by) is the harder one by itself: say \"highest\" or \"lowest\""
                    )
                ])
            }
            namesHighest = higherIsHarder == (direction == .hardest)
        }
        return namesHighest == (action == .keep)
    }

    /// How many candidates stay, for each amount.
    ///
    /// - Throws: `SettingsError` where none would stay or none would go
    func counts(of candidates: Int) throws -> [Int] {
        let counts = amounts.map { amount in
            let named = amount.examples(of: candidates)
            return action == .keep ? named : candidates - named
        }
        for (place, count) in counts.enumerated() where !(1..<max(1, candidates)).contains(count) {
            throw SettingsError(issues: [
                .init(
                    pointer: "/\(action.rawValue)" + (counts.count > 1 ? "/\(place)" : ""),
                    detail:
                        "\(max(0, min(candidates, count))) of the \(candidates) labelled training examples would stay; "
                        + "at least one has to stay, and one to go"
                )
            ])
        }
        return counts
    }
}
