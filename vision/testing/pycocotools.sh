#!/bin/sh
# Prints what pycocotools says of the sets of randomBoxes.ts: the values in ../averagePrecision.reference.test.ts.
# Usage: sh vision/testing/pycocotools.sh SEED... (needs Python 3, and pip to install two packages in a temporary folder)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pycocotools==2.0.11 numpy==2.4.6
cat > "$work/sets.ts" <<TS
import { LABELS, randomBoxes } from '$here/randomBoxes.ts';
const seeds = process.argv.slice(2).map(Number);
console.log(JSON.stringify({ labels: LABELS, sets: seeds.map((seed) => ({ seed, ...randomBoxes(seed) })) }));
TS
(cd "$here/../.." && node --import tsx "$work/sets.ts" "$@") > "$work/sets.json"
"$work/venv/bin/python" - "$work/sets.json" <<'PYTHON'
import contextlib, io, json, sys
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

data = json.load(open(sys.argv[1]))
labels = data["labels"]
number = {name: at + 1 for at, name in enumerate(labels)}
for one in data["sets"]:
    truth, found = COCO(), one["found"]
    images = sorted({box["image"] for box in one["truth"] + found})
    truth.dataset = {
        "info": {},
        "images": [{"id": image, "width": 800, "height": 600} for image in images],
        "categories": [{"id": number[name], "name": name} for name in labels],
        "annotations": [
            {"id": at + 1, "image_id": box["image"], "category_id": number[box["label"]], "bbox": box["box"],
             "area": box["area"], "iscrowd": int(box["isCrowd"])}
            for at, box in enumerate(one["truth"])
        ],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        results = truth.loadRes([
            {"image_id": box["image"], "category_id": number[box["label"]], "bbox": box["box"], "score": box["score"]}
            for box in found
        ])
        run = COCOeval(truth, results, "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    precision = run.eval["precision"][:, :, :, 0, 2]
    print(json.dumps({
        "seed": one["seed"],
        **dict(zip(["ap", "ap50", "ap75", "apSmall", "apMedium", "apLarge"], map(float, run.stats[:6]))),
        "ar": float(run.stats[8]),
        "labels": {name: [float(np.mean(precision[:, :, at])), float(np.mean(precision[0, :, at]))]
                   for at, name in enumerate(labels) if precision[0, 0, at] > -1},
    }))
PYTHON
