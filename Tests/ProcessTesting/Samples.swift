import Arrays
import Foundation

/// Small datasets made from the bundled sample.
package enum Samples {
    /// The first `count` digits of each class of the bundled sample, as an NPZ file in `folder`.
    package static func digits(_ perClass: Int, in folder: String, name: String = "digits.npz") throws -> String {
        let sample = try NPZReader(path: "\(Service.package)/public/samples/mnist-5k.npz")
        let x = try sample.array("x", as: UInt8.self)
        let y = try sample.array("y", as: UInt8.self)
        var seen = [UInt8: Int]()
        var rows: [Int] = []
        for row in 0..<y.count where seen[y.values[row], default: 0] < perClass {
            seen[y.values[row], default: 0] += 1
            rows.append(row)
        }
        let pixels = x.shape[1] * x.shape[2]
        return try write(
            x: NDArray(
                shape: [rows.count, x.shape[1], x.shape[2]],
                values: rows.flatMap { x.values[$0 * pixels..<($0 + 1) * pixels] }
            ),
            y: NDArray(shape: [rows.count], values: rows.map { y.values[$0] }),
            to: "\(folder)/\(name)"
        )
    }

    package static func write(x: NDArray<UInt8>, y: NDArray<UInt8>, to path: String) throws -> String {
        var bytes: [UInt8] = []
        var archive = NPZWriter { bytes.append(contentsOf: $0) }
        try archive.add("x", x)
        try archive.add("y", y)
        try archive.finish()
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// A job on digits that takes seconds: 2 x 2 members of an mlp.
    package static func smallJob(_ dataset: String, epochs: Int = 4) -> String {
        """
        {"dataset":"\(dataset)","model":{"name":"mlp","hidden":[64]},"training":{"epochs":\(epochs)},\
        "ensemble":{"folds":2,"repeats":2},"probes":{"k":5}}
        """
    }
}
