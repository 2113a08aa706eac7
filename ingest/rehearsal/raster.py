"""A depth buffer that draws capsules, ellipsoids and barrels, smoothly shaded, and their shadows on the floor.

Knows nothing of people. Every shape is drawn from its silhouette: for each pixel of its bounding box the surface point
towards the camera and its normal follow in closed form, so there are no polygons and no facets. Perspective acts on
positions and sizes; within one shape it is ignored, which is exact enough while a shape is small beside its distance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.camera import Camera

Array = NDArray[np.float64]
Plane = NDArray[np.float32]
"""One value for each pixel of a bounding box, (h, w) float32, or a row or a column of it."""
Window = tuple[int, int, int, int]
"""A part of a picture, pixels: left, top, and right and bottom, which are just outside."""
Colour = tuple[int, int, int]
"""Blue, green, red; 0-255."""

_AMBIENT = 0.5
_DIFFUSE = 0.62
"""With the ambient light, what faces the lamp is a little brighter than its colour, what turns away half as bright."""
_SPECK_PX = 3.0
"""Half size below which an ellipsoid is drawn flat: shading does not show, and a face has a dozen of them. More makes
noses flat, less costs 10 % of the time of a picture."""
_SPECK_SHADE = 0.95
_SHADE_STEPS = 200.0
"""Of a shade of 1; the brightest is about 1.25."""
_TRIFLE_PX = 6.0
"""A capsule that is no longer than this and less than a quarter as wide is left out: thumbs and soles far away."""
_ALIKE_PX = 20
"""Capsules whose boxes differ by less are computed together: numpy's calls cost more than the few pixels too many."""
_THREAD_PX = 0.4
"""Radius below which a capsule is thinner than a pixel everywhere and is drawn with this one, so that ropes and bars do
not vanish."""


@dataclass(frozen=True, slots=True)
class Capsule:
    """A limb: a cone between two balls."""

    start: Array
    """(3,) metres, world."""
    end: Array
    start_radius_m: float
    end_radius_m: float
    colour: Colour
    end_colour: Colour | None = None
    """Colour from ``seam`` on, as of a bare arm below a sleeve."""
    seam: float = 1.0
    """Where the colour changes, 0 at the start and 1 at the end."""


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """A head, a chest, an eye."""

    centre: Array
    """(3,) metres, world."""
    axes: Array
    """(3, 3) columns: unit directions of the half axes, world."""
    half_m: tuple[float, float, float]
    colour: Colour


@dataclass(frozen=True, slots=True)
class Barrel:
    """A part of a trunk: a cone with elliptic sections and open ends, which other shapes must cover."""

    start: Array
    """(3,) metres, world: middle of the section where it begins."""
    end: Array
    axes: Array
    """(3, 3) columns: right, forward and along, world; the third points from the start to the end."""
    half_m: tuple[float, float]
    """Half axes to the right and forward at the start."""
    taper: float
    """Size of the section at the end, 1 as at the start."""
    colour: Colour


@dataclass(frozen=True, slots=True)
class Box:
    """A beam, a pad, a mat."""

    centre: Array
    """(3,) metres, world."""
    axes: Array
    """(3, 3) columns: unit directions of the edges, world."""
    half_m: tuple[float, float, float]
    colour: Colour


Shape = Capsule | Ellipsoid | Barrel | Box
Solid = Shape
"""What is drawn with depth, so that it hides what is behind it."""


def _numbered(palette: dict[Colour, int], colour: Colour) -> int:
    """The number of a colour, counted from 1; 0 is where nothing was drawn."""
    return palette.setdefault(colour, len(palette) + 1)


def _around(first: Window | None, second: Window | None) -> Window | None:
    """The window around two windows, either of which may be missing."""
    if first is None or second is None:
        return first or second
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )


