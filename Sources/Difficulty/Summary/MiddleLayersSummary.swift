extension ScoreSummary {
    /// What answering with a middle layer's vote would gain on held-out examples (Baldock et al. 2021, section 4). All
    /// shares are over pairs of an example and a member that holds it out, of the half that the rule was not tuned on.
    public struct MiddleLayers: Codable, Sendable, Hashable {
        /// Answer with the probe's vote where the depth is at least `depthFrom` and at least `shareFrom` of the
        /// neighbours agree.
        public struct Rule: Codable, Sendable, Hashable {
            /// The probe, from 0, and its name.
            public var probe: Int, name: String
            /// Depth, in layers; P stands for undefined.
            public var depthFrom: Int
            /// Share of the k neighbours, 0 to 1.
            public var shareFrom: Double

            enum CodingKeys: String, CodingKey {
                case probe, name
                case depthFrom = "depth_from"
                case shareFrom = "share_from"
            }
        }

        /// One corner of the difficulty map.
        public struct Group: Codable, Sendable, Hashable {
            /// Pairs of an example and a member.
            public var pairs: Int
            /// Accuracy of the network, and of the rule: a lower one is harm.
            public var networkAccuracy: Double, ruleAccuracy: Double
            /// Accuracy of each probe's vote.
            public var probeAccuracy: [Double]

            enum CodingKeys: String, CodingKey {
                case pairs
                case networkAccuracy = "network_accuracy"
                case ruleAccuracy = "rule_accuracy"
                case probeAccuracy = "probe_accuracy"
            }
        }

        /// Nil where no rule gained anything on the tuning half; the figures are then the network's.
        @Nullable public var rule: Rule?
        /// Examples measured on.
        public var n: Int
        /// Accuracy of the network alone, and with the rule.
        public var networkAccuracy: Double, ruleAccuracy: Double
        /// Their difference.
        public var gain: Double
        /// Bootstrap 95 % interval of the gain, over examples.
        @Nullable public var gainInterval: [Double]?
        /// Pairs that the rule set right, and that it spoiled.
        public var repaired: Int, spoiled: Int
        /// By corner of the difficulty map.
        public var groups: [String: Group]

        enum CodingKeys: String, CodingKey {
            case rule, n, gain, repaired, spoiled, groups
            case networkAccuracy = "network_accuracy"
            case ruleAccuracy = "rule_accuracy"
            case gainInterval = "gain_interval"
        }
    }
}
