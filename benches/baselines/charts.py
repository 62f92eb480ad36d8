"""The VAR charts in numpy: what `benches/charts.rs` is compared with.

    python3 benches/baselines/charts.py DIRECTORY

The directory holds model.json (a model as TEP keeps it) and rows.f64 (rows of doubles). Prints samples a second one at a
time and in batch, then the statistics of the last row, one a chart. It needs numpy, and uses one core.
"""

import json
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

import numpy as np  # noqa: E402  (the number of threads is read at import)

ROUNDS = 5


class Charts:
    def __init__(self, model):
        lens = model["lens"]
        shape = lens["shape"]
        self.width, self.lags, self.memory = shape["width"], shape["lags"], shape["memory"]
        self.mean, self.scale = np.array(lens["mean"]), 1.0 / np.array(lens["deviation"])
        self.offset = np.array(lens["offset"])
        # By columns in the model: one column for each entry of the window, oldest row first, then the means.
        self.weights = np.array(lens["weights"]).reshape(-1, len(self.offset))
        self.smoothing = [chart["gauge"]["smoothing"] for chart in model["charts"]]
        self.longest = np.array(model["longest_stillness"])

    def restart(self):
        self.rows = []
        self.means = [np.zeros(self.width) for _ in self.memory]
        self.shifts = [np.zeros(self.width) for _ in self.smoothing]
        self.values = [float(self.width) for _ in self.smoothing]
        self.last, self.repeats = np.full(self.width, np.nan), np.zeros(self.width)

    def push(self, row):
        self.repeats = np.where(row == self.last, self.repeats + 1.0, 0.0)
        self.last = row
        z = (row - self.mean) * self.scale
        self.rows.append(z)
        result = None
        if len(self.rows) > self.lags:
            self.rows = self.rows[-self.lags - 1 :]
            y = np.concatenate(self.rows + self.means) @ self.weights + self.offset
            result = [self.statistic(n, y) for n in range(len(self.smoothing))]
        for n, factor in enumerate(self.memory):
            self.means[n] = self.means[n] + factor * (z - self.means[n])
        return result

    def statistic(self, n, y):
        how = self.smoothing[n]
        if how["of"] == "stillness":
            return float(np.maximum(self.repeats - self.longest, 0.0).max())
        if how["of"] == "none":
            return float(y @ y)
        if how["of"] == "squares":
            value = y @ y
        else:
            vector = how["vector"]
            self.shifts[n] = self.shifts[n] + vector * (y - self.shifts[n])
            value = (2.0 - vector) / vector * (self.shifts[n] @ self.shifts[n])
        self.values[n] += how["factor"] * (value - self.values[n])
        return float(self.values[n])

    def batch(self, rows):
        z = (rows - self.mean) * self.scale
        count = len(z) - self.lags
        parts = [z[lag : lag + count] for lag in range(self.lags + 1)]
        for factor in self.memory:
            parts.append(smooth(np.vstack([np.zeros(self.width), z[:-1]]), factor, 0.0)[self.lags :])
        y = np.hstack(parts) @ self.weights + self.offset
        squares = np.einsum("ij,ij->i", y, y)
        return [self.statistics(how, rows, y, squares) for how in self.smoothing]

    def statistics(self, how, rows, y, squares):
        if how["of"] == "stillness":
            at = np.arange(len(rows))[:, None]
            moved = np.vstack([np.ones((1, self.width), bool), rows[1:] != rows[:-1]])
            repeats = at - np.maximum.accumulate(np.where(moved, at, 0), axis=0)
            return np.maximum(repeats - self.longest, 0).max(axis=1)[self.lags :]
        if how["of"] == "none":
            return squares
        if how["of"] == "squares":
            return smooth(squares, how["factor"], float(self.width))
        vector = how["vector"]
        shift = smooth(y, vector, 0.0)
        return smooth((2.0 - vector) / vector * np.einsum("ij,ij->i", shift, shift), how["factor"], float(self.width))


def smooth(values, factor, start):
    """An exponential mean. numpy has no recursion; with scipy it is one call, without it a matrix for each block."""
    if lfilter is not None:
        first = np.full((1,) + values.shape[1:], (1.0 - factor) * start)
        return lfilter([factor], [1.0, factor - 1.0], values, axis=0, zi=first)[0]
    size = 64
    powers = (1.0 - factor) ** np.arange(size)
    kernel = np.tril(factor * powers[np.maximum(np.subtract.outer(np.arange(size), np.arange(size)), 0)])
    result, state = np.empty_like(values), np.full(values.shape[1:], start)
    for at in range(0, len(values), size):
        part = values[at : at + size]
        n = len(part)
        decay = ((1.0 - factor) * powers[:n]).reshape((n,) + (1,) * (values.ndim - 1))
        result[at : at + n] = kernel[:n, :n] @ part + decay * state
        state = result[at + n - 1]
    return result


try:
    from scipy.signal import lfilter
except ImportError:
    lfilter = None


def best(work, samples):
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return samples / min(times), result


def main():
    directory = sys.argv[1]
    with open(os.path.join(directory, "model.json"), encoding="utf-8") as file:
        charts = Charts(json.load(file))
    rows = np.fromfile(os.path.join(directory, "rows.f64")).reshape(-1, charts.width)

    def one_by_one():
        charts.restart()
        for row in rows:
            last = charts.push(row)
        return last

    single, last = best(one_by_one, len(rows))
    batch, all_rows = best(lambda: charts.batch(rows), len(rows))
    worst = max(abs(values[-1] - value) / (1.0 + value) for values, value in zip(all_rows, last))
    if worst > 1e-9:
        sys.exit(f"one at a time and in batch differ by {worst}")
    print(single, batch, *last)


main()
