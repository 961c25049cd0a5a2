/// `Accept-Encoding` (RFC 9110 section 12.5.3), as far as the choice between gzip and nothing needs it.
public enum AcceptEncoding {
    /// Whether gzip is acceptable and at least as welcome as the identity.
    public static func prefersGzip(_ value: String?) -> Bool {
        guard let value else { return false }
        var gzip: Double?
        var identity: Double?
        var any: Double?
        for element in value.split(separator: ",") {
            let parts = element.split(separator: ";").map { $0.trimmed.lowercased() }
            guard let coding = parts.first else { continue }
            let weight = parts.dropFirst().first.map(weight) ?? 1
            switch coding {
            case "gzip", "x-gzip": gzip = weight
            case "identity": identity = weight
            case "*": any = weight
            default: break
            }
        }
        let welcome = gzip ?? any ?? 0
        // Without a word about it the identity is acceptable, but whoever names gzip wants gzip.
        return welcome > 0 && welcome >= identity ?? 0
    }

    /// `q=0.5` as a number; a malformed weight is no permission.
    private static func weight(_ parameter: String) -> Double {
        guard parameter.hasPrefix("q="), let weight = Double(parameter.dropFirst(2)), (0...1).contains(weight) else {
            return 0
        }
        return weight
    }
}

extension StringProtocol {
    /// Without blanks at both ends.
    var trimmed: String {
        let start = drop { $0 == " " || $0 == "\t" }
        return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
