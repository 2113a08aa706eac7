"""The rehearsal gym: people, cameras and pictures that the project draws itself, with exact truth.

Concerns that know nothing of each other, and those that join them: bodies and their movements (``skeleton``,
``motions``, ``script``), pixels (``camera``, ``raster``, ``scenery``), what things look like (``mannequin``,
``equipment``), scenes and their files (``scene``, ``scene_file``), pictures with their truth (``view``, ``gym``),
recordings (``recording``, ``truth``) and a camera to read from (``source``). ``clip`` draws people in an endless room,
for tests.

The world is metric: x to the east, y to the north, z up, the floor at z = 0. A person with heading 0 faces north;
headings turn counter-clockwise as seen from above. A camera that looks north sees east on its right.
"""
