"""A scene small enough to be drawn in a test, as the text of its file."""

TINY = """
[scene]
duration = "3s"
seed = 4

[floor]
size = [6.0, 5.0]
door = [0.4, 2.0]

[[wall]]
from = [0.0, 3.5]
to = [1.5, 3.5]

[[light]]
at = "1s"
level = 0.5
over = "0s"

[[station]]
name = "mat"
kind = "mat"
position = [4.5, 3.0]
heading = 90

[[station]]
name = "bench"
kind = "bench"
position = [2.6, 3.6]
heading = 180

[[camera]]
id = "east"
position = [5.5, 0.3, 2.2]
look_at = [3.0, 3.0, 0.8]
size = [320, 240]
fps = 10
clock_offset = "-200ms"

[[camera]]
id = "west"
position = [0.3, 0.3, 2.2]
look_at = [3.0, 3.0, 0.8]
size = [320, 240]
fps = 5

[[person]]
name = "Ada"
start = [3.4, 2.0]
facing = 180
script = [
  { exercise = "squat", reps = 2, tempo = "1s", faults = { shallow = [2] }, aborted = [2] },
]

[[person]]
name = "Ben"
colours = { shirt = "#102030", hair = "black" }
start = [1.2, 2.0]
script = [
  { walk_to = [0.5, 2.0] },
  { leave = true },
]
"""
