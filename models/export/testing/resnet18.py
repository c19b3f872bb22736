"""A ResNet-18 of torchvision that a test exports, and what torch itself says of photos.

    python resnet18.py PHOTOS OUT     writes model.pt, weights.pt, labels.txt, reference.json

Pretrained weights would have to be downloaded. Untrained ones score all labels nearly alike, so that the order of
labels would mean nothing: the network learns for a moment to tell crops of the photos from each other.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import torch
from PIL import Image
from torchvision import models, transforms

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
TRAINING_SIDE = 64
STEPS = 20
# Keeps the network from being so sure that all labels but one score 0.
LABEL_SMOOTHING = 0.4
PHOTO_SUFFIXES = {".jpg", ".png"}


def photos_in(folder: Path) -> dict[str, Image.Image]:
    files = sorted(file for file in folder.iterdir() if file.suffix in PHOTO_SUFFIXES)
    return {file.stem: Image.open(file).convert("RGB") for file in files}


def quarters(photo: Image.Image) -> list[Image.Image]:
    """The four corners, which overlap a little: each is a class of its own."""
    width, height = round(photo.width * 0.6), round(photo.height * 0.6)
    corners = [(x, y) for y in (0, photo.height - height) for x in (0, photo.width - width)]
    return [photo.crop((x, y, x + width, y + height)) for x, y in corners]


def train(classes: list[Image.Image]) -> torch.nn.Module:
    augment = transforms.Compose(
        [
            transforms.RandomResizedCrop(TRAINING_SIDE, scale=(0.3, 1)),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )
    model = models.resnet18(num_classes=len(classes)).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    truth = torch.arange(len(classes))
    for _ in range(STEPS):
        batch = torch.stack([augment(classes[line]) for line in truth.tolist()])
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(batch), truth, label_smoothing=LABEL_SMOOTHING).backward()
        optimizer.step()
    return model.eval()


def reference(model: torch.nn.Module, photo: Image.Image) -> list[float]:
    """Probabilities by torchvision's own transforms, from the photo to the end, without the export script."""
    prepare = transforms.Compose(
        [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    )
    with torch.no_grad():
        return torch.softmax(model(prepare(photo)[None]), dim=1)[0].tolist()


def headless() -> torch.nn.Module:
    """A network that gives embeddings, for `export.py resnet18.py:headless --task image-embedding`."""
    torch.manual_seed(5)
    model = models.resnet18()
    model.fc = torch.nn.Identity()
    return model


def main(photos_dir: Path, out: Path) -> None:
    torch.manual_seed(7)
    random.seed(7)
    photos = photos_in(photos_dir)
    corners = ("top left", "top right", "bottom left", "bottom right")
    labels = [f"{name} {corner}" for name in photos for corner in corners]
    model = train([quarter for photo in photos.values() for quarter in quarters(photo)])
    torch.save(model, out / "model.pt")
    torch.save(model.state_dict(), out / "weights.pt")
    (out / "labels.txt").write_text("\n".join(labels) + "\n", encoding="utf-8")
    scores = {name: reference(model, photo) for name, photo in photos.items()}
    (out / "reference.json").write_text(json.dumps(scores), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
