import Arrays
import Difficulty
import Testing

/// Agreement with the independent implementation in `Fixtures/subsets_reference.py`.
@Suite struct SubsetReferenceTests {
    @Test func agreesWithTheStoredReference() throws {
        try compare(NPZReader(path: fixture("subsets_reference.npz")))
    }

    @Test(.enabled(if: hasNumPy, "needs python3 with NumPy"), arguments: [102, 103])
    func agreesWithAFreshReference(seed: Int) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/fresh.npz"
            try runPython([fixture("subsets_reference.py"), "\(seed)", path])
            try compare(NPZReader(path: path))
        }
    }

    private func compare(_ reference: NPZReader) throws {
        try compareProfile(reference)
        try compareInfluence(reference)
        try compareCalibration(reference)
    }

    private func job(_ name: String, _ reference: NPZReader, ratios: [Double]) throws -> JobArrays {
        let labels = try reference.array("in/labels", as: Int32.self).values
        let heldOut = try reference.array("in/\(name)/held_out", as: UInt8.self)
        let right = try reference.array("in/\(name)/right", as: UInt8.self).values
        let (members, count) = (heldOut.shape[0], heldOut.shape[1])
        var arrays: [Int: MemberArrays] = [:]
        for member in 0..<members {
            let start = member * count
            arrays[member] = MemberArrays(
                heldOut: Array(heldOut.values[start..<start + count]),
                finalLogits: labels.indices.map { row in
                    let label = max(0, Int(labels[row]))
                    return sure(right[start + row] == 1 ? label : (label + 1) % 3, of: 3)
                }
            )
        }
        return JobArrays(
            labels: labels,
            classes: ["a", "b", "c"],
            members: arrays,
            folds: ratios.count,
            repeats: members / ratios.count,
            ratios: ratios
        )
    }

    private func compareProfile(_ reference: NPZReader) throws {
        try reduce(job("profile", reference, ratios: [0.3, 0.6, 0.9])) { output throws in
            for name in reference.names where name.hasPrefix("out/") {
                let got = try output.numbers(String(name.dropFirst(4)))
                let want = try reference.array(name, as: Float.self).values
                try #require(got.count == want.count)
                #expect(got.indices.allSatisfy { agrees(got[$0], want[$0], tolerance: 1e-5) }, "\(name)")
            }
        }
    }

    private func compareInfluence(_ reference: NPZReader) throws {
        try reduce(job("influence", reference, ratios: [0.7])) { output throws in
            func got<Element: ArrayElement>(_ name: String, _ type: Element.Type) throws -> [Element] {
                try MappedArray<Element>(path: "\(output.folder)/detail_influence_\(name).npy").array().values
            }
            #expect(
                try output.summary.influence?.pairs
                    == Int(#require(reference.array("influence/pairs", as: Int32.self).values.first))
            )
            #expect(try got("idx", Int32.self) == reference.array("influence/idx", as: Int32.self).values)
            #expect(
                try got("significant", UInt8.self) == reference.array("influence/significant", as: UInt8.self).values
            )
            for name in ["value", "se"] {
                let (have, want) = (
                    try got(name, Float.self), try reference.array("influence/\(name)", as: Float.self).values
                )
                #expect(have.indices.allSatisfy { agrees(have[$0], want[$0], tolerance: 1e-5) }, "\(name)")
            }
        }
    }

    private func compareCalibration(_ reference: NPZReader) throws {
        let separation = Separation(
            suspicion: try reference.array("calibration/score", as: Float.self).values,
            isPlanted: try reference.array("calibration/planted", as: UInt8.self).values.map { $0 == 1 }
        )
        let facts = try reference.array("calibration/facts", as: Double.self).values
        let rate = try #require(NoiseRate(separation))
        let flagged = separation.flagged(from: Float(facts[5]))
        #expect(flagged == (Int(facts[6]), Int(facts[7])))
        let precision = try #require(
            rate.precision(
                found: flagged.planted,
                of: separation.planted,
                flagged: Double(flagged.others) / Double(separation.others)
            )
        )
        let got = [
            try #require(separation.areaUnderCurve), try #require(separation.averagePrecision), rate.value, rate.low,
            rate.high,
        ]
        for (place, value) in got.enumerated() { #expect(abs(value - facts[place]) < 1e-9, "\(place)") }
        #expect(abs(precision.value - facts[8]) < 1e-9)
    }
}
