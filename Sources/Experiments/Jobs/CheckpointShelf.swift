import Files
import Logging
import Tasks

/// The checkpoints of members whose attempts ended before they were done, `checkpoints/<key>`: what their next attempt
/// goes on from.
///
/// A worker writes into its task folder alone, so a checkpoint comes here by one rename once its attempt has ended, and
/// before the store is told of that end: killed between the two, the service finds the member running and does it again.
/// Any checkpoint of a key is one of the same run, so it does not matter which of them stands here; losing one costs
/// time and no bits, and therefore no refusal of the disk fails a member.
struct CheckpointShelf: Sendable {
    let folder: DataFolder
    let logger: Logger

    /// Takes the checkpoint out of the task folder of an attempt that has ended, if it left one.
    func keep(_ key: String, from task: String) {
        let left = TaskFolder(task).checkpoint
        guard folder.files.exists(left) else { return }
        do {
            try folder.files.rename(left, to: folder.checkpoint(key))
        } catch {
            logger.warning("a checkpoint could not be kept", metadata: ["member": "\(key)", "error": "\(error)"])
        }
    }

    /// Removes all but those of some members.
    ///
    /// - Parameter wanted: keys of the members that live jobs wait for
    func sweep(keeping wanted: Set<String>) {
        do {
            for key in try folder.files.list(folder.checkpoints) where !wanted.contains(key) {
                try folder.files.remove(folder.checkpoint(key))
            }
        } catch {
            logger.warning("an old checkpoint could not be removed", metadata: ["error": "\(error)"])
        }
    }
}