class Canvas:
    """One camera's pictures in the making; reused from frame to frame to save memory traffic."""

    def __init__(
        self,
        camera: Camera,
        light: Sequence[float],
        backdrop: NDArray[np.uint8] | None = None,
        fixed: Sequence[Solid] = (),
    ) -> None:
        """Take the camera, the direction towards the lamp, and what never moves, which is drawn once.

        :param backdrop: picture of the empty room, (height, width, 3) uint8 BGR; black without one
        :param fixed: equipment; it hides who is behind it
        """
        self._camera = camera
        # The camera's own axes are asked for at every shape; a cross product of three numbers is slow in numpy.
        self._axes, self._position = camera.axes(), np.array(camera.position_m)
        size = (camera.height, camera.width)
        self.depth = np.full(size, np.inf, np.float32)
        """(height, width) float32: metres from the camera's plane to the nearest surface; infinite without one."""
        self._shade = np.zeros(size, np.float32)
        self._material = np.zeros(size, np.uint8)
        self._xs = np.arange(camera.width, dtype=np.float32)[None, :]
        self._ys = np.arange(camera.height, dtype=np.float32)[:, None]
        lamp = self._axes @ np.asarray(light, float)
        # Python's own numbers keep float32 arrays float32, and are quicker to come by than numpy's.
        self._lamp_scaled: tuple[float, ...] = tuple((_DIFFUSE * lamp / np.linalg.norm(lamp)).tolist())
        self._light = np.asarray(light, float)
        self._drawn: tuple[int, int, int, int] | None = None
        self._fixed_depth = np.full(size, np.inf, np.float32)
        self._shadowed: NDArray[np.uint8] | None = None
        self._near_floor = 0.96 * self._floor_depth()
        self._backdrop = np.zeros((*size, 3), np.uint8) if backdrop is None else backdrop.copy()
        if fixed:
            self.draw(self._backdrop, fixed)
            np.copyto(self._fixed_depth, self.depth)
            self._shadowed = self._bare_floor()

    def picture(self, shapes: Sequence[Shape]) -> NDArray[np.uint8]:
        """A picture of the backdrop and what is fixed, with shapes and their shadows; fills ``depth``.

        At most 255 colours are drawn in one picture; raises ValueError beyond.
        """
        pixels = self._backdrop.copy()
        self.draw(pixels, shapes)
        return pixels

    def exposure(self, still: Sequence[Shape], moments: Sequence[Sequence[Shape]]) -> NDArray[np.uint8]:
        """The average of pictures of shapes that stand still with others at several moments; what moves is blurred.

        What stands still is drawn once. Fills ``depth`` with that of the moment in the middle.

        :param moments: what moves, at an odd number of moments at even distances
        """
        base = self.picture(still)
        fixed_depth, shadowed, still_drawn = self._fixed_depth, self._shadowed, self._drawn
        if still_drawn is not None:
            # For the time of this picture it is as fixed as equipment: it hides who is behind it.
            self._fixed_depth, self._drawn = self.depth.copy(), None
            self._material[still_drawn[1] : still_drawn[3], still_drawn[0] : still_drawn[2]] = 0
            self._shadowed = self._bare_floor()
        middle = len(moments) // 2
        # The middle comes last, so that its depth stays.
        average = base
        for number, shapes in enumerate((*moments[:middle], *moments[middle + 1 :], moments[middle]), start=1):
            pixels = base.copy()
            self.draw(pixels, shapes)
            # Rounded each time to whole grey levels, which is less than the sensor's noise. The base weighs 0 at first.
            average = np.asarray(cv2.addWeighted(average, 1 - 1 / number, pixels, 1 / number, 0), np.uint8)
        self._fixed_depth, self._shadowed = fixed_depth, shadowed
        self._drawn = _around(self._drawn, still_drawn)
        return average

    def draw(self, pixels: NDArray[np.uint8], shapes: Sequence[Shape]) -> None:
        """Draw shapes and their shadows over a picture, (height, width, 3) uint8 BGR, in place; fills ``depth``.

        What is fixed is not drawn again, but hides what is behind it.
        """
        self._clear()
        self._shadows(pixels, [shape for shape in shapes if isinstance(shape, Capsule)])
        palette: dict[Colour, int] = {}
        self._capsules([shape for shape in shapes if isinstance(shape, Capsule)], palette)
        self._ellipsoids([shape for shape in shapes if isinstance(shape, Ellipsoid)], palette)
        for shape in shapes:
            if isinstance(shape, Barrel):
                self._barrel(shape, palette)
            elif isinstance(shape, Box):
                self._beam(shape, palette)
        self._colour(pixels, palette)

    def _clear(self) -> None:
        """Put back what is fixed where the last picture had shapes."""
        if self._drawn is None:
            return
        x0, y0, x1, y1 = self._drawn
        self.depth[y0:y1, x0:x1] = self._fixed_depth[y0:y1, x0:x1]
        self._material[y0:y1, x0:x1] = 0
        self._drawn = None

    def _colour(self, pixels: NDArray[np.uint8], palette: dict[Colour, int]) -> None:
        """Give the pixels that were drawn on their material's colour times their shade."""
        if self._drawn is None:
            return
        if len(palette) > 255:
            raise ValueError(f"{len(palette)} colours in one picture; draw at most 255")
        x0, y0, x1, y1 = self._drawn
        which, shade, part = (each[y0:y1, x0:x1] for each in (self._material, self._shade, pixels))
        table = np.zeros((256, 1, 3), np.uint8)
        table[1 : len(palette) + 1, 0] = list(palette)
        colours = cv2.applyColorMap(which, table)
        # Shades in eight bits: a step is half a per cent, less than the sensor's noise.
        level = cv2.cvtColor(cv2.convertScaleAbs(shade, alpha=_SHADE_STEPS), cv2.COLOR_GRAY2BGR)
        cv2.multiply(colours, level, dst=colours, scale=1 / _SHADE_STEPS)
        cv2.copyTo(colours, which, part)

    def _bare_floor(self) -> NDArray[np.uint8]:
        """Where shadows may fall, 255, because nothing that is fixed stands before the floor; elsewhere 0."""
        return np.asarray(cv2.compare(self._fixed_depth, self._near_floor, cv2.CMP_GE), np.uint8)

    def _floor_depth(self) -> Plane:
        """Metres from the camera's plane to the floor at each pixel, (height, width); infinite above the horizon."""
        camera = self._camera
        across = (self._xs - np.float32((camera.width - 1) / 2)) / np.float32(camera.focal_px)
        down = (self._ys - np.float32((camera.height - 1) / 2)) / np.float32(camera.focal_px)
        falls = -(across * self._axes[0, 2] + down * self._axes[1, 2] + self._axes[2, 2])
        return np.where(falls > 1e-6, self._position[2] / np.maximum(falls, 1e-6), np.inf).astype(np.float32)

    def _seen(self, world: Array) -> Array:
        """World points, (..., 3), in the camera's frame, as ``Camera.seen``."""
        return np.asarray((world - self._position) @ self._axes.T)

    def _box(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int] | None:
        x0, y0 = max(0, int(left)), max(0, int(top))
        x1, y1 = min(self._camera.width, int(right) + 2), min(self._camera.height, int(bottom) + 2)
        return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None

    def _boxes(self, low: NDArray[Any], high: NDArray[Any]) -> list[Window | None]:
        """As ``_box``, for many at once: (n, 2) left and top, (n, 2) right and bottom."""
        first = np.maximum(low.astype(int), 0)
        last = np.minimum(high.astype(int) + 2, (self._camera.width, self._camera.height))
        rows = np.concatenate([first, last], axis=1).tolist()
        return [(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None for x0, y0, x1, y1 in rows]

    def _put(
        self,
        box: tuple[int, int, int, int],
        depth: Plane | np.float32,
        shade: Plane | np.float32,
        inside: NDArray[np.bool_],
        material: NDArray[np.uint8] | int,
    ) -> None:
        window = slice(box[1], box[3]), slice(box[0], box[2])
        nearest = self.depth[window]
        inside &= np.less(depth, nearest)
        np.copyto(nearest, depth, where=inside)
        np.copyto(self._shade[window], shade, where=inside)
        np.copyto(self._material[window], material, where=inside, casting="unsafe")
        last = self._drawn or box
        self._drawn = min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3])

    def _capsules(self, capsules: Sequence[Capsule], palette: dict[Colour, int]) -> None:
        if not capsules:
            return
        ends = self._seen(np.array([(shape.start, shape.end) for shape in capsules]))
        pixels = self._camera.projected(ends).astype(np.float32)
        depths = np.maximum(ends[..., 2], 0.05)
        metres = np.array([(shape.start_radius_m, shape.end_radius_m) for shape in capsules])
        radii = np.maximum(metres / depths * self._camera.focal_px, _THREAD_PX)
        lengths = np.linalg.norm(pixels[:, 1] - pixels[:, 0], axis=1)
        trifles = (lengths < _TRIFLE_PX) & (radii.max(axis=1) < _TRIFLE_PX / 4)
        low = (pixels - radii[..., None]).min(axis=1)
        high = (pixels + radii[..., None]).max(axis=1)
        alike: dict[tuple[int, int], list[tuple[int, tuple[int, int, int, int]]]] = {}
        in_front = ends[..., 2].min(axis=1) >= 0.1
        windows = self._boxes(low, high)
        for at in np.flatnonzero(in_front & ~trifles).tolist():
            box = windows[at]
            if box is not None:
                kind = (box[2] - box[0]) // _ALIKE_PX, (box[3] - box[1]) // _ALIKE_PX
                alike.setdefault(kind, []).append((at, box))
        for group in alike.values():
            members = [at for at, _ in group]
            boxes = [box for _, box in group]
            surfaces = self._surfaces(boxes, pixels[members], depths[members], radii[members], metres[members])
            for at, box, along, depth, shade, inside in zip(members, boxes, *surfaces, strict=True):
                shape, size = capsules[at], (slice(box[3] - box[1]), slice(box[2] - box[0]))
                which: NDArray[np.uint8] | int = _numbered(palette, shape.colour)
                if shape.end_colour is not None:
                    second = _numbered(palette, shape.end_colour)
                    which = np.where(along[size] < shape.seam, np.uint8(which), np.uint8(second))
                self._put(box, depth[size], shade[size], inside[size], which)

    def _surfaces(
        self, boxes: Sequence[tuple[int, int, int, int]], ends: Plane, depths: Array, radii: Array, metres: Array
    ) -> tuple[Plane, Plane, Plane, NDArray[np.bool_]]:
        """Capsules of about the same size at once: share along the axis, depth, shade, and what is inside, (n, h, w).

        The nearest point of its axis gives radius and normal of every pixel. Each capsule has its box in the upper
        left corner of its plane.
        """
        corner = np.array(boxes, np.float32)
        wide, high = (corner[:, 2:] - corner[:, :2]).max(axis=0).astype(int).tolist()
        flat = np.concatenate([ends[:, 0], ends[:, 1] - ends[:, 0], depths, radii, metres], axis=1).astype(np.float32)
        ex, ey, dx, dy, near, far, first, last, thick, thin = flat.T[:, :, None, None]
        x = self._xs[:, :wide] + (corner[:, 0, None, None] - ex)
        y = self._ys[:high] + (corner[:, 1, None, None] - ey)
        norm = 1 / np.maximum(dx * dx + dy * dy, np.float32(1e-3))
        along = x * (dx * norm) + y * (dy * norm)
        np.maximum(along, 0, out=along)
        np.minimum(along, 1, out=along)
        size = along * (last - first)
        size += first
        np.reciprocal(size, out=size)
        nx = x - along * dx
        nx *= size
        ny = y - along * dy
        ny *= size
        towards = nx * nx
        towards += ny * ny
        np.subtract(1, towards, out=towards)
        inside = towards > 0
        np.maximum(towards, 0, out=towards)
        np.sqrt(towards, out=towards)
        depth = along * (far - near)
        depth += near
        bulge = along * (thin - thick)
        bulge += thick
        bulge *= towards
        depth -= bulge
        return along, depth, self._lit(nx, ny, towards), inside

    def _lit(self, nx: Plane, ny: Plane, towards: Plane) -> Plane:
        """Lambert's law with ambient light, (h, w); the normal points to (nx, ny, -towards) in the camera's frame."""
        right, down, away = self._lamp_scaled
        lit: Plane = nx * right
        lit += ny * down
        lit -= towards * away
        np.maximum(lit, 0, out=lit)
        lit += _AMBIENT
        # Surfaces that turn away from the camera darken a little: it sets a limb off from the one behind it.
        edge = towards * 0.2
        edge += 0.8
        lit *= edge
        return lit

    def _ellipsoids(self, shapes: Sequence[Ellipsoid], palette: dict[Colour, int]) -> None:
        if not shapes:
            return
        centres = self._seen(np.array([shape.centre for shape in shapes]))
        pixels = self._camera.projected(centres)
        axes = self._axes @ np.array([shape.axes for shape in shapes])
        half = np.array([shape.half_m for shape in shapes])
        covariance = (axes * half[:, None, :] ** 2) @ axes.transpose(0, 2, 1)
        inverse = (axes / half[:, None, :] ** 2) @ axes.transpose(0, 2, 1)
        scales = self._camera.focal_px / np.maximum(centres[:, 2], 0.05)
        spread = np.sqrt(np.einsum("nii->ni", covariance))
        extent, reach = spread[:, :2] * scales[:, None], spread[:, 2]
        low, high = pixels - extent, pixels + extent
        alike: dict[tuple[int, int], list[tuple[int, tuple[int, int, int, int]]]] = {}
        specks = []
        windows, small = self._boxes(low, high), (extent.max(axis=1) < _SPECK_PX).tolist()
        for at in np.flatnonzero(centres[:, 2] >= 0.1).tolist():
            box = windows[at]
            if box is None:
                continue
            if small[at]:
                specks.append((at, box))
                continue
            kind = (box[2] - box[0]) // _ALIKE_PX, (box[3] - box[1]) // _ALIKE_PX
            alike.setdefault(kind, []).append((at, box))
        for group in alike.values():
            members, boxes = [at for at, _ in group], [box for _, box in group]
            surfaces = self._round_surfaces(
                boxes, pixels[members], centres[members, 2], scales[members], inverse[members]
            )
            for at, box, depth, shade, inside in zip(members, boxes, *surfaces, strict=True):
                size = slice(box[3] - box[1]), slice(box[2] - box[0])
                self._put(box, depth[size], shade[size], inside[size], _numbered(palette, shapes[at].colour))
        # Specks come last: most of them are on a head, and it hides them when it is turned away.
        for at, box in specks:
            nearest = float(centres[at, 2] - reach[at])
            if not self._hidden(box, nearest):
                self._speck(box, pixels[at], nearest, extent[at], _numbered(palette, shapes[at].colour))

    def _round_surfaces(
        self, boxes: Sequence[tuple[int, int, int, int]], middles: Array, depths: Array, scales: Array, inverse: Array
    ) -> tuple[Plane, Plane, NDArray[np.bool_]]:
        """Ellipsoids of about the same size at once: depth, shade, and what is inside, (n, h, w).

        For every pixel the nearer root z of p' Q p = 1 with p = (x, y, z) from the centre.
        """
        corner = np.array(boxes, np.float32)
        wide, high = (corner[:, 2:] - corner[:, :2]).max(axis=0).astype(int).tolist()
        flat = np.concatenate([inverse.reshape(-1, 9), middles, (1 / scales)[:, None], depths[:, None]], axis=1)
        a, d, e, _, b, f, _, _, c, px, py, step, away = flat.astype(np.float32).T[:, :, None, None]
        x = (self._xs[:, :wide] + (corner[:, 0, None, None] - px)) * step
        y = (self._ys[:high] + (corner[:, 1, None, None] - py)) * step
        half_b = x * e + y * f
        root = half_b * half_b
        root -= (x * x * a - 1) * c + y * y * (b * c)
        root -= x * (y * (2 * d * c))
        inside = root > 0
        np.maximum(root, 0, out=root)
        # The normal is Q p, and its part along z is what the root's sign chose: minus the root itself.
        towards = np.sqrt(root)
        z = half_b + towards
        z /= -c
        nx = x * a + y * d
        nx += z * e
        ny = x * d + y * b
        ny += z * f
        length = nx * nx
        length += ny * ny
        length += root
        np.maximum(length, 1e-12, out=length)
        np.sqrt(length, out=length)
        np.reciprocal(length, out=length)
        nx *= length
        ny *= length
        towards *= length
        z += away
        return z, self._lit(nx, ny, towards), inside

    def _hidden(self, box: tuple[int, int, int, int], nearest_m: float) -> bool:
        """Whether something nearer covers a whole box already, as a head covers the face when it is turned away."""
        return bool(self.depth[box[1] : box[3], box[0] : box[2]].max() < nearest_m)

    def _speck(
        self, box: tuple[int, int, int, int], centre: Array, nearest_m: float, extent: Array, material: int
    ) -> None:
        """An ellipsoid of a few pixels, an eye or an ear: a flat ellipse, evenly lit."""
        x = (self._xs[:, box[0] : box[2]] - float(centre[0])) * float(1 / max(extent[0], 0.5))
        y = (self._ys[box[1] : box[3]] - float(centre[1])) * float(1 / max(extent[1], 0.5))
        inside = x * x + y * y < 1
        self._put(box, np.float32(nearest_m), np.float32(_SPECK_SHADE), inside, material)

    def _barrel(self, shape: Barrel, palette: dict[Colour, int]) -> None:
        """One barrel: the nearer root of x²/a² + y²/b² = (1 + k z)² along each pixel's ray, if it is on the barrel."""
        ends = self._seen(np.stack([shape.start, shape.end]))
        length, depth_m = float(np.linalg.norm(shape.end - shape.start)), float(ends[0, 2])
        # A row for a step to the right, down and away in the picture, in the barrel's own frame and over the half axes.
        a, b = shape.half_m
        k = (shape.taper - 1) / length
        turn = ((self._axes @ shape.axes) / np.array([a, b, 1.0])).tolist()
        (right_x, right_y, right_z), (down_x, down_y, down_z), _ = turn
        # Away from the lens is along the ray through the barrel's middle: straight ahead would tear a trunk that goes
        # away from the camera at the side of the picture from what covers its ends.
        middle = ends.mean(axis=0)
        ray = middle / max(float(middle[2]), 0.05)
        x1, y1, z1 = (ray @ self._axes @ shape.axes / np.array([a, b, 1.0])).tolist()
        square = x1 * x1 + y1 * y1 - k * k * z1 * z1
        pixels, widest = self._camera.projected(ends), max(a, b) * max(1.0, shape.taper)
        scale = self._camera.focal_px / max(depth_m, 0.05)
        box = self._box(*(pixels.min(axis=0) - widest * scale), *(pixels.max(axis=0) + widest * scale))
        if box is None or ends[:, 2].min() < 0.1 or square < 1e-3:
            return
        across = (self._xs[:, box[0] : box[2]] - float(pixels[0, 0])) * (1 / scale)
        down = (self._ys[box[1] : box[3]] - float(pixels[0, 1])) * (1 / scale)
        x, y, z = (across * r + down * d for r, d in ((right_x, down_x), (right_y, down_y), (right_z, down_z)))
        size = 1 + k * z
        half_b = x * x1 + y * y1
        half_b -= size * (k * z1)
        root = half_b * half_b
        root -= (x * x + y * y - size * size) * square
        inside = root > 0
        np.maximum(root, 0, out=root)
        away = half_b + np.sqrt(root)
        away *= -1 / square
        x += away * x1
        y += away * y1
        z += away * z1
        inside &= z >= 0
        inside &= z <= length
        fall = (1 + k * z) * k
        normal = [x * row[0] + y * row[1] - fall * row[2] for row in turn]
        unit = normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]
        np.maximum(unit, 1e-12, out=unit)
        np.reciprocal(np.sqrt(unit, out=unit), out=unit)
        shade = self._lit(normal[0] * unit, normal[1] * unit, -normal[2] * unit)
        away += depth_m
        self._put(box, away, shade, inside, _numbered(palette, shape.colour))

    def _beam(self, shape: Box, palette: dict[Colour, int]) -> None:
        """One box, in true perspective because it may be long: where each pixel's ray enters all three slabs."""
        signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
        corners = self._seen(shape.centre + (signs * shape.half_m) @ shape.axes.T)
        if corners[:, 2].max() < 0.1:
            return
        pixels = self._camera.projected(corners)
        near = corners[:, 2].min() < 0.1
        size = (0, 0, self._camera.width - 1, self._camera.height - 1)
        box = self._box(*size) if near else self._box(*pixels.min(axis=0), *pixels.max(axis=0))
        if box is None:
            return
        middle = (self._camera.width - 1) / 2, (self._camera.height - 1) / 2
        across = (self._xs[:, box[0] : box[2]] - np.float32(middle[0])) / np.float32(self._camera.focal_px)
        down = (self._ys[box[1] : box[3]] - np.float32(middle[1])) / np.float32(self._camera.focal_px)
        turn = (self._axes @ shape.axes).astype(np.float32)
        eye = -(self._seen(shape.centre) @ turn.astype(np.float64))
        enters = np.full(np.broadcast_shapes(across.shape, down.shape), 0.1, np.float32)
        leaves = np.full_like(enters, np.inf)
        face = np.zeros(enters.shape, np.int8)
        for axis in range(3):
            ray = across * turn[0, axis] + down * turn[1, axis] + turn[2, axis]
            ray = np.where(np.abs(ray) < 1e-6, np.float32(1e-6), ray)
            half, at = np.float32(shape.half_m[axis]), np.float32(eye[axis])
            first = (-np.sign(ray) * half - at) / ray
            np.minimum(leaves, (np.sign(ray) * half - at) / ray, out=leaves)
            later = first > enters
            face[later] = (axis + 1) * np.sign(ray[later])
            np.maximum(enters, first, out=enters)
        shades = np.zeros(7, np.float32)
        for axis in range(3):
            for sign in (-1, 1):
                nx, ny, nz = (-sign * turn[:, axis]).reshape(3, 1)
                shades[sign * (axis + 1)] = self._lit(nx, ny, np.maximum(-nz, 0))[0]
        inside = (enters < leaves) & (face != 0)
        self._put(box, enters, shades[face], inside, _numbered(palette, shape.colour))

    def _shadows(self, pixels: NDArray[np.uint8], capsules: Sequence[Capsule]) -> None:
        """Darken the floor where capsules keep the lamp's light off, at a quarter of the size: shadows are soft."""
        if not capsules:
            return
        ends = np.array([(shape.start, shape.end) for shape in capsules])
        seen = self._seen(ends - ends[..., 2:] / self._light[2] * self._light)
        spots = np.round(self._camera.projected(seen) / 4).astype(int).tolist()
        radii = np.array([shape.start_radius_m + shape.end_radius_m for shape in capsules]) / 2
        # The penumbra makes a shadow wider than what throws it.
        thick = np.round(1.4 * radii * self._camera.focal_px / 4 / np.maximum(seen[..., 2].mean(axis=1), 0.1))
        in_front = seen[..., 2].min(axis=1) > 0.1
        mask = np.zeros((self._camera.height // 4, self._camera.width // 4), np.uint8)
        for (first, second), width, drawn in zip(spots, thick, in_front, strict=True):
            if drawn:
                cv2.line(mask, first, second, 90, max(1, int(width)), cv2.LINE_AA)
        soft = cv2.GaussianBlur(mask, (0, 0), 1.6)
        left, top, wide, high = cv2.boundingRect(soft)
        if not wide:
            return
        dark = cv2.resize(soft[top : top + high, left : left + wide], (4 * wide, 4 * high))
        if self._shadowed is not None:
            dark = cv2.bitwise_and(dark, self._shadowed[4 * top : 4 * (top + high), 4 * left : 4 * (left + wide)])
        part = pixels[4 * top : 4 * (top + high), 4 * left : 4 * (left + wide)]
        part[:] = cv2.multiply(part, cv2.cvtColor(255 - dark, cv2.COLOR_GRAY2BGR), scale=1 / 255)
