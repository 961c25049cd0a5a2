import Program

Plumbline.run()
