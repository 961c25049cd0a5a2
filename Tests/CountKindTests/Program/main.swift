import Program

Plumbline.run(adding: [
    Kind(job: CountKind(), view: CountView(), tasks: [CountTask()], reductions: [CountReduction()])
])
