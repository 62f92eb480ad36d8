"""Trains an autoencoder of normal operation and writes it as ONNX, ready for `tep models import` and `tep evaluate --onnx`.

    tep simulate --batch training/autoencoder/normal.toml --out normal
    python training/autoencoder/train.py normal/*.csv.gz --out training/autoencoder/autoencoder.onnx

What TEP wants of a network: one input and one output, both `[rows, tags]` of 32 or 64 bit floating point, both in the tags' own
units. Scaling is part of the network, so nobody can forget it. The property `tep.tags` names the columns. Limits are no part of it:
TEP takes them from normal rows that the network has not seen.

The same files, versions and seed give the same network.
"""

import argparse
import csv
import gzip
import hashlib
import json
import pathlib

import numpy as np
import onnx
import sklearn
from onnx import TensorProto, helper, numpy_helper
from sklearn.neural_network import MLPRegressor

TAGS = [f"XMEAS_{n}" for n in range(1, 23)] + [f"XMV_{n}" for n in range(1, 12)]


def rows_of(path, tags):
    """The columns of one file, by name, in whatever order it has them."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as file:
        reader = csv.reader(file)
        heading = next(reader)
        missing = [tag for tag in tags if tag not in heading]
        if missing:
            raise SystemExit(f"{path} has no column {', '.join(missing)}")
        columns = [heading.index(tag) for tag in tags]
        values = np.array([[float(row[column]) for column in columns] for row in reader])
    if not np.isfinite(values).all():
        raise SystemExit(f"{path} holds values that are no numbers")
    return values


def network(model, mean, deviation, tags, about):
    """Scaling, the layers, and the scaling back, as operators of ONNX that every runtime has."""
    single = lambda name, values: numpy_helper.from_array(np.asarray(values, dtype=np.float32), name)
    weights = [single("mean", mean), single("deviation", deviation)]
    nodes = [helper.make_node("Sub", ["row", "mean"], ["centred"]), helper.make_node("Div", ["centred", "deviation"], ["z0"])]
    last = len(model.coefs_) - 1
    for n, (matrix, offset) in enumerate(zip(model.coefs_, model.intercepts_)):
        weights += [single(f"w{n}", matrix), single(f"b{n}", offset)]
        into = f"z{n + 1}" if n == last else f"a{n + 1}"
        nodes.append(helper.make_node("Gemm", [f"z{n}", f"w{n}", f"b{n}"], [into]))
        if n < last:
            nodes.append(helper.make_node("Tanh", [into], [f"z{n + 1}"]))
    nodes.append(helper.make_node("Mul", [f"z{last + 1}", "deviation"], ["scaled"]))
    nodes.append(helper.make_node("Add", ["scaled", "mean"], ["reconstructed"]))
    shape = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", len(tags)])
    graph = helper.make_graph(nodes, "autoencoder", [shape("row")], [shape("reconstructed")], weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="tep/training/autoencoder")
    made.ir_version = 8
    helper.set_model_props(made, {"tep.tags": ",".join(tags), **about})
    onnx.checker.check_model(made, full_check=True)
    return made


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("files", nargs="+", type=pathlib.Path, help="runs of normal operation, .csv or .csv.gz")
    arguments.add_argument("--out", required=True, type=pathlib.Path, help="the ONNX file to write")
    arguments.add_argument("--tags", default=",".join(TAGS), help="the columns to use")
    arguments.add_argument("--layers", default="24,12,24", help="neurons of the hidden layers; the narrowest is the code")
    arguments.add_argument("--reference", type=pathlib.Path, help="also write some rows with their reconstructions, as JSON")
    arguments.add_argument("--seed", default=1, type=int)
    asked = arguments.parse_args()
    tags = [tag.strip() for tag in asked.tags.split(",")]
    layers = tuple(int(layer) for layer in asked.layers.split(","))

    files = sorted(asked.files)
    runs = [rows_of(path, tags) for path in files]
    rows = np.vstack(runs)
    # Whole runs are held out, one in eight, only to say how well rows are reconstructed that were not fitted.
    held_out = [n for n in range(len(runs)) if n % 8 == 7]
    fitted = np.vstack([run for n, run in enumerate(runs) if n not in held_out])
    mean, deviation = fitted.mean(axis=0), fitted.std(axis=0)
    still = [tag for tag, spread in zip(tags, deviation) if spread == 0]
    if still:
        raise SystemExit(f"these columns never change: {', '.join(still)}")
    z = (fitted - mean) / deviation
    model = MLPRegressor(hidden_layer_sizes=layers, activation="tanh", alpha=1e-4, batch_size=256, max_iter=200, tol=1e-5, n_iter_no_change=8,
                         random_state=asked.seed)
    model.fit(z, z)

    digest = hashlib.sha256(rows.astype("<f8").tobytes()).hexdigest()
    about = {"trained_on": f"{len(files)} runs, {len(rows)} rows", "rows_sha256": digest, "layers": asked.layers,
             "scikit_learn": sklearn.__version__}
    made = network(model, mean, deviation, tags, about)
    asked.out.write_bytes(made.SerializeToString(deterministic=True))
    unseen = [(runs[n] - mean) / deviation for n in held_out] or [z]
    left = [float(((part - model.predict(part)) ** 2).mean()) for part in unseen]
    print(f"{asked.out}: {model.n_iter_} rounds, {sum(w.size for w in model.coefs_)} weights, "
          f"{np.mean((z - model.predict(z)) ** 2):.4f} of the variance left on fitted rows, {np.mean(left):.4f} on others")
    if asked.reference:
        some = (runs[held_out[0]] if held_out else rows)[::97][:8]
        back = model.predict((some - mean) / deviation) * deviation + mean
        # What double precision of the computation may differ by, in the unit of each tag.
        told = {"tags": tags, "deviation": deviation.tolist(), "rows": some.tolist(), "reconstructed": back.tolist()}
        asked.reference.write_text(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
