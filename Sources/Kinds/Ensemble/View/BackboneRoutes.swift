import Backbones
import Datasets
import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes
import Recipes
import Service
import Tasks

/// `/v1/backbones`: the pretrained networks that a job may name, the bundled one and those that people send.
struct BackboneRoutes: Sendable {
    let api: API
    let shelf: BackboneShelf

    /// Bytes of a network's file: more would not be loaded with the memory that a child has.
    private static let largestModel = 4 << 30

    private var folder: DataFolder { api.experiments.folder }

    func add(to router: inout Router) {
        let upload = BodyPolicy.upload(limit: min(Self.largestModel, api.limits.uploadBytes))
        router.on(.get, "/v1/backbones", api.answering { _ in try await list() })
        router.on(.post, "/v1/backbones", body: upload, api.answering { try await receive($0, file: nil) })
        router.on(
            .put,
            "/v1/backbones/{name}",
            body: upload,
            api.answering { try await receive($0, file: $0.parameters["name"]) }
        )
        router.on(
            .delete,
            "/v1/backbones/{name}",
            api.answering { request in
                try await remove(request.parameters["name"] ?? "")
                return Response(status: .noContent)
            }
        )
    }

    private static let noRuntime =
        "there is no library to run pretrained networks with: run config/setup.sh and start again"

    private func list() async throws -> Response {
        let entries = try await api.experiments.drafting { [shelf] in shelf.entries }
        let missing: JSON =
            if !shelf.damaged.isEmpty {
                .string(
                    shelf.damaged.map { $0.split(separator: "/").suffix(2).joined(separator: "/") }.joined(
                        separator: ", "
                    )
                        + " is not what was fetched: remove the models folder, run config/setup.sh and start again"
                )
            } else {
                shelf.runtime == nil ? .string(Self.noRuntime) : .null
            }
        return .json(
            bytes: JSON.object([
                ("backbones", .array(entries.map { document($0) })),
                ("runtime", shelf.runtime.map { .string("onnxruntime \($0)") } ?? .null), ("unavailable", missing),
            ]).encoded()
        )
    }

    private func document(_ entry: BackboneShelf.Entry) -> JSON {
        let backbone = entry.backbone
        return [
            "name": .string(backbone.name), "sha256": .string(backbone.sha256), "license": JSON(backbone.license),
            "source": JSON(backbone.source), "bundled": .bool(!isOurs(entry)),
            "reads": .string(backbone.input.reads), "input": JSON(backbone.input),
            "probes": .array(backbone.probes.map { ["name": .string($0.name), "width": .int($0.width)] }),
            "width": .int(backbone.width),
        ]
    }

    private func isOurs(_ entry: BackboneShelf.Entry) -> Bool { entry.model.hasPrefix("\(folder.backbones)/") }

    // MARK: One that somebody sends

    private func receive(_ request: Request, file: String?) async throws -> Response {
        var wishes = try Self.wishes(request, file: file)
        guard shelf.runtime != nil else {
            throw Failure(
                code: "NO_BACKBONE_RUNTIME",
                detail: Self.noRuntime
            )
        }
        try await api.checkSpace(for: request.contentLength)
        let upload = try await IncomingFile.open(in: folder.incoming, files: folder.files)
        for try await chunk in request.body { try await upload.write(chunk) }
        guard await upload.count > 0 else {
            throw Problem(.badRequest, detail: "the upload is empty", errorCode: "EMPTY_UPLOAD")
        }
        if wishes.source == nil { wishes.source = "sent by a user" }
        let digest = await upload.digest().sha256
        if let there = shelf[wishes.name] {
            guard isOurs(there), there.backbone.sha256 == digest, wishes.agree(with: there.backbone) else {
                throw Problem(
                    .conflict,
                    detail:
                        "there is another backbone called \(wishes.name), or the same with other settings; delete it first or "
                        + "choose another name",
                    errorCode: "RESOURCE_IN_USE"
                )
            }
            return answer(there, .ok)
        }
        let place = "\(folder.backbones)/\(Identifier.make("incoming")).part"
        let files = folder.files
        do {
            try await api.experiments.drafting { try files.createDirectory(place) }
            try await upload.link(to: "\(place)/model.onnx")
            let backbone: Backbone = try await inspect("\(place)/model.onnx", wishes).decode()
            let (target, description) = ("\(folder.backbones)/\(wishes.name)", try CanonicalJSON.encode(backbone))
            try await api.experiments.drafting {
                try files.write(description, to: "\(place)/backbone.json")
                try files.rename(place, to: target)
            }
        } catch {
            try await api.experiments.drafting { try files.removeTree(place) }
            throw error
        }
        guard let entry = shelf[wishes.name] else {
            throw Failure(code: "BAD_BACKBONE", detail: "it was removed again")
        }
        return answer(entry, .created)
    }

