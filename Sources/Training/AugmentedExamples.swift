import Compute
import Recipes

extension Augmentation {
    /// Why these examples cannot be changed like this, in one sentence; nil if they can.
    public func objection(to shape: InputShape) -> String? {
        guard case .image(let height, let width, _) = shape else { return "augmentation is for images only" }
        let side = min(height, width)
        let (padCrop, cutout) = (padCrop ?? 0, cutout ?? 0)
        if !(0..<side).contains(padCrop) {
            return "pad_crop is 0 to \(side - 1) pixels for these images, not \(padCrop)"
        }
        if !(0...side).contains(cutout) { return "cutout is 0 to \(side) pixels for these images, not \(cutout)" }
        return nil
    }
}

/// Pictures as they are trained on in one epoch.
///
/// What is drawn is a pure function of (seed, epoch, example), whatever the order of the batches. Pixels that come from
/// nowhere are 0 after standardisation: the mean colour of the dataset.
package struct AugmentedExamples<Source: Examples>: Examples {
    let source: Source
    let padCrop: Int
    let flip: Bool
    let cutout: Int
    let seed: UInt64
    /// Counted from 0.
    let epoch: Int

    /// Pictures of `source` as they are in `epoch`, counted from 0.
    package init(source: Source, augmentation: Augmentation, seed: UInt64, epoch: Int) {
        self.source = source
        padCrop = augmentation.padCrop ?? 0
        flip = augmentation.flip ?? false
        cutout = augmentation.cutout ?? 0
        self.seed = seed
        self.epoch = epoch
    }

    /// Unchanged.
    package var shape: InputShape { source.shape }
    /// Unchanged.
    package var count: Int { source.count }

    /// Writes example `row` changed, C x H x W.
    package func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
        let dimensions = shape.dimensions
        let (channels, height, width) = (dimensions[0], dimensions[1], dimensions[2])
        var random = CounterRandom(
            seed: seed,
            purpose: .augmentation,
            step: UInt32(epoch),
            stream: UInt32(truncatingIfNeeded: row)
        )
        // Drawn in this order, and only where they are used.
        let shifts = UInt32(2 * padCrop + 1)
        let down = padCrop > 0 ? Int(random.next(below: shifts)) - padCrop : 0
        let right = padCrop > 0 ? Int(random.next(below: shifts)) - padCrop : 0
        let isMirrored = flip && random.next(below: 2) == 1

        withUnsafeTemporaryAllocation(of: Float.self, capacity: shape.count) { buffer in
            let picture = buffer.baseAddress!
            source.copy(row: row, to: picture)
            for line in 0..<channels * height {
                let from = line % height + down
                let target = destination + line * width
                guard (0..<height).contains(from) else {
                    target.update(repeating: 0, count: width)
                    continue
                }
                let pixels = picture + (line / height * height + from) * width
                for column in 0..<width {
                    let place = (isMirrored ? width - 1 - column : column) + right
                    target[column] = (0..<width).contains(place) ? pixels[place] : 0
                }
            }
        }

        guard cutout > 0 else { return }
        let top = Int(random.next(below: UInt32(height))) - cutout / 2
        let left = Int(random.next(below: UInt32(width))) - cutout / 2
        let columns = max(0, left)..<min(width, left + cutout)
        for channel in 0..<channels {
            for line in max(0, top)..<min(height, top + cutout) {
                (destination + (channel * height + line) * width + columns.lowerBound)
                    .update(repeating: 0, count: columns.count)
            }
        }
    }
}
