internal import Foundation
import Recipes

/// The learning rate at every step: a linear warm-up and then a course, or one cycle that has a rise of its own.
public struct LearningRate: Sendable, Hashable {
    /// How the rate goes after the warm-up.
    public enum Course: Sendable, Hashable {
        /// Half a cosine down to zero at the end of training (Loshchilov and Hutter 2017, without restarts).
        case cosine
        /// Multiplied by `factor` after each of these epochs (counted from 1).
        case step(epochs: [Int], factor: Double)
        /// As it is.
        case constant
        /// One cycle (Smith and Topin 2018) as PyTorch's `OneCycleLR` computes it with `anneal_strategy='cos'`: half a
        /// cosine from peak / 25 up to the peak over the first `warmupFraction` of the steps (`pct_start`), then half
        /// a cosine down to peak / 250,000 at the last step (`div_factor` 25, `final_div_factor` 1e4, two phases). The
        /// momentum stays as it is (`cycle_momentum=False`).
        case oneCycle
    }

    /// The highest rate.
    public var peak: Double
    /// How it goes after the warm-up.
    public var course: Course
    /// Share of all steps over which the rate rises: linearly, from peak / n at the first to peak at the n-th, but for
    /// `oneCycle`.
    public var warmupFraction: Double
    /// Steps in an epoch.
    public var stepsPerEpoch: Int
    /// Epochs in the run.
    public var epochs: Int

    /// Parameters are those of the properties.
    public init(peak: Double, course: Course, warmupFraction: Double, stepsPerEpoch: Int, epochs: Int) {
        self.peak = peak
        self.course = course
        self.warmupFraction = warmupFraction
        self.stepsPerEpoch = stepsPerEpoch
        self.epochs = epochs
    }

    /// The rate at a step, counted from 0 over the whole run.
    public func rate(at step: Int) -> Double {
        let steps = stepsPerEpoch * epochs
        if case .oneCycle = course { return oneCycle(at: step, of: steps) }
        let warmup = Int((warmupFraction * Double(steps)).rounded())
        guard step >= warmup else { return peak * Double(step + 1) / Double(warmup) }
        switch course {
        case .cosine:
            let progress = Double(step - warmup) / Double(max(1, steps - warmup))
            return peak * 0.5 * (1 + cos(.pi * progress))
        case .step(let after, let factor):
            let finished = step / stepsPerEpoch
            return peak * pow(factor, Double(after.count { $0 <= finished }))
        case .constant, .oneCycle:
            return peak
        }
    }

    private func oneCycle(at step: Int, of steps: Int) -> Double {
        let start = peak / 25
        let end = start / 1e4
        // PyTorch counts up to `pct_start * total_steps - 1`, which need not be a whole number.
        let top = warmupFraction * Double(steps) - 1
        let last = Double(steps - 1)
        func between(_ from: Double, _ to: Double, _ share: Double) -> Double {
            to + (from - to) / 2 * (1 + cos(.pi * share))
        }
        let place = Double(step)
        if top > 0, place <= top || top >= last { return between(start, peak, place / top) }
        return last > top ? between(peak, end, (place - top) / (last - top)) : peak
    }

    /// The mean rate of an epoch, counted from 0.
    public func mean(inEpoch epoch: Int) -> Double {
        let first = epoch * stepsPerEpoch
        return (first..<first + stepsPerEpoch).reduce(0) { $0 + rate(at: $1) } / Double(stepsPerEpoch)
    }
}

extension LearningRate {
    /// That of a run.
    init(_ settings: TrainingSettings, stepsPerEpoch: Int) {
        let course: Course =
            switch settings.schedule {
            case .cosine: .cosine
            case .constant: .constant
            case .oneCycle: .oneCycle
            case .step: .step(epochs: settings.stepEpochs ?? [], factor: settings.stepFactor)
            }
        self.init(
            peak: settings.learningRate,
            course: course,
            warmupFraction: settings.warmupFraction,
            stepsPerEpoch: stepsPerEpoch,
            epochs: settings.epochs
        )
    }
}
