import Datasets
import TestSupport
import Testing

/// Every kind of upload with bytes changed, removed and inserted: the answer is a dataset or an error, never a crash.
@Suite struct CorruptionTests {
    @Test(arguments: ["npz", "idx-tar", "idx-tar-gz", "png-zip", "jpeg-tar"]) func noCorruptionCrashes(kind: String)
        throws
    {
        let workshop = Workshop()
        let upload = try Self.upload(kind)
        let seed = UInt64.random(in: 0 ... .max)
        print("corruption of \(kind): seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var outcomes: [String: Int] = [:]
        for _ in 0..<150 {
            var damaged = upload
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = Int.random(in: 0..<damaged.count, using: &generator)
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: damaged[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: damaged[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: damaged[at] = [0, 0xff, 0x7f, 0x80].randomElement(using: &generator)!
                case 3: damaged.removeSubrange(at..<min(damaged.count, at + Int.random(in: 1...40, using: &generator)))
                case 4: damaged.insert(contentsOf: damaged[at..<min(damaged.count, at + 30)], at: at)
                default: damaged.removeSubrange(max(at, 1)...)
                }
                if damaged.isEmpty { damaged = [0] }
            }
            let error = try workshop.failure(damaged)
            outcomes[error?.code.rawValue ?? "dataset", default: 0] += 1
            #expect(error?.description.isEmpty != true)
        }
        // A sweep that never met an error or never got past the first check would prove nothing.
        #expect(outcomes.count >= 2, "seed \(seed): \(outcomes)")
    }

    private static func upload(_ kind: String) throws -> [UInt8] {
        let (pixels, labels) = ArrayFixture.digits(6)
        switch kind {
        case "npz":
            return try ArrayFixture.npz([
                ("x", ArrayFixture.npy([6, 8, 8], pixels.map { Float($0) / 255 })),
                ("y", ArrayFixture.npy([6], labels)),
                ("ids", ArrayFixture.npy("<U3", [6], raw: [UInt8](repeating: 0, count: 72))),
            ])
        case "idx-tar", "idx-tar-gz":
            let tar = TarFixture.bytes([
                ("train-images", ArrayFixture.idx(8, [6, 8, 8], pixels)),
                ("train-labels.gz", Deflate.gzip(ArrayFixture.idx(8, [6], labels))),
            ])
            return kind == "idx-tar" ? tar : Deflate.gzip(tar)
        case "png-zip":
            return ZipFixture.bytes(
                (0..<6).map { ("\($0 % 2)/\($0).png", PictureFixture.png($0)) },
                deflated: true
            )
        default:
            return TarFixture.bytes(
                (0..<6).map { number in
                    let raster = PictureFixture.raster(16, 16, channels: 3) { y, x, c in number * 30 + y * x + c * 20 }
                    let jpeg = PictureFixture.jpeg(raster, flags: number % 2 == 0 ? 16384 : 0)
                    return ("\(number % 2)/\(number).jpg", PictureFixture.oriented(jpeg, 6, littleEndian: true))
                }
            )
        }
    }
}
