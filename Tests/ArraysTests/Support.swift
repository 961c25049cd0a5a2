import Arrays
import Files
import Foundation
import Testing

/// The path of a file made by `Fixtures/make_fixtures.py`.
func fixture(_ name: String) throws -> String {
    try #require(Bundle.module.resourcePath) + "/Fixtures/" + name
}

/// A folder that is removed after the body.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "arrays-\(UUID().uuidString)"
    try Files.live.createDirectory(path)
    defer { try? Files.live.removeTree(path) }
    return try body(path)
}

/// The interpreter with NumPy, or nil: what only needs it then says so and is skipped.
let python: String? = {
    guard let output = try? runPython("import numpy; print(numpy.__version__)", with: "/usr/bin/env") else {
        return nil
    }
    return output.isEmpty ? nil : "/usr/bin/env"
}()

/// Runs a Python program and returns what it printed.
func runPython(_ program: String, with launcher: String, arguments: [String] = []) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: launcher)
    process.arguments = ["python3", "-c", program] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "Python failed")
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
}

/// A small generator (SplitMix64) so that a failing case can be run again from its seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
