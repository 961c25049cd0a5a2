import Training

/// Inputs that make_golden.py draws by the same formula: multiples of 1/64 between -2 and 2.
struct FormulaExamples: Examples {
    let shape: InputShape
    let count: Int

    /// - Parameter dimensions: C, H, W or D.
    init(dimensions: [Int], count: Int) {
        shape =
            dimensions.count == 3
            ? .image(height: dimensions[1], width: dimensions[2], channels: dimensions[0]) : .features(dimensions[0])
        self.count = count
    }

    func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
        let size = shape.count
        for place in 0..<size {
            let index = row * size + place
            destination[place] = Float((index * 7919 + row * 104_729) % 257 - 128) / 64
        }
    }

    func label(_ row: Int, classes: Int) -> Int { (row * 5 + 1) % classes }

    func values(row: Int) -> [Float] {
        Array(unsafeUninitializedCapacity: shape.count) { buffer, count in
            copy(row: row, to: buffer.baseAddress!)
            count = shape.count
        }
    }
}
