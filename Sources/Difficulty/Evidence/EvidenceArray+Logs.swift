import Tasks

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
