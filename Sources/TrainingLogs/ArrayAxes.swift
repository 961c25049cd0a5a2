import Arrays

/// What the axes of an array in a log are, and the order in which its numbers come.
struct ArrayAxes {
    let name: String
    var shape: [Int]
    let fortranOrder: Bool
    /// The axis of members, of epochs, of examples; nil where there is none.
    let member: Int?
    let epoch: Int?
    let example: Int?

    /// - Parameters:
    ///   - member: the axis of members, where there is one; the same for the others
    init(
        _ name: String,
        _ header: NPYHeader,
        member: Int? = nil,
        epoch: Int? = nil,
        example: Int? = nil
    ) {
        self.name = name
        shape = header.shape
        fortranOrder = header.fortranOrder && header.shape.count > 1
        self.member = member
        self.epoch = epoch
        self.example = example
    }

    /// M, where there is such an axis.
    var members: Int? { member.map { shape[$0] } }
    /// T, where there is such an axis.
    var epochs: Int? { epoch.map { shape[$0] } }

    /// A cursor at the first number.
    var start: Cursor { Cursor(self, dropping: 0) }

    /// A cursor at the first row of the last axis.
    ///
    /// - Throws: where the numbers of a row do not lie together
    func firstRow() throws(LogError) -> Cursor {
        guard !fortranOrder else {
            throw LogError(name, expected: "row-major order, numpy.ascontiguousarray makes it", got: "Fortran order")
        }
        return Cursor(self, dropping: 1)
    }

    /// The place of the number at this position of the file, for people.
    func place(_ position: Int) -> String {
        var cursor = start
        cursor.advance(by: position)
        return cursor.place
    }

    /// Walks over an array in the order of the file.
    struct Cursor {
        private let axes: ArrayAxes
        /// Fastest first.
        private let order: [Int]
        private var index: [Int]

        fileprivate init(_ axes: ArrayAxes, dropping last: Int) {
            self.axes = axes
            let known = Array(0..<axes.shape.count - last)
            order = axes.fortranOrder ? known : known.reversed()
            index = Array(repeating: 0, count: known.count)
        }

        var member: Int { axes.member.map { index[$0] } ?? 0 }
        var epoch: Int { axes.epoch.map { index[$0] } ?? 0 }
        var example: Int { axes.example.map { index[$0] } ?? 0 }

        /// Such as `correct[3, 17]`.
        var place: String { "\(axes.name)[\(index.map(String.init).joined(separator: ", "))]" }

        mutating func advance() {
            for axis in order {
                index[axis] += 1
                if index[axis] < axes.shape[axis] { return }
                index[axis] = 0
            }
        }

        mutating func advance(by count: Int) {
            var rest = count
            for axis in order {
                let extent = max(1, axes.shape[axis])
                rest += index[axis]
                index[axis] = rest % extent
                rest /= extent
            }
        }
    }
}
