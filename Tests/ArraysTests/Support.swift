import Arrays
import Foundation
import Testing

/// The path of a file made by `Fixtures/make_fixtures.py`.
func fixture(_ name: String) throws -> String {
    try #require(Bundle.module.resourcePath) + "/Fixtures/" + name
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
