import Arrays
import Datasets
import Difficulty
import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes
import Tasks

/// Results in the files that other programs of this field read.
struct ToolExport: Sendable {
    /// The program.
    enum Format: String, Sendable, CaseIterable {
        /// `td_metrics.jsonl` of Dataset Cartography (Swayamdipta et al. 2020).
        case cartography
        /// NPZ with the arguments of cleanlab's `find_label_issues` and the columns of its answer.
        case cleanlab
        /// JSON tasks of Label Studio with the suggestions as predictions and the reviews as annotations.
        case labelStudio = "label-studio"
    }

    let results: Results
    let table: ColumnTable
    let issues: [Int: RankedIssue]
    /// What stands before the paths of pictures, such as `http://localhost:8080`: other programs load them from here.
    let base: String

    /// What of an issue the exports need.
    struct RankedIssue: Sendable {
        var rank: Int
        var type: String
    }

    private static let rowsPerPiece = 1_000

    /// - Throws: `Problem` where the job has no results yet
    init(_ results: Results, _ files: OpenFiles, base: String) throws {
        self.results = results
        self.base = base
        table = try results.requireTable()
        issues = Dictionary(
            try RankedIssues(results, files).issues.map { ($0.rowIndex, RankedIssue(rank: $0.rank, type: $0.type)) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    func response(_ format: Format, on work: WorkQueue) async throws -> Response {
        let name = results.job.name
        switch format {
        case .cartography:
            return lines("\(name)-td_metrics.jsonl", "application/jsonl; charset=utf-8", work, cartography)
        case .labelStudio:
            return lines("\(name)-label-studio.json", "application/json; charset=utf-8", work, labelStudio)
        case .cleanlab:
            return Archive.response(
                try await work.run { try cleanlab() },
                then: [("pred_probs", "\(results.folder)/heldout_probs.npy")],
                fileName: "\(name)-cleanlab.npz"
            )
        }
    }

    private func lines(
        _ fileName: String,
        _ type: String,
        _ work: WorkQueue,
        _ piece: @escaping @Sendable (Range<Int>) throws -> [UInt8]
    ) -> Response {
        let count = results.count
        return Response(
            fields: [.contentType: type, .contentDisposition: Archive.disposition(fileName)],
            body: .stream(length: nil) { writer in
                for start in stride(from: 0, to: count, by: Self.rowsPerPiece) {
                    let bytes = try await work.run { try piece(start..<min(count, start + Self.rowsPerPiece)) }
                    if !bytes.isEmpty { try await writer.write(bytes) }
                }
            }
        )
    }

    private func number(_ name: String, _ row: Int) throws -> Double? {
        guard table.column(name) != nil else { return nil }
        let value = try table.floats(name)[row]
        return value.isNaN ? nil : Double(value)
    }

    private func category(_ name: String, _ row: Int) throws -> String? {
        guard let column = table.column(name), case .string(let text) = try table.value(column, row) else { return nil }
        return text
    }

    // MARK: Dataset Cartography

    /// Means over the networks that trained on an example; examples that none did have no line, nor those whose label was
    /// planted. As in that program,
    /// `threshold_closeness` is confidence (1 - confidence), and `forgetfulness` is 1000 where it was never learned.
    private func cartography(_ rows: Range<Int>) throws -> [UInt8] {
        let sources = try results.dataset.sources(rows)
        var bytes: [UInt8] = []
        for (row, source) in zip(rows, sources) {
            guard try !results.isPlanted(row), let confidence = try number("datamap_confidence", row),
                let variability = try number("datamap_variability", row),
                let correctness = try number("datamap_correctness", row)
            else { continue }
            let members = try number("forgetting_events_counted_n", row) ?? 0
            let isNeverLearned = try members > 0 && number("never_learned", row) == members
            let forgetting =
                isNeverLearned
                ? 1_000 : try number("forgetting_events_counted", row).map { $0 / max(1, members) }
            bytes += JSON.object([
                ("guid", .string(try results.dataset.id(row) ?? source)), ("index", .int(row)),
                ("threshold_closeness", .double(confidence * (1 - confidence))), ("confidence", .double(confidence)),
                ("variability", .double(variability)), ("correctness", .double(correctness)),
                ("forgetfulness", JSON(forgetting)),
            ]).encoded()
        }
        return bytes
    }

    // MARK: cleanlab

    /// `labels` are positions in `classes`, -1 where missing; `predicted_label` is the most probable held-out class.
    private func cleanlab() throws -> [(name: String, npy: [UInt8])] {
        let dataset = results.dataset
        let count = results.count
        let classes = dataset.manifest.classes
        let probabilities = try MappedArray<Float>(
            path: "\(results.folder)/heldout_probs.npy",
            shape: [count, classes.count]
        )
        let predicted: [Int64] = probabilities.withUnsafeBufferPointer { values in
            (0..<count).map { row in
                let own = values[row * classes.count..<(row + 1) * classes.count]
                guard let best = own.indices.max(by: { own[$0] < own[$1] }), !own[best].isNaN else { return -1 }
                return Int64(best - own.startIndex)
            }
        }
        var quality: [Float] =
            table.column("self_confidence") == nil
            ? [Float](repeating: .nan, count: count) : try table.floats("self_confidence").array().values
        // A planted label's quality says nothing of the label that stands beside it here.
        for row in 0..<count where try results.isPlanted(row) { quality[row] = .nan }
        return [
            ("labels", NPY.encode(NDArray(shape: [count], values: dataset.labelCodes().map(Int64.init)))),
            ("predicted_label", NPY.encode(NDArray(shape: [count], values: predicted))),
            ("label_quality", NPY.encode(NDArray(shape: [count], values: quality))),
            (
                "is_label_issue",
                NPY.encode(
                    NDArray(
                        shape: [count],
                        values: (0..<count).map { issues[$0]?.type == "mislabelled" ? 1 : 0 as UInt8 }
                    )
                )
            ),
            (
                "issue_rank",
                NPY.encode(NDArray(shape: [count], values: (0..<count).map { Int64(issues[$0]?.rank ?? 0) }))
            ),
            ("row_idx", NPY.encode(NDArray(shape: [count], values: (0..<Int64(count)).map { $0 }))),
            ("source", NPY.encode(strings: try dataset.sources(0..<count))),
            ("classes", NPY.encode(strings: classes)),
        ]
    }

    // MARK: Label Studio

    /// One task an example, for `<Choices name="label" toName="image">` beside `<Image name="image" value="$image"/>`.
    private func labelStudio(_ rows: Range<Int>) throws -> [UInt8] {
        var bytes: [UInt8] = rows.lowerBound == 0 ? [UInt8(ascii: "[")] : []
        let sources = try results.dataset.sources(rows)
        for (row, source) in zip(rows, sources) {
            bytes += Array((row == 0 ? "\n" : ",\n").utf8)
            try task(row, source).write(to: &bytes)
        }
        return bytes + (rows.upperBound == results.count ? Array("\n]\n".utf8) : [])
    }

    private func task(_ row: Int, _ source: String) throws -> JSON {
        let dataset = results.dataset
        let isImages = dataset.manifest.kind == .images
        let isPlanted = try results.isPlanted(row)
        var data: [(String, JSON)] = [
            ("row_idx", .int(row)), ("source", .string(source)), ("id", JSON(try dataset.id(row))),
            ("label", JSON(dataset.labelName(row))), ("issue_type", JSON(issues[row]?.type)),
            ("issue_rank", JSON(issues[row]?.rank)),
            ("issue_score", isPlanted ? .null : JSON(try number("issue_score", row))),
        ]
        if isImages {
            data.append(("image", .string("\(base)/v1/datasets/\(results.about.id)/examples/\(row)/image")))
        } else {
            data.append(("text", .string(source)))
        }
        func choice(_ label: String) -> JSON {
            [
                [
                    "from_name": "label", "to_name": isImages ? "image" : "text", "type": "choices",
                    "value": ["choices": [.string(label)]],
                ]
            ]
        }
        let suggested = try category("suggested_label", row) ?? dataset.labelName(row)
        let probability = isPlanted ? nil : try number("self_confidence", row)
        var predictions: [JSON] = []
        if let suggested {
            var fields: [(String, JSON)] = [
                ("model_version", .string(results.job.id)), ("result", choice(suggested)),
            ]
            if let probability, suggested == dataset.labelName(row) { fields.append(("score", .double(probability))) }
            predictions.append(.object(fields))
        }
        var annotations: [JSON] = []
        if let review = results.reviews.byRow[row], review.decision == .accept || review.decision == .keep,
            let label = review.label ?? dataset.labelName(row)
        {
            annotations.append(["result": choice(label), "was_cancelled": false])
        }
        return .object([
            ("data", .object(data)), ("predictions", .array(predictions)), ("annotations", .array(annotations)),
        ])
    }
}
