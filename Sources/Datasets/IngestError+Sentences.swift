import Files
import Tasks

extension IngestError: CustomStringConvertible {
    /// What kind of error it is, for programs.
    public var code: Code {
        switch self {
        case .empty, .unknownFormat, .unrecognised, .badOption, .loneArray: .unknownFormat
        case .damagedArchive, .encryptedEntry, .linkedEntry, .nestedArchive, .unsafeName, .duplicateName: .badArchive
        case .tooManyEntries, .unpacksTooLarge, .suspiciousRatio, .tooLarge, .tooManyClasses: .tooLarge
        case .noPictures, .mostPicturesUnreadable, .noPicture: .badImage
        case .missingArray, .unreadableArray, .arrayShape, .arrayValue, .damagedIDX, .unpairedIDX: .badArray
        case .tableRow, .severalTables: .badTable
        case .noClassFolders, .partsAsClasses, .labelQuestion, .labelCount, .continuousTarget, .quantityTarget,
            .labelOutsideClasses, .badClassNames,
            .oneClass:
            .badLabels
        case .badCorrections: .badCorrections
        case .tooFew: .tooFew
        case .files(let error): error.isDiskFull ? .diskFull : .ioError
        case .badOutput, .damagedDataset: .ioError
        }
    }

    /// One plain sentence for a person.
    public var description: String {
        switch self {
        case .empty: "The upload is empty."
        case .unknownFormat(let name, let known):
            "There is no format '\(name)'; those read here are \(Self.list(known))."
        case .unrecognised(let found):
            "The upload is not in a format that is read here: \(found)."
        case .damagedArchive(let reason): "The archive cannot be read: \(reason)."
        case .encryptedEntry(let name): "\(name) in the archive is encrypted; send it without a password."
        case .linkedEntry(let name): "\(name) in the archive is a link or device; only ordinary files are read."
        case .nestedArchive(let name): "\(name) is an archive inside the archive; unpack it first."
        case .unsafeName(let name):
            "The archive has an entry named '\(name)'; names must be relative, without '..', and at most "
                + "\(ArchiveEntry.longestName) bytes long."
        case .duplicateName(let name): "The archive has two entries named \(name)."
        case .tooManyEntries(let limit): "The archive has more than \(limit) entries."
        case .unpacksTooLarge(let limit): "The archive unpacks to more than \(limit) bytes."
        case .suspiciousRatio(let limit): "The archive unpacks to more than \(limit) times its own size."
        case .noPictures(let others, let first):
            "The archive has no PNG or JPEG picture among its \(others) files"
                + (first.isEmpty ? "." : " (\(first.joined(separator: ", ")), ...).")
        case .noClassFolders(let first, let splits):
            "The pictures are not in class folders (\(Self.list(first)), ...): each class needs a folder of its name"
                + (splits.isEmpty
                    ? ""
                    : "; \(Self.list(splits)) were understood as the splits of the dataset, and hold pictures without labels")
                + "."
        case .partsAsClasses(let names):
            "The folders \(Self.list(names)) look like parts of a dataset, not like classes: labels per picture are missing. "
                + "Put the pictures of each class into a folder of its name, or send task=none where there are no labels."
        case .mostPicturesUnreadable(let count, let total, _):
            "\(count) of \(total) pictures cannot be read, more than half."
        case .missingArray(let wanted, let available):
            "Expected \(wanted); the file has \(available.isEmpty ? "no arrays" : Self.list(available))."
        case .unreadableArray(_, let reason): Self.sentence(reason)
        case .arrayShape(let name, let expected, let got):
            "\(name) has shape (\(got.map(String.init).joined(separator: ", "))); expected \(expected)."
        case .arrayValue(let place, let expected, let got): "\(place) is \(got); expected \(expected)."
        case .loneArray:
            "The upload is one array without labels; send an NPZ with x and y, made by numpy.savez_compressed."
        case .damagedIDX(let name, let expected, let got): "\(name): expected \(expected), got \(got)."
        case .unpairedIDX(let split, let images, let labels):
            "The \(split) split needs one file of images and one of labels; it has "
                + "\(images.isEmpty ? "no images" : Self.list(images)) and "
                + "\(labels.isEmpty ? "no labels" : Self.list(labels))."
        case .tableRow(let place, let expected, let got): "\(place): expected \(expected), got \(got)."
        case .severalTables(let names):
            "The archive has \(names.count) tables that do not belong together (\(Self.list(names))); only a training and "
                + "a test file of one table are read together. Send one: "
                + "unzip -p FILE.zip \(names.first ?? "") | curl -T - HOST/v1/datasets/"
                + "\(names.first?.split(separator: "/").last ?? "")"
        case .labelQuestion(let why, let candidates):
            "Which column has the labels? "
                + Self.sentence(why)
                + (candidates.isEmpty
                    ? " Name it with label=COLUMN, or send task=none where there are no labels."
                    : " Send label=COLUMN; candidates are "
                        + candidates.map {
                            "'\($0.name)' (\($0.distinct) values: \($0.examples.joined(separator: ", ")))"
                        }
                        .joined(separator: "; ")
                        + ".")
        case .quantityTarget(let column, let distinct, let isAtLeast, let examples):
            "The label column '\(column)' has \(isAtLeast ? "more than " : "")\(isAtLeast ? distinct - 1 : distinct) distinct "
                + "numbers (\(examples.joined(separator: ", ")), ...): a quantity, not classes. Name another column with "
                + "label=, put the numbers into classes first, or send task=classification to make each number a class."
        case .labelCount(let name, let expected, let got):
            "\(name) has \(got) values for \(expected) examples."
        case .continuousTarget(let place, let value):
            "\(place) is \(value): the target has fractions, but labels must be classes."
        case .labelOutsideClasses(let place, let got, let classes):
            "\(place) is \(got), which is none of the \(classes) classes."
        case .badClassNames(let name, let reason): "\(name) cannot name the classes: \(reason)."
        case .oneClass(let name?): "All labelled training examples are of the class '\(name)'; at least 2 are needed."
        case .oneClass(nil): "No training example has a label."
        case .tooManyClasses(let got, let limit):
            "The labels have \(got) distinct values; at most \(limit) classes can be analysed."
        case .tooFew(let got, let needed): "There are \(got) labelled training examples; at least \(needed) are needed."
        case .badCorrections(let count, let places):
            "\(count == 1 ? "One line" : "\(count) lines") of the corrected labels cannot be used"
                + (places.first.map { ": \($0.pointer): \($0.detail)" } ?? "") + (count > 1 ? "; and more." : ".")
        case .tooLarge(let what, let got, let limit): "There are \(got) \(what); the limit is \(limit)."
        case .badOption(let name, let value, let expected): "\(name)=\(value): expected \(expected)."
        case .files(let error) where error.isDiskFull: "The disk is full."
        case .files(let error):
            "The disk refused to \(error.operation) (error \(error.code))."
        case .badOutput(let reason): "The dataset cannot be written: \(reason)."
        case .damagedDataset(let path, let reason): "The stored file \(path) is damaged: \(reason)."
        case .noPicture(let row): "Row \(row) has no picture: the dataset holds features."
        }
    }

