import Program

await Plumbline.run()
