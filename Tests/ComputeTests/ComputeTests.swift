import Compute
import Testing

@Suite struct ComputeTests {
    private func values(_ count: Int, seed: UInt64) -> [Float] {
        var random = CounterRandom(seed: seed, purpose: .initialisation, step: 0)
        return (0..<count).map { _ in 2 * random.nextUnitFloat() - 1 }
    }

    @Test(arguments: [(5, 7, 3), (64, 48, 100), (16, 16, 1)])
    func multipliesByAPackedMatrix(rows: Int, columns: Int, inner: Int) throws {
        let product = try PackedProduct(Engine(), rows: rows, columns: columns, inner: inner)
        let left = values(rows * inner, seed: 1)
        for seed in [UInt64(2), 3] {
            let right = values(columns * inner, seed: seed)
            let tile = try right.withUnsafeBufferPointer {
                try product.setMatrix($0.baseAddress!)
                return try product.multiply(left)
            }
            for row in 0..<rows {
                for column in 0..<columns {
                    let expected = (0..<inner).reduce(0.0) {
                        $0 + Double(left[row * inner + $1]) * Double(right[column * inner + $1])
                    }
                    #expect(abs(Double(tile[row * columns + column]) - expected) < 1e-5)
                }
            }
        }
    }

    @Test func reordersToAndFromBlockedLayouts() throws {
        let engine = try Engine()
        let operation = try Convolution().forward(
            engine,
            source: .any([2, 16, 6, 5]),
            weights: .any([24, 16, 3, 3]),
            destination: .any([2, 24, 6, 5]),
            relu: false,
            training: true
        )
        let layout = try #require(operation.layout(.weights))
        let arena = Arena(engine: engine)
        let tensor = try arena.tensor(layout)
        try arena.allocate()
        let weights = values(layout.elementCount, seed: 4)
        try tensor.assign(rowMajor: weights)
        #expect(try tensor.rowMajorValues() == weights)
    }

    @Test func sharesMemoryThatIsRewound() throws {
        let engine = try Engine()
        let arena = Arena(engine: engine)
        let kept = try arena.tensor(.rowMajor([10]))
        let mark = arena.mark
        _ = arena.reserve(byteCount: 1000)
        arena.rewind(to: mark)
        let other = try arena.tensor(.rowMajor([4]))
        #expect(arena.byteCount == 64 + 1024)
        try arena.allocate()
        kept.floats.update(repeating: 1)
        other.floats.update(repeating: 2)
        #expect(kept.floats.allSatisfy { $0 == 1 })
        #expect(Int(bitPattern: other.floats.baseAddress) % Arena.alignment == 0)
    }

    @Test func saysWhatCouldNotBeMade() throws {
        let engine = try Engine()
        // Seven channels cannot be convolved by weights for five.
        let error = #expect(throws: ComputeError.self) {
            try Convolution().forward(
                engine,
                source: .any([1, 7, 8, 8]),
                weights: .any([4, 5, 3, 3]),
                destination: .any([1, 4, 8, 8]),
                relu: false,
                training: true
            )
        }
        #expect("\(try #require(error))".contains("convolution [1, 7, 8, 8] by [4, 5, 3, 3]"))
        #expect(throws: ComputeError.self) { try Layout.rowMajor([1, 2, 3, 4, 5, 6, 7]) }
    }

    @Test func refusesTensorsInAnotherLayout() throws {
        let engine = try Engine()
        let arena = Arena(engine: engine)
        let layout = try Layout.rowMajor([3, 4])
        let operation = try Reorder.operation(engine, from: layout, to: .columnMajor(rows: 3, columns: 4))
        let tensor = try arena.tensor(layout)
        #expect(throws: ComputeError.layoutMismatch(operation: "reorder of [3, 4]", argument: "destination")) {
            try Primitive(operation, [.source: tensor, .destination: tensor])
        }
    }

    @Test func namesTheInstructionSet() {
        #expect(!Engine.instructionSet.isEmpty)
        #expect(Engine.libraryVersion.split(separator: ".").count == 3)
    }
}
