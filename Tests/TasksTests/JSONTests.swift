import Foundation
import Tasks
import Testing

@Suite struct JSONTests {
    private func text(_ json: JSON) -> String { String(decoding: json.encoded(), as: UTF8.self) }

    @Test func fieldsKeepTheirOrder() {
        #expect(text(["b": 1, "a": [nil, true, "x\n\"\u{1}"]]) == "{\"b\":1,\"a\":[null,true,\"x\\n\\\"\\u0001\"]}\n")
    }

    /// RFC 8259 has no word for what is not finite.
    @Test func numbersAreShortAndFinite() {
        #expect(
            text([.double(0.1), .double(2), .float(0.1), .double(.nan), .float(.infinity)]) == "[0.1,2,0.1,null,null]\n"
        )
    }

    @Test func aDocumentSurvivesItsText() throws {
        let document: JSON = ["a": [1, .double(1.5), "x", nil, false], "b": ["c": .raw(Array("[1]".utf8))]]
        let back = try JSONDecoder().decode(JSON.self, from: Data(document.encoded()))
        #expect(text(back) == text(document))
        #expect(String(decoding: try CanonicalJSON.encode(document), as: UTF8.self) + "\n" == text(document))
        #expect(back["b"]?["c"].map(text) == "[1]\n" && back["z"] == nil && back["a"]?["c"] == nil)
    }

    @Test func valuesBecomeDocumentsAndBack() throws {
        let progress = TrainingProgress(epoch: 3, epochs: 5, trainAccuracy: 0.25)
        let document = try JSON(encoding: progress)
        #expect(text(document) == "{\"epoch\":3,\"epochs\":5,\"train_accuracy\":0.25}\n")
        #expect(try document.decode(TrainingProgress.self) == progress)
    }

    /// Equal values, equal bytes: keys are digests of this form.
    @Test func theCanonicalFormIsSortedAndBare() throws {
        let digest = try CanonicalJSON.digest(["b": "a/b", "a": "ü"])
        #expect(try CanonicalJSON.text(["b": "a/b", "a": "ü"]) == #"{"a":"ü","b":"a/b"}"#)
        // hashlib.sha256('{"a":"ü","b":"a/b"}'.encode()).hexdigest()
        #expect(digest == "e4b6bc3000f6085f688917a0069ad5e95547d325faab3429b9b510a3f32252d9")
        #expect(throws: EncodingError.self) { try CanonicalJSON.encode([Double.nan]) }
    }
}
