/// The labels of a table while they are read: text to class codes.
struct TableLabels {
    private var codes: [Int32] = []
    private var names: [String] = []
    private var codeOf: [String: Int32] = [:]
    /// Whether a class has training examples, by code.
    private var isTrained: [Bool] = []

    /// Takes the label of the next row; one that is a missing value is none.
    mutating func add(_ label: String, isTest: Bool) {
        guard !CellNumber.isMissing(label) else { return codes.append(-1) }
        if let code = codeOf[label] {
            codes.append(code)
            if !isTest { isTrained[Int(code)] = true }
        } else {
            codeOf[label] = Int32(names.count)
            codes.append(Int32(names.count))
            names.append(label)
            isTrained.append(!isTest)
        }
    }

    /// The classes in order, and the codes in that order.
    ///
    /// Whole numbers are one class however they are written (`1`, `1.0`, `01`); quotes of another kind around every label
    /// (`'1'`) and, in test files, a full stop that no training label has (as in the Adult dataset) are no part of the
    /// name.
    func column(_ context: IngestContext) throws(IngestError) -> LabelColumn {
        guard names.count <= context.limits.classes else {
            throw .tooManyClasses(got: names.count, limit: context.limits.classes)
        }
        var cleaned = names
        if cleaned.allSatisfy({ $0.count > 2 && $0.hasPrefix("'") && $0.hasSuffix("'") }) {
            cleaned = cleaned.map { String($0.dropFirst().dropLast()) }
        }
        let numbers = cleaned.compactMap { CellNumber.value(of: $0).flatMap { Int64(exactly: $0) } }
        if numbers.count == cleaned.count { cleaned = numbers.map(String.init) }
        let trained = Set(zip(cleaned, isTrained).filter(\.1).map(\.0))
        for (code, name) in cleaned.enumerated() where !trained.contains(name) && name.hasSuffix(".") {
            let shorter = String(name.dropLast())
            guard trained.contains(shorter) else { continue }
            cleaned[code] = shorter
            context.warnings.add(.joinedClasses, at: "'\(name)' is taken as '\(shorter)'")
        }
        let classes = LabelColumn.sorted(Set(cleaned))
        let place = Dictionary(uniqueKeysWithValues: zip(classes, Int32(0)...))
        let final = cleaned.map { place[$0] ?? -1 }
        return LabelColumn(codes: codes.map { $0 < 0 ? -1 : final[Int($0)] }, classes: classes)
    }
}
