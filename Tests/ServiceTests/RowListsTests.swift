import Service
import Testing

/// What is kept of sort orders.
@Suite struct RowListsTests {
    @Test func theListNotAskedForLongestGoesFirst() {
        let lists = RowLists(budget: 100)
        var made: [String] = []
        func ask(_ key: String, rows: Int) {
            let list = lists.list(key) {
                made.append(key)
                return [Int32](repeating: 7, count: rows)
            }
            #expect(list.count == rows)
        }
        ask("a", rows: 10)
        ask("b", rows: 10)
        ask("a", rows: 10)
        #expect(made == ["a", "b"] && lists.bytes == 80)
        ask("c", rows: 10)  // b goes
        ask("a", rows: 10)
        ask("b", rows: 10)
        #expect(made == ["a", "b", "c", "b"] && lists.bytes == 80)
        ask("all", rows: 100)
        ask("all", rows: 100)
        #expect(made.count == 6, "larger than the budget alone: made each time, and nothing else is lost")
        ask("a", rows: 10)
        #expect(made.count == 6)
    }
}