    private func answer(_ entry: BackboneShelf.Entry, _ status: HTTPResponse.Status) -> Response {
        .json(bytes: document(entry).encoded(), status: status)
    }

    private func inspect(_ model: String, _ wishes: BackboneInspection.Wishes) async throws -> JSON {
        let text = try CanonicalJSON.text(wishes)
        do {
            return try await api.experiments.inquire { [shelf] output in
                ["inspect", "--model", model, "--library", shelf.library, "--output", output, "--wishes", text]
            }
        } catch let error as InquiryError {
            throw Failure(
                code: "BAD_BACKBONE",
                detail: "the network could not be looked at within a minute and 8 GiB of memory: \(error)"
            )
        }
    }

    private static func wishes(_ request: Request, file: String?) throws -> BackboneInspection.Wishes {
        try API.allow(request, "name", "size", "mean", "scale", "resize", "probes", "license", "source")
        func text(_ name: String) -> String? { request.query.first(name) }
        func refusal(_ name: String, _ detail: String) -> SettingsError { SettingsError(name, detail) }
        let stem = file.map { $0.hasSuffix(".onnx") ? String($0.dropLast(5)) : $0 }
        guard let name = text("name") ?? stem, name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]{0,63}/) != nil else {
            throw refusal("name", "1 to 64 letters, digits, dots, hyphens and underscores, as in ?name=dinov2-small")
        }
        guard !["auto", "none"].contains(name), !name.hasSuffix(".part") else {
            throw refusal("name", "\"\(name)\" means something else")
        }
        var wishes = BackboneInspection.Wishes(name: name)
        if let size = text("size") {
            guard let number = Int(size), (8...BackboneInspection.largestSide).contains(number) else {
                throw refusal("size", "8 to \(BackboneInspection.largestSide) pixels, got \"\(size)\"")
            }
            wishes.size = number
        }
        func numbers(_ name: String) throws -> [Double]? {
            guard let list = text(name) else { return nil }
            let values = list.split(separator: ",").map { Double($0.trimmingCharacters(in: .whitespaces)) }
            guard values.count == 3 || values.count == 1, !values.contains(nil) else {
                throw refusal(name, "three numbers of 0 to 255, or one for all channels, such as 123.7,116.3,103.5")
            }
            let all = values.compactMap { $0 }
            guard all.allSatisfy({ (0...255).contains($0) && (name == "mean" || $0 > 0) }) else {
                throw refusal(name, "numbers \(name == "mean" ? "of 0" : "above 0") to 255, got \(list)")
            }
            return all.count == 1 ? [all[0], all[0], all[0]] : all
        }
        wishes.mean = try numbers("mean")
        wishes.scale = try numbers("scale")
        if let resize = text("resize") {
            guard let known = Backbone.PictureInput.Resize(rawValue: resize) else {
                throw refusal("resize", "stretch or crop, got \"\(resize)\"")
            }
            wishes.resize = known
        }
        wishes.probes = text("probes").map { $0.split(separator: ",").map(String.init) }
        if let probes = wishes.probes, Set(probes).count != probes.count || probes.isEmpty {
            throw refusal("probes", "outputs of the network, each once, separated by commas")
        }
        wishes.license = text("license")
        wishes.source = text("source")
        return wishes
    }

    // MARK: Removal

    private func remove(_ name: String) async throws {
        guard let entry = shelf[name] else {
            throw Problem(.notFound, detail: "there is no backbone \(name)", errorCode: "RESOURCE_DOES_NOT_EXIST")
        }
        guard isOurs(entry) else {
            throw Problem(
                .conflict,
                detail: "\(name) came with the program; remove its folder in the models folder instead",
                errorCode: "RESOURCE_IN_USE"
            )
        }
        for state in [JobState.queued, .running] {
            let live = try await api.experiments.jobs(limit: 1_000, after: nil, state: state, dataset: nil).elements
            for job in live {
                let settings = (try? job.settings(as: DifficultySettings.self)) ?? nil
                guard settings?.backbone?.name != name else {
                    throw Problem(
                        .conflict,
                        detail: "the job \(job.id) uses the backbone \(name); cancel it or wait for its end",
                        errorCode: "RESOURCE_IN_USE"
                    )
                }
            }
        }
        let (files, path, embeddings) = (folder.files, "\(folder.backbones)/\(name)", folder.embeddings)
        try await api.experiments.drafting {
            // The proof goes first: what a crash leaves is no backbone.
            try files.remove("\(path)/backbone.json")
            try files.removeTree(path)
            for made in try EmbeddingFolder.all(of: entry.backbone, in: embeddings, files: files) {
                try files.removeTree(made)
            }
        }
    }
}
