import Arrays

/// What a job that plants wrong labels knows of each example.
struct Planting: Sendable {
    /// What an example is to the calibration of scores; the numbers are those of the file.
    enum Part: UInt8, Sendable {
        case none = 0
        case choosing = 1
        case plantedChoosing = 2
        case checking = 3
        case plantedChecking = 4

        var isPlanted: Bool { self == .plantedChoosing || self == .plantedChecking }
        var isChoosing: Bool { self == .choosing || self == .plantedChoosing }
        var isChecking: Bool { self == .checking || self == .plantedChecking }
    }

    let parts: [Part]

    /// - Throws: `DifficultyError` where the file does not fit the labels
    init(_ spec: ScoreSpec.Planted, own: [Int32], effective: [Int32]) throws {
        let values = try MappedArray<UInt8>(path: spec.parts, shape: [effective.count]).array().values
        parts = try values.enumerated().map { row, value in
            guard let part = Part(rawValue: value), part.isPlanted == (own[row] != effective[row]) else {
                throw DifficultyError.mismatch(
                    what: "the planted part of row \(row), whose label is \(own[row]) and was made \(effective[row])",
                    expected: Int(own[row] != effective[row] ? Part.plantedChoosing.rawValue : Part.choosing.rawValue),
                    got: Int(value)
                )
            }
            return part
        }
    }
}
