internal import Foundation

/// The learning rate at every step: a linear warm-up, then one of three courses.
public struct LearningRate: Sendable, Hashable {
    /// How the rate goes after the warm-up.
    public enum Course: Sendable, Hashable {
        /// Half a cosine down to zero at the end of training (Loshchilov and Hutter 2017, without restarts).
        case cosine
        /// Multiplied by `factor` after each of these epochs (counted from 1).
        case step(epochs: [Int], factor: Double)
        /// As it is.
        case constant
    }

    /// The highest rate.
    public var peak: Double
    /// How it goes after the warm-up.
    public var course: Course
    /// Share of all steps over which the rate rises linearly, from peak / n at the first to peak at the n-th.
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
        let warmup = Int((warmupFraction * Double(steps)).rounded())
        guard step >= warmup else { return peak * Double(step + 1) / Double(warmup) }
        switch course {
        case .cosine:
            let progress = Double(step - warmup) / Double(max(1, steps - warmup))
            return peak * 0.5 * (1 + cos(.pi * progress))
        case .step(let after, let factor):
            let finished = step / stepsPerEpoch
            return peak * pow(factor, Double(after.count { $0 <= finished }))
        case .constant:
            return peak
        }
    }

    /// The mean rate of an epoch, counted from 0.
    public func mean(inEpoch epoch: Int) -> Double {
        let first = epoch * stepsPerEpoch
        return (first..<first + stepsPerEpoch).reduce(0) { $0 + rate(at: $1) } / Double(stepsPerEpoch)
    }
}
