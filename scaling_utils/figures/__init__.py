"""The figures: house style (`style`) and the registry that makes each one citable (`registry`)."""

from scaling_utils.figures.registry import FIGURES_DIR as FIGURES_DIR
from scaling_utils.figures.registry import PublishedFigure as PublishedFigure
from scaling_utils.figures.registry import publish as publish
from scaling_utils.figures.style import GRID as GRID
from scaling_utils.figures.style import INK as INK
from scaling_utils.figures.style import MUTED as MUTED
from scaling_utils.figures.style import PALETTE as PALETTE
from scaling_utils.figures.style import QUANTITY as QUANTITY
from scaling_utils.figures.style import RAMP as RAMP
from scaling_utils.figures.style import count_axis as count_axis
from scaling_utils.figures.style import count_label as count_label
from scaling_utils.figures.style import forest as forest
from scaling_utils.figures.style import is_narrow as is_narrow
from scaling_utils.figures.style import note as note
from scaling_utils.figures.style import panels as panels
from scaling_utils.figures.style import plain_axis as plain_axis
