"""A fastai learner that a test exports, and what fastai itself says of photos.

    python learner.py PHOTOS OUT      writes OUT/learner.pkl and OUT/reference.json

It learns for a moment to tell crops of the photos from each other, with fastai's usual pieces and no pretrained
weights. Pictures are squished to a size that is no default, so that an export which guesses is found out.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from fastai.vision.all import (
    ImageDataLoaders,
    Learner,
    Normalize,
    Resize,
    ResizeMethod,
    aug_transforms,
    resnet18,
    set_seed,
)
from PIL import Image

PHOTO_SUFFIXES = {".jpg", ".png"}
CROPS = 16


def write_crops(photos: list[Path], folder: Path) -> None:
    """A folder of random crops for each photo, as `ImageDataLoaders.from_folder` reads them."""
    for file in photos:
        photo = Image.open(file).convert("RGB")
        (folder / file.stem).mkdir(parents=True)
        for number in range(CROPS):
            width, height = (random.randint(side // 2, side - 1) for side in photo.size)
            x, y = random.randint(0, photo.width - width), random.randint(0, photo.height - height)
            photo.crop((x, y, x + width, y + height)).save(folder / file.stem / f"{number}.png")


def main(photos_dir: Path, out: Path) -> None:
    set_seed(11)
    photos = sorted(file for file in photos_dir.iterdir() if file.suffix in PHOTO_SUFFIXES)
    write_crops(photos, out / "crops")
    dls = ImageDataLoaders.from_folder(
        out / "crops",
        valid_pct=0.25,
        seed=11,
        item_tfms=Resize((112, 144), ResizeMethod.Squish),
        batch_tfms=[*aug_transforms(), Normalize.from_stats((0.5, 0.4, 0.3), (0.2, 0.25, 0.3))],
        bs=16,
        num_workers=0,
    )
    learn = Learner(dls, resnet18(num_classes=len(dls.vocab)))
    with learn.no_bar(), learn.no_logging():
        learn.fit(4, 1e-3)
        predictions = learn.get_preds(dl=dls.test_dl(photos, num_workers=0))[0]
    learn.export((out / "learner.pkl").absolute())
    scores = {file.stem: row.tolist() for file, row in zip(photos, predictions)}
    (out / "reference.json").write_text(json.dumps(scores), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
