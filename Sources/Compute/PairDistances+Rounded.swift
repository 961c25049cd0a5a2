internal import CKernels
import Recipes

extension PairDistances {
    /// Bounds from dot products of the rows rounded to bfloat16.
    ///
    /// Rounded rows a' and b' are apart by D = sqrt(|a'|^2 + |b'|^2 - 2 a'.b'); those as they are by that, give or take
    /// what rounding left out of both (triangle inequality).
    mutating func roundedBounds() throws(ComputeError) -> [(lower: Double, upper: Double)] {
        clearSums()
        let rows = rows
        let isHalf: Int32 = precision == .bf16 ? 1 : 0
        let slice = Int(CK_ROUNDED_SLICE)
        // Elements of half a float each.
        let memory = try FloatMemory(count: rows.count * slice / 2)
        func slices() -> UnsafeMutablePointer<UInt16> {
            UnsafeMutableRawPointer(memory.start).assumingMemoryBound(to: UInt16.self)
        }
        var norms = [Double](repeating: 0, count: rows.count)
        var errors = norms
        addSlices(of: slice) { first, columns in
            ck_gather_rounded(isHalf, rows, rows.count, first, columns, slices(), &norms, &errors)
        } add: { columns, row, others, pairs, sums in
            ck_add_products(slices(), columns, row, others, pairs, sums)
        }

        // What arithmetic in float32 may be off by (CKernels.h): relative to the squared norms, and where it underflows.
        let relative = 82 * 0x1p-24
        let tiny = Double(width) * 0x1p-120
        let left = errors.map { (($0 + tiny) * (1 + relative)).squareRoot() }
        var bounds: [(lower: Double, upper: Double)] = []
        bounds.reserveCapacity(sums.count)
        for (position, pairs) in runs {
            let row = Int(places[position] - 1)
            for pair in pairs {
                let other = Int(others[pair])
                let squares = norms[row] + norms[other]
                let squared = squares - 2 * sums[pair]
                guard squared.isFinite else {
                    bounds.append((0, .infinity))
                    continue
                }
                let error = relative * squares + tiny
                let slack = left[row] + left[other]
                let lower = max(0, max(0, squared - error).squareRoot() - slack)
                let upper = max(0, squared + error).squareRoot() + slack
                // Exact distances themselves err by some units of float64.
                bounds.append((lower * lower * (1 - 1e-9), upper * upper * (1 + 1e-9)))
            }
        }
        return bounds
    }
}
