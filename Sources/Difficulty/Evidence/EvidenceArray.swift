/// The arrays that a member leaves behind, by file name (scores.md section 1). A score names those it needs; where one is
/// missing, as in an imported log, the score is left out and said to be.
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

extension EvidenceArray {
    /// What the probes leave behind.
    static let ofProbes: Set<EvidenceArray> = [.votes, .voteShare, .labelShare, .neighborIndex, .neighborDistance]

    /// What a training log that is sent in has to hold for this array to be there, in words.
    var inLog: String {
        switch self {
        case .heldOut: "held_out (M x N) with examples held out and trained on (pred_probs are held out throughout)"
        case .pred: "pred or logits (T x N)"
        case .correct: "correct, pred, margin or logits (T x N)"
        case .pLabel: "p_label or logits (T x N)"
        case .margin: "margin or logits (T x N)"
        case .loss: "loss or logits (T x N)"
        case .pSquared: "p_sq or logits (T x N)"
        case .initPred: "init_pred (N)"
        case .finalLogits: "final_logits (N x C), or pred_probs (N x C)"
        case .finalPred: "final_pred (N), final_logits (N x C) or pred_probs (N x C)"
        case .inputMargin: "the network itself, which no log holds"
        case .snapshotEpochs, .heldOutLogits: "pred_probs (N x C), or logits or final_logits with held_out"
        case .votes, .voteShare, .labelShare: "layer_0, layer_1, ... (N x D each) with labels"
        case .neighborIndex, .neighborDistance: "layer_0, layer_1, ... (N x D each) with held_out"
        }
    }
}
