import Recipes
import Tasks
import Training

/// How the work divides, for an honest progress bar: counted in multiplications.
struct WorkEstimate {
    /// Share of training, evaluation included; probes are the rest.
    let trainingShare: Double

    init(_ trainer: Trainer, spec: MemberSpec) {
        let forward = Double(trainer.model.multiplicationsPerExample)
        let train = Double(trainer.trainRows.count)
        let heldOut = Double(trainer.heldOutRows.count)
        // Where rows are long and many, bounds spare about four fifths of a search.
        let widths = trainer.model.probeWidths.reduce(0.0) {
            $0 + Double($1) * ($1 >= 384 && trainer.trainRows.count >= 1000 ? 0.2 : 1)
        }
        // Forward and twice that backward; each pair of references is compared once.
        let training = Double(spec.training.epochs) * forward * (3 * train + heldOut)
        let probing = spec.probes.k > 0 ? train * (train / 2 + heldOut) * widths : 0
        trainingShare = training / (training + probing)
    }
}