    /// The places that the sentence is about, where there are any.
    public var places: [Place] {
        switch self {
        case .mostPicturesUnreadable(_, _, let places), .badCorrections(_, let places): places
        case .encryptedEntry(let name), .linkedEntry(let name), .nestedArchive(let name), .unsafeName(let name),
            .duplicateName(let name):
            [Place(pointer: name, detail: description)]
        case .unreadableArray(let name, _), .arrayShape(let name, _, _), .damagedIDX(let name, _, _),
            .labelCount(let name, _, _), .badClassNames(let name, _):
            [Place(pointer: name, detail: description)]
        case .arrayValue(let place, _, _), .continuousTarget(let place, _), .labelOutsideClasses(let place, _, _):
            [Place(pointer: place, detail: description)]
        case .tableRow(let place, _, _), .quantityTarget(let place, _, _, _):
            [Place(pointer: place, detail: description)]
        case .labelQuestion(_, let candidates):
            candidates.map {
                Place(
                    pointer: "label=\($0.name)",
                    detail: "\($0.distinct) values: \($0.examples.joined(separator: ", "))"
                )
            }
        case .severalTables(let names):
            names.prefix(WarningLog.placesKept).map { Place(pointer: $0, detail: "one of \(names.count) tables") }
        case .badOption(let name, _, _): [Place(pointer: name, detail: description)]
        default: []
        }
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(12).joined(separator: ", ")
        return names.count > 12 ? "\(shown) and \(names.count - 12) more" : shown
    }

    private static func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
    }
}
