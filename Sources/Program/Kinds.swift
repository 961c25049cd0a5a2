import Backbones
import Compute
import EnsembleKind
public import Experiments
import LogKind
import PruningKind
public import Service
import Synchronization
import Training
public import Worker

/// A kind of job as the program knows it: what the queue, the API and the children need of it.
public struct Kind: Sendable {
    /// For the queue.
    public var job: any JobKind
    /// For API and page.
    public var view: any JobView
    /// For workers.
    public var tasks: [any TaskWork]
    /// For reductions.
    public var reductions: [any ReductionWork]

    /// Parameters are those of the properties.
    public init(
        job: any JobKind,
        view: any JobView,
        tasks: [any TaskWork] = [],
        reductions: [any ReductionWork] = []
    ) {
        self.job = job
        self.view = view
        self.tasks = tasks
        self.reductions = reductions
    }

    /// All kinds of this program: a further one is one more line here, and one in `public/app/kinds.js`.
    ///
    /// - Parameters:
    ///   - threads: of each network's worker
    ///   - backbones: pretrained networks
    ///   - machine: what this machine does fastest
    static func all(threads: Int = 1, backbones: BackboneShelf = .empty, machine: MachineProfile? = nil) -> [Kind] {
        var catalog = ModelCatalog.trainable
        catalog.backbones = backbones
        catalog.machine = machine
        let members = MemberTasks(catalog: catalog, threads: threads)
        let (difficulty, pruning) = (DifficultyKind(members), PruningKind(members))
        let difficultyView = DifficultyView(difficulty)
        return [
            Kind(job: difficulty, view: difficultyView, tasks: [MemberTask()], reductions: [ScoreReduction()]),
            Kind(job: pruning, view: PruningView(pruning, difficultyView), reductions: [PruningReduction()]),
            Kind(job: LogKind(), view: LogView()),
        ] + Plumbline.more.withLock { $0 }
    }
}
