/// The arrays that a member leaves behind, by file name (Difficulty/README.md section 1). A score names those it needs;
/// where one is missing, as in an imported log, the score is left out and said to be.
public enum EvidenceArray: String, Sendable, Codable, Hashable, CaseIterable {
    /// N u8: 1 where the example was held out.
    case heldOut = "held_out"
    /// T x N u16: predicted class at each observation.
    case pred
    /// T x N u8: whether the prediction was right; stands in for `pred` in imported logs.
    case correct
    /// T x N f32: probability of the given label.
    case pLabel = "p_label"
    /// T x N f32: logit of the given label minus the largest other one.
    case margin
    /// T x N f32: cross-entropy.
    case loss
    /// T x N f32: sum over classes of squared probabilities.
    case pSquared = "p_sq"
    /// N u16: predicted class before the first update.
    case initPred = "init_pred"
    /// N x C f32: logits of the finished network.
    case finalLogits = "final_logits"
    /// N u16: class that the finished network gives; `final_logits` imply it.
    case finalPred = "final_pred"
    /// N f32: distance from the nearest decision boundary in input space, to first order; infinite where there is none.
    case inputMargin = "input_margin"
    /// S u16: the epochs, from 1, of `heldOutLogits`.
    case snapshotEpochs = "snapshot_epochs"
    /// S x N_held x C f32: logits of the held-out examples, in increasing order of their row.
    case heldOutLogits = "heldout_logits"
    /// P x N u16: class voted by the neighbours at each probe.
    case votes
    /// P x N u8: votes for that class.
    case voteShare = "vote_share"
    /// P x N u8: neighbours that carry the example's given label; 255 without a label.
    case labelShare = "label_share"
    /// P x N_held x 5 u32: nearest training examples of each held-out one.
    case neighborIndex = "neighbor_idx"
    /// P x N_held x 5 f32: their squared Euclidean distances, ascending.
    case neighborDistance = "neighbor_dist"
}
