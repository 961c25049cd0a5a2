import Compute
import Testing

/// Large blocks are taken from the lowest free place, given back, and used again.
@Suite struct LargeBlocksTests {
    private let unit = LargeBlocks.unit

    @Test func placesAreUsedAgain() throws {
        let blocks = LargeBlocks(capacity: 8 * LargeBlocks.unit)
        let first = try #require(blocks.take(3 * unit))
        let second = try #require(blocks.take(unit + 1))
        let third = try #require(blocks.take(1))
        #expect(UInt(bitPattern: first) % UInt(unit) == 0)
        #expect(second == first + 3 * unit && third == first + 5 * unit, "whole units, one after the other")
        first.storeBytes(of: 7, toByteOffset: 3 * unit - 8, as: Int.self)

        // Too large for what is left in one piece.
        #expect(blocks.take(3 * unit) == nil)
        blocks.give(second, bytes: unit + 1)
        #expect(blocks.take(3 * unit) == nil)
        blocks.give(first, bytes: 3 * unit)
        // Both places are one again, and what was written is still there: nothing was given back to the system.
        let again = try #require(blocks.take(5 * unit))
        #expect(again == first)
        #expect(again.load(fromByteOffset: 3 * unit - 8, as: Int.self) == 7)
        blocks.give(third, bytes: 1)
        blocks.give(again, bytes: 5 * unit)
        #expect(blocks.take(8 * unit) == first, "all of it")
        #expect(blocks.take(1) == nil)
    }

    /// Any order of giving back leaves one free place.
    @Test func freePlacesAreJoined() throws {
        var random = CounterRandom(seed: 3, purpose: .shuffling, step: 0)
        for _ in 0..<50 {
            let blocks = LargeBlocks(capacity: 16 * LargeBlocks.unit)
            var taken: [(UnsafeMutableRawPointer, Int)] = []
            for _ in 0..<200 {
                let bytes = Int.random(in: 1...4 * unit, using: &random)
                if Bool.random(using: &random), let block = blocks.take(bytes) {
                    for (other, size) in taken {
                        #expect(block + bytes <= other || other + size <= block, "two blocks share a place")
                    }
                    taken.append((block, bytes))
                } else if let place = taken.indices.randomElement(using: &random) {
                    let (block, bytes) = taken.remove(at: place)
                    blocks.give(block, bytes: bytes)
                }
            }
            for (block, bytes) in taken { blocks.give(block, bytes: bytes) }
            #expect(blocks.take(16 * unit) != nil)
        }
    }

    /// More addresses than there are: everything comes from the heap then.
    @Test func withoutAddressesThereAreNoBlocks() {
        #expect(LargeBlocks(capacity: 1 << 56).take(1) == nil)
    }
}
