import Compute
import Neighbors
import Testing

@Suite struct VoteTests {
    /// Votes for one query at 0 among references on a line.
    private func vote(at places: [Float], labels: [Int], k: Int, among: Int? = nil) throws -> NearestNeighbors.Vote {
        let values = places + [0]
        let found = try values.withUnsafeBufferPointer {
            try NeighborSearch(
                Engine(),
                rows: Array(values.indices),
                references: places.count,
                k: k,
                ties: TieOrder(seed: 0)
            ).nearest(in: ActivationMatrix(values: $0, width: 1))
        }
        return try #require(found.votes(labels: labels, classes: 4, among: among).last)
    }

    @Test func majorityWins() throws {
        let vote = try vote(at: [1, 2, 3, 9], labels: [2, 1, 1, 0], k: 3)
        #expect(vote == NearestNeighbors.Vote(label: 1, count: 2, tied: false))
    }

    @Test func tiedClassesAreToldApartByDistance() throws {
        // Class 3: 1 + 9 = 10. Class 0: 4 + 16 = 20.
        let vote = try vote(at: [1, 2, 3, 4, 9], labels: [3, 0, 3, 0, 1], k: 4)
        #expect(vote == NearestNeighbors.Vote(label: 3, count: 2, tied: true))
    }

    @Test func equalDistancesGoToTheLowestClass() throws {
        let vote = try vote(at: [1, -1, 50], labels: [2, 1, 0], k: 2)
        #expect(vote == NearestNeighbors.Vote(label: 1, count: 1, tied: true))
    }

    @Test func aTieBelowTheWinnerIsNone() throws {
        let vote = try vote(at: [1, 2, 3, 4, 99], labels: [0, 1, 2, 2, 3], k: 4)
        #expect(vote == NearestNeighbors.Vote(label: 2, count: 2, tied: false))
    }

    @Test func onlyTheNearestVote() throws {
        let vote = try vote(at: [1, 2, 3, 4, 5], labels: [1, 0, 0, 0, 0], k: 4, among: 1)
        #expect(vote == NearestNeighbors.Vote(label: 1, count: 1, tied: false))
    }

    /// A known sequence: SplitMix64 started at 1234567 (the reference implementation's published output).
    @Test func tieRanksAreSplitMix64() {
        let ranks = (0..<3).map { TieOrder(seed: 1_234_567).rank(of: $0) }
        #expect(ranks == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }
}
