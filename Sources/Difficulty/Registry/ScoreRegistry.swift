/// The one place where scores are registered: the order of the columns and of the manifest. Families that read the
/// columns of others come after them.
enum ScoreRegistry {
    static let families: [any ScoreFamily.Type] = [
        PredictionDepth.self,
        IterationLearned.self,
        Consensus.self,
        Confidence.self,
        InputMargin.self,
        DifficultyMap.self,
        Forgetting.self,
        Consistency.self,
        ConsistencyProfile.self,
        Memorization.self,
        CumulativeBinaryLoss.self,
        DataMaps.self,
        AreaUnderMargin.self,
        ThresholdFlags.self,
        EL2N.self,
        LabelQuality.self,
        InputNeighbors.self,
        IssueTypes.self,
    ]
}
