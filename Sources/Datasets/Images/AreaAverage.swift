/// Reduction by area averaging (a box filter): each output pixel is the mean of the input area that it covers.
///
/// Exact and free of rounding drift: along an axis of `n` input and `m` output pixels, input pixel i covers
/// [i*m, (i+1)*m) and output pixel o covers [o*n, (o+1)*n) of the same n*m units, so every overlap is an integer and
/// the weights of an output pixel add up to n. The cost is one pass over the input.
package enum AreaAverage {
    /// The picture with its longer side at most `limit` pixels, aspect kept; itself where it already is.
    package static func fit(_ raster: Raster, within limit: Int) -> Raster {
        let (height, width) = fittedSize(height: raster.height, width: raster.width, within: limit)
        return reduce(raster, height: height, width: width)
    }

    /// The size that `fit` gives a picture of height x width.
    package static func fittedSize(height: Int, width: Int, within limit: Int) -> (height: Int, width: Int) {
        let longer = max(height, width)
        guard longer > limit else { return (height, width) }
        func scaled(_ side: Int) -> Int { max(1, (2 * side * limit + longer) / (2 * longer)) }
        return (scaled(height), scaled(width))
    }

    /// The picture at exactly height x width, neither larger than it is.
    package static func reduce(_ raster: Raster, height: Int, width: Int) -> Raster {
        precondition(1...raster.height ~= height && 1...raster.width ~= width, "area averaging only reduces")
        if height == raster.height, width == raster.width { return raster }
        let out = [UInt8](unsafeUninitializedCapacity: height * width * raster.channels) { out, count in
            raster.pixels.withUnsafeBufferPointer { pixels in
                reduce(
                    pixels,
                    height: raster.height,
                    width: raster.width,
                    channels: raster.channels,
                    into: UnsafeMutableBufferPointer(rebasing: out[..<(height * width * raster.channels)]),
                    height: height,
                    width: width
                )
            }
            count = height * width * raster.channels
        }
        return Raster(height: height, width: width, channels: raster.channels, pixels: out)
    }

    private static func reduce(
        _ pixels: UnsafeBufferPointer<UInt8>,
        height: Int,
        width: Int,
        channels: Int,
        into out: UnsafeMutableBufferPointer<UInt8>,
        height outHeight: Int,
        width outWidth: Int
    ) {
        var sums = [UInt64](repeating: 0, count: outWidth * channels)
        let total = UInt64(height * width)
        var outRow = 0
        var end = height  // where the current output row ends, in units of 1 / (height * outHeight)
        for row in 0..<height {
            var start = row * outHeight
            let stop = start + outHeight
            while start < stop {
                let share = min(stop, end) - start
                addRow(
                    UnsafeBufferPointer(rebasing: pixels[row * width * channels..<(row + 1) * width * channels]),
                    times: UInt64(share),
                    to: &sums,
                    channels: channels,
                    outWidth: outWidth
                )
                start += share
                guard start == end else { continue }
                for at in 0..<outWidth * channels {
                    out[outRow * outWidth * channels + at] = UInt8((sums[at] + total / 2) / total)
                    sums[at] = 0
                }
                outRow += 1
                end += height
            }
        }
    }

    /// Adds `times` x the horizontally averaged row to `sums`.
    private static func addRow(
        _ row: UnsafeBufferPointer<UInt8>,
        times: UInt64,
        to sums: inout [UInt64],
        channels: Int,
        outWidth: Int
    ) {
        let width = row.count / channels
        sums.withUnsafeMutableBufferPointer { sums in
            var outColumn = 0
            var end = width
            for column in 0..<width {
                var start = column * outWidth
                let stop = start + outWidth
                while start < stop {
                    let share = min(stop, end) - start
                    let weight = UInt64(share) * times
                    for channel in 0..<channels {
                        sums[outColumn * channels + channel] += weight * UInt64(row[column * channels + channel])
                    }
                    start += share
                    guard start == end else { continue }
                    outColumn += 1
                    end += width
                }
            }
        }
    }
}
