"""Draw the bars of the benchmark; runs in the peers' environment, which has matplotlib."""

import json
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt


def main() -> None:
    """Read ``{"path", "scripts", "scores": {name: [share, …]}}`` and write the picture."""
    data = json.load(sys.stdin)
    figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    names = list(data["scores"])
    width = 0.8 / len(data["scripts"])
    for place, script in enumerate(data["scripts"]):
        shares = [100 * data["scores"][name][place] for name in names]
        bars = axes.bar([x + place * width for x in range(len(names))], shares, width, label=script)
        axes.bar_label(bars, fmt="%.0f", fontsize=8, padding=1)
    axes.set_xticks([x + width for x in range(len(names))], names)
    axes.set_ylabel("phrases read right, %")
    axes.set_ylim(0, 112)
    axes.set_title("Money phrases, of those whose parts the reader says that it reads")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(ncols=3, frameon=False, loc="upper right")
    figure.savefig(data["path"], dpi=150)


if __name__ == "__main__":
    main()
