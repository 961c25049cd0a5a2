/// What this program is.
public enum Version {
    /// The program's version (semver.org).
    public static let program = "0.2.0"
    /// The version of the training code: part of each member's key, to be raised with every change that can change a
    /// bit of its evidence.
    public static let engine = 2
}
