import Foundation

/// The labels of a table while they are read: text to class codes. Labels are text and stay as they are written.
struct TableLabels {
    private let missing: CellNumber.Missing
    private var codes: [Int32] = []
    private var names: [String] = []
    private var codeOf: [String: Int32] = [:]
    private var counts: [Int] = []
    /// Whether a class has training examples, by code.
    private var isTrained: [Bool] = []
    /// Labels that are words for "no value", with how often.
    private var nothings: [String: Int] = [:]
    private var trimmed = (count: 0, places: [String]())

    init(_ missing: CellNumber.Missing) {
        self.missing = missing
    }

    /// Takes the label of the next row; one that is a missing value is none.
    mutating func add(_ written: String, isTest: Bool, at place: String) {
        var label = written
        // Spaces around a label are no part of it.
        if label.utf8.first == 0x20 || label.utf8.last == 0x20 {
            label = String(label[...].trimming { $0 == " " || $0 == "\t" || $0 == "\u{a0}" })
            trimmed.count += 1
            if trimmed.places.count < WarningLog.placesKept { trimmed.places.append("\(place): '\(written)'") }
        }
        guard !missing.holds(label: label) else {
            if !label.isEmpty { nothings[label, default: 0] += 1 }
            return codes.append(-1)
        }
        if let code = codeOf[label] {
            codes.append(code)
            counts[Int(code)] += 1
            if !isTest { isTrained[Int(code)] = true }
        } else {
            codeOf[label] = Int32(names.count)
            codes.append(Int32(names.count))
            names.append(label)
            counts.append(1)
            isTrained.append(!isTest)
        }
    }

    /// The classes in order, and the codes in that order.
    ///
    /// Labels stay as they are written, but: whole numbers with and without `.0` are one class where both are there; quotes
    /// of another kind around every label (`'1'`) are no part of the name; nor is, in test files, a full stop that no training
    /// label has (as in the Adult dataset); and -1 beside 0, 1, ... is no label.
    func column(_ context: IngestContext) throws(IngestError) -> LabelColumn {
        guard names.count <= context.limits.classes else {
            throw .tooManyClasses(got: names.count, limit: context.limits.classes)
        }
        for place in trimmed.places { context.warnings.add(.trimmedLabels, at: place, count: 0) }
        if trimmed.count > 0 { context.warnings.add(.trimmedLabels, count: trimmed.count) }
        var cleaned = names
        if cleaned.allSatisfy({ $0.count > 2 && $0.hasPrefix("'") && $0.hasSuffix("'") }) {
            cleaned = cleaned.map { String($0.dropFirst().dropLast()) }
        }
        join(&cleaned, context)
        joinStops(&cleaned, context)
        let none = noLabel(among: cleaned, context)
        var nothings = nothings
        if let none { nothings[none, default: 0] += zip(cleaned, counts).reduce(0) { $0 + ($1.0 == none ? $1.1 : 0) } }
        context.nothingLabels = nothings
        let classes = LabelColumn.sorted(Set(cleaned).subtracting([none].compactMap(\.self)))
        nameSimilar(classes, context)
        let place = Dictionary(uniqueKeysWithValues: zip(classes, Int32(0)...))
        let final = cleaned.map { place[$0] ?? -1 }
        context.spellings = Dictionary(grouping: zip(cleaned, names), by: \.0).mapValues { $0.map(\.1) }.filter {
            $0.value.count > 1
        }
        return LabelColumn(codes: codes.map { $0 < 0 ? -1 : final[Int($0)] }, classes: classes)
    }

    /// `1` and `1.0` are one class.
    private func join(_ cleaned: inout [String], _ context: IngestContext) {
        let present = Set(cleaned)
        let whole = cleaned.map(Self.withoutZeros)
        // Where every label has the `.0`, as pandas writes whole numbers beside missing ones, nobody misses it.
        let all = whole.allSatisfy { $0 != nil } && !cleaned.isEmpty
        for (code, name) in cleaned.enumerated() {
            guard let short = whole[code], short != name else { continue }
            if present.contains(short) {
                cleaned[code] = short
                context.warnings.add(.joinedSpellings, at: "'\(name)' is taken as '\(short)'")
            } else if all {
                cleaned[code] = short
            }
        }
    }

    /// `3.0` and `3.` as `3`, `3` as it is; nil for what is no whole number in digits.
    private static func withoutZeros(_ name: String) -> String? {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts[0].hasPrefix("-") ? parts[0].dropFirst() : parts[0]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        guard parts.count == 2 else { return name }
        return parts[1].utf8.allSatisfy { $0 == 0x30 } ? String(parts[0]) : nil
    }

    private func joinStops(_ cleaned: inout [String], _ context: IngestContext) {
        let trained = Set(zip(cleaned, isTrained).filter(\.1).map(\.0))
        for (code, name) in cleaned.enumerated() where !trained.contains(name) && name.hasSuffix(".") {
            let shorter = String(name.dropLast())
            guard trained.contains(shorter) else { continue }
            cleaned[code] = shorter
            context.warnings.add(.joinedClasses, at: "'\(name)' is taken as '\(shorter)'")
        }
    }

    /// -1 where the other labels are 0, 1, ...: the usual code of "no label". Alone beside 1 it is a class.
    private func noLabel(among names: [String], _ context: IngestContext) -> String? {
        guard names.contains("-1"), !missing.kept.contains("-1") else { return nil }
        let others = Set(names).subtracting(["-1"])
        if others == ["1"] {
            context.warnings.add(.minusOneIsClass)
            return nil
        }
        let numbers = others.compactMap { Int($0) }
        guard numbers.count == others.count, numbers.count >= 2, numbers.min() == 0,
            numbers.max() ?? 0 < 2 * numbers.count
        else { return nil }
        return "-1"
    }

    /// Classes that differ only in case or in how letters with marks are composed.
    private func nameSimilar(_ classes: [String], _ context: IngestContext) {
        let alike = Dictionary(grouping: classes) { $0.lowercased().precomposedStringWithCompatibilityMapping }
        for group in alike.values.filter({ $0.count > 1 }).sorted(by: { $0[0] < $1[0] }) {
            context.warnings.add(
                .similarClasses,
                at: group.map { "'\($0)'" }.joined(separator: " and "),
                count: group.count - 1
            )
        }
    }
}
