internal import Glibc
import Synchronization

/// Large blocks of memory for a process that takes and gives them back all the time, such as one that trains and then
/// searches probe after probe.
///
/// What is given back stays with the process and is handed out again, so that the system does not have to clear the same
/// number of bytes anew for every block: of the time of a small member that was a sixth. Blocks are taken from the lowest
/// free place of one range of addresses; so the memory of the process is about that of its largest moment.
package final class LargeBlocks: Sendable {
    /// Of the process.
    package static let shared = LargeBlocks(capacity: 2 * sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))

    /// Bytes of a huge page on x86-64 and aarch64; blocks are so many or a multiple.
    package static let unit = 2 << 20

    /// Address of the first block; nil where the system does not give so many addresses.
    private let base: UInt?
    /// Free places, in units from the base: ascending, no two of them adjacent.
    private let free: Mutex<[Range<Int>]>

    /// - Parameter capacity: bytes of addresses, of which only those count that are used
    package init(capacity: Int) {
        let units = capacity / Self.unit
        let range = mmap(
            nil,
            (units + 1) * Self.unit,
            PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
            -1,
            0
        )
        guard let range, range != MAP_FAILED else {
            base = nil
            free = Mutex([])
            return
        }
        // Advice: nothing depends on it being taken.
        _ = madvise(range, (units + 1) * Self.unit, MADV_HUGEPAGE)
        base = (UInt(bitPattern: range) + UInt(Self.unit) - 1) / UInt(Self.unit) * UInt(Self.unit)
        free = Mutex([0..<units])
    }

    /// The lowest free block of that many bytes, aligned to `unit`; its content is undefined. Nil where there is none.
    package func take(_ bytes: Int) -> UnsafeMutableRawPointer? {
        guard let base else { return nil }
        let units = Self.units(bytes)
        let first = free.withLock { free -> Int? in
            guard let place = free.firstIndex(where: { $0.count >= units }) else { return nil }
            let first = free[place].lowerBound
            if free[place].count == units {
                free.remove(at: place)
            } else {
                free[place] = first + units..<free[place].upperBound
            }
            return first
        }
        return first.flatMap { UnsafeMutableRawPointer(bitPattern: base + UInt($0 * Self.unit)) }
    }

    /// Gives back what `take` gave.
    package func give(_ block: UnsafeMutableRawPointer, bytes: Int) {
        guard let base else { return }
        let first = Int(UInt(bitPattern: block) - base) / Self.unit
        var range = first..<first + Self.units(bytes)
        free.withLock { free in
            var place = free.firstIndex { $0.lowerBound >= range.upperBound } ?? free.count
            if place < free.count, free[place].lowerBound == range.upperBound {
                range = range.lowerBound..<free.remove(at: place).upperBound
            }
            if place > 0, free[place - 1].upperBound == range.lowerBound {
                place -= 1
                range = free.remove(at: place).lowerBound..<range.upperBound
            }
            free.insert(range, at: place)
        }
    }

    private static func units(_ bytes: Int) -> Int { (bytes + unit - 1) / unit }
}
