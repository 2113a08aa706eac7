"""The rehearsal gym: people, cameras and pictures that the project draws itself, with exact truth.

Three concerns that know nothing of each other, and one that joins them: bodies and their movements (``skeleton``,
``motions``, ``script``), pixels (``camera``, ``raster``, ``scenery``), what a body looks like (``mannequin``), and
frames with their truth and files (``clip``).

The world is metric: x to the east, y to the north, z up, the floor at z = 0. A person with heading 0 faces north;
headings turn counter-clockwise as seen from above. A camera that looks north sees east on its right.
"""
