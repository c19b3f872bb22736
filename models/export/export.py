#!/usr/bin/env python3
"""Exports a PyTorch or fastai model as a folder that `npm run models -- add` takes.

Run it where torch lives:

    python export.py learner.pkl --pictures photos/ --out my-model/
    python export.py my_model.py:build --labels labels.txt --pictures photos/ --out my-model/

or, in a notebook:

    from export import export, export_learner
    export_learner(learn, pictures="photos/", out="my-model/")
    export(model, labels, pictures="photos/", out="my-model/")

The folder holds

    model.onnx          uint8 RGB [N, height, width, 3] named `image` in; out come `scores` float32 [N, labels], 0..1,
                        or `embedding` float32 [N, D]. Normalisation and softmax or sigmoid are inside. What an
                        importer has to know stands in its metadata, under `livelens.manifest`.
    labels.txt          one label a line, in the order of the scores
    goldens/NAME.png    pictures as the model sees them, after resize and crop, without loss
    goldens/NAME.json   what torch itself makes of them, with the model as it was before the export

It needs torch, PIL and numpy; with onnxruntime it runs the graph and compares. See README.md next to it.
"""

from __future__ import annotations

import argparse
import copy
import importlib.util
import inspect
import json
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps

TASKS = ("image-classification", "image-embedding")
FITS = ("crop", "stretch", "letterbox")
ACTIVATIONS = ("softmax", "sigmoid", "none")
EXPORTERS = ("auto", "dynamo", "legacy")

# The statistics of ImageNet, which torchvision, timm and fastai normalise with by default.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

PICTURE_SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
METADATA_KEY = "livelens.manifest"
MAX_LABEL_LENGTH = 200
LETTERBOX_GREY = (114, 114, 114)
# protobuf, which a .onnx file is, holds no more than this.
MAX_GRAPH_BYTES = 2**31 - 1
# Runtimes add up in another order than torch. What differs by more is another model.
MAX_DIFFERENCE = 1e-3
# Mean difference of two pictures, of 255, above which they were not fitted in the same way.
MAX_FIT_DIFFERENCE = 6.0


class ExportError(Exception):
    """What is wrong and what to do about it, for a person to read."""


@dataclass(frozen=True)
class Sample:
    """A picture as the model sees it: uint8 RGB [height, width, 3]."""

    name: str
    pixels: np.ndarray


@dataclass(frozen=True)
class Normalisation:
    """A pixel of 0..255 reaches the model as (value * scale - mean[channel]) / std[channel]."""

    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    scale: float = 1 / 255
    # The order in which the model wants its channels; mean and std are in this order too.
    channels: str = "RGB"

    def __post_init__(self) -> None:
        if len(self.mean) != 3 or len(self.std) != 3:
            raise ExportError(f"mean and std have three numbers each; got {self.mean} and {self.std}.")
        if min(self.std) <= 0 or self.scale <= 0:
            raise ExportError(f"std and scale are above 0; got {self.std} and {self.scale}.")
        if self.channels not in ("RGB", "BGR"):
            raise ExportError(f'channels is "RGB" or "BGR"; got "{self.channels}".')

    def apply(self, pixels: np.ndarray) -> torch.Tensor:
        """The way of the training loop, one step after the other; the deployed graph is compared with it.

        :param pixels: uint8 RGB [N, height, width, 3]
        :returns: float32 [N, 3, height, width]
        """
        if self.channels == "BGR":
            pixels = pixels[..., ::-1]
        values = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() * self.scale
        mean = torch.tensor(self.mean).view(1, 3, 1, 1)
        std = torch.tensor(self.std).view(1, 3, 1, 1)
        return (values - mean) / std

    def undo(self, values: np.ndarray) -> np.ndarray:
        """What the framework's transforms gave, as a picture again: rounded to whole pixel values.

        :param values: float [3, height, width], normalised
        :returns: uint8 RGB [height, width, 3]
        """
        mean = np.asarray(self.mean).reshape(3, 1, 1)
        std = np.asarray(self.std).reshape(3, 1, 1)
        pixels = (values.astype(np.float64) * std + mean) / self.scale
        rounded = np.rint(pixels).clip(0, 255).astype(np.uint8).transpose(1, 2, 0)
        return rounded[..., ::-1] if self.channels == "BGR" else rounded


class Deployed(torch.nn.Module):
    """A model with all per-pixel work inside: uint8 NHWC RGB in, scores or embeddings out."""

    def __init__(self, model: torch.nn.Module, normalisation: Normalisation, activation: str) -> None:
        super().__init__()
        self.model = model
        self.is_bgr = normalisation.channels == "BGR"
        self.scale = normalisation.scale
        self.activation = activation
        self.register_buffer("mean", torch.tensor(normalisation.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(normalisation.std).view(1, 3, 1, 1))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        values = image.permute(0, 3, 1, 2).to(torch.float32)
        if self.is_bgr:
            values = torch.flip(values, [1])
        return activate(tensor_of(self.model((values * self.scale - self.mean) / self.std)), self.activation)


def export(
    model: torch.nn.Module,
    labels: Sequence[str] | None,
    pictures: str | Path | Iterable[str | Path],
    out: str | Path,
    *,
    size: int | tuple[int, int] = 224,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    scale: float = 1 / 255,
    channels: str = "RGB",
    fit: str = "crop",
    crop: float = 0.875,
    transform: Callable[[Image.Image], Any] | None = None,
    task: str = "image-classification",
    activation: str | None = None,
    multi_label: bool = False,
    name: str | None = None,
    license: str | None = None,
    license_file: str | Path | None = None,
    max_goldens: int = 8,
    exporter: str = "auto",
    overwrite: bool = False,
) -> Path:
    """Writes the folder `out` for any nn.Module that takes float32 [N, 3, height, width].

    :param labels: in the order of the model's outputs; None for `image-embedding`
    :param pictures: a folder, or files; a few photos of what the model is for
    :param size: side of the model's input in pixels, or (height, width)
    :param mean, std, scale, channels: as in `Normalisation`
    :param fit: `crop` (torchvision's Resize and CenterCrop), `stretch` or `letterbox`
    :param crop: with `crop`: how much of the picture's middle is seen; 224 of 256 is 0.875
    :param transform: the framework's own, from a PIL picture to a PIL picture or to a tensor [3, height, width] that
        is normalised with `mean` and `std`, such as torchvision's `weights.transforms()`. Then `size`, `fit` and
        `crop` are taken from what it makes of the pictures.
    :param activation: `softmax`, `sigmoid` or, where the model ends in one of them, `none`. Left out: sigmoid with
        `multi_label`, else softmax unless the model's answers are probabilities already
    :param multi_label: several labels may hold at once
    :param license: SPDX identifier of the weights
    :param exporter: `dynamo` (torch.export), `legacy` (TorchScript), or `auto`: the first of them that works
    :returns: `out`
    :raises ExportError: with what to do about it
    """
    normalisation = Normalisation(tuple(map(float, mean)), tuple(map(float, std)), float(scale), channels)
    files = picture_files(pictures, max_goldens)
    if transform is None:
        check_choice("fit", fit, FITS)
        if not 0.1 <= crop <= 1:
            raise ExportError(f"crop is 0.1..1, the part of the picture that is seen; got {crop}.")
        height, width = (size, size) if isinstance(size, int) else size
        fitted = [fit_picture(open_picture(file), (width, height), fit, crop) for file in files]
    else:
        fitted = [pixels_of(transform(open_picture(file)), normalisation) for file in files]
        fit, crop = nearest_fit(files, fitted)
    samples = [Sample(*pair) for pair in zip(golden_names(files), fitted)]
    return write_folder(
        model,
        labels,
        samples,
        Path(out),
        normalisation=normalisation,
        fit=fit,
        crop=crop,
        task=task,
        activation=activation,
        multi_label=multi_label,
        name=name,
        license=license,
        license_file=license_file,
        exporter=exporter,
        overwrite=overwrite,
    )


def export_learner(
    learner: Any,
    pictures: str | Path | Iterable[str | Path],
    out: str | Path,
    *,
    max_goldens: int = 8,
    **options: Any,
) -> Path:
    """Writes the folder `out` for a fastai image classifier. Nothing has to be said twice: labels come from
    `dls.vocab`, size and normalisation from the pictures that the learner's own transforms give, softmax or sigmoid
    from its loss function. Options are `name`, `license`, `license_file`, `exporter` and `overwrite` of `export`.

    :param learner: a fastai `Learner`, as trained or from `load_learner`
    :raises ExportError: with what to do about it
    """
    files = picture_files(pictures, max_goldens)
    batch, normalisation = learner_batch(learner, files)
    fitted = [normalisation.undo(values) for values in batch]
    fit, crop = nearest_fit(files, fitted)
    activation = learner_activation(learner)
    return write_folder(
        learner.model,
        learner_labels(learner),
        [Sample(*pair) for pair in zip(golden_names(files), fitted)],
        Path(out),
        normalisation=normalisation,
        fit=fit,
        crop=crop,
        task="image-classification",
        activation=activation,
        multi_label=activation == "sigmoid",
        **options,
    )


def write_folder(
    model: torch.nn.Module,
    labels: Sequence[str] | None,
    samples: Sequence[Sample],
    out: Path,
    *,
    normalisation: Normalisation,
    fit: str,
    crop: float,
    task: str,
    activation: str | None,
    multi_label: bool,
    name: str | None = None,
    license: str | None = None,
    license_file: str | Path | None = None,
    exporter: str = "auto",
    overwrite: bool = False,
) -> Path:
    """What `export` and `export_learner` share, once the pictures are as the model sees them."""
    check_choice("task", task, TASKS)
    check_choice("exporter", exporter, EXPORTERS)
    if out.exists() and (not out.is_dir() or any(out.iterdir())) and not overwrite:
        raise ExportError(f"{out} is there already. Name another folder, or say --overwrite (overwrite=True).")
    original = inference_copy(model)
    pixels = np.stack([sample.pixels for sample in samples])
    logits = run_original(original, normalisation, pixels)
    if task == "image-embedding":
        if labels:
            raise ExportError("An embedding has no labels: leave them out, or say --task image-classification.")
        activation = "none"
    else:
        labels = checked_labels(labels, logits)
        activation = checked_activation(activation, logits, multi_label)
    expected = activate(logits, activation).numpy()
    recorded_by = f"torch {torch.__version__}"
    hints = {
        "task": task,
        "name": name,
        "labels": labels or None,
        "scale": 1,
        "mean": [0, 0, 0],
        "std": [1, 1, 1],
        "layout": "NHWC",
        "channels": "RGB",
        "fit": fit,
        "crop": crop if fit == "crop" else None,
        "resample": "antialiased",
        "activation": "none",
        "multiLabel": multi_label if task == "image-classification" else None,
        "license": license,
        "recordedBy": recorded_by,
    }

    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as staging:
        made = Path(staging) / "made"
        (made / "goldens").mkdir(parents=True)
        graph = made / "model.onnx"
        output = "scores" if task == "image-classification" else "embedding"
        with torch.no_grad():
            how = write_graph(Deployed(original, normalisation, activation).eval(), pixels, graph, output, exporter)
        add_metadata(graph, METADATA_KEY, json.dumps({k: v for k, v in hints.items() if v is not None}))
        if labels:
            (made / "labels.txt").write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")
        if license_file is not None:
            try:
                shutil.copyfile(license_file, made / "LICENSE")
            except OSError as error:
                raise ExportError(f"The licence could not be copied: {error}") from error
        for sample, values in zip(samples, expected):
            write_golden(made / "goldens", sample, recorded_by, output, values)
        verdict = check_graph(graph, pixels, expected)
        move_into(made, out)

    height, width = pixels.shape[1:3]
    say(f"{out}: {task}, {width}x{height}, {expected.shape[1]} {output}, {len(samples)} goldens by {recorded_by}.")
    say(f"Pictures are fitted by {fit}{f' {crop:g}' if fit == 'crop' else ''}; the last step is {activation}; {how}.")
    say(verdict)
    say("Next: drop this folder into the models panel of your Livelens page, or, in the folder of Livelens:")
    say(f"    npm run models -- add {shlex.quote(str(out.resolve()))}")
    return out


# Pictures


def picture_files(pictures: str | Path | Iterable[str | Path], at_most: int) -> list[Path]:
    """Those of a folder, also below it, or those that are named; where there are too many, some from all over."""
    if isinstance(pictures, (str, Path)):
        folder = Path(pictures)
        if not folder.is_dir():
            raise ExportError(f"{folder} is no folder. Name one with a few photos of what the model is for.")
        files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in PICTURE_SUFFIXES)
    else:
        files = [Path(file) for file in pictures]
    if not files:
        raise ExportError(f"No pictures in {pictures}. A few photos of what the model is for are needed.")
    if at_most < 1:
        raise ExportError(f"At least one golden is needed; got {at_most}.")
    every = max(1, len(files) / at_most)
    return [files[int(at * every)] for at in range(min(at_most, len(files)))]


def open_picture(file: Path) -> Image.Image:
    try:
        with Image.open(file) as picture:
            return ImageOps.exif_transpose(picture).convert("RGB")
    except OSError as error:
        raise ExportError(f"{file} could not be read as a picture: {error}") from error


def fit_picture(picture: Image.Image, input_size: tuple[int, int], fit: str, crop: float) -> np.ndarray:
    """As torchvision does it: the shorter side is brought to size / crop, the middle is cut out.

    :param input_size: (width, height)
    :returns: uint8 RGB [height, width, 3]
    """
    width, height = input_size
    if fit == "stretch":
        return np.asarray(picture.resize(input_size, Image.BILINEAR))
    if fit == "letterbox":
        scale = min(width / picture.width, height / picture.height)
        inner = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        sheet = Image.new("RGB", input_size, LETTERBOX_GREY)
        sheet.paste(picture.resize(inner, Image.BILINEAR), ((width - inner[0]) // 2, (height - inner[1]) // 2))
        return np.asarray(sheet)
    cover = (round(width / crop), round(height / crop))
    if picture.width * cover[1] > picture.height * cover[0]:
        cover = (int(cover[1] * picture.width / picture.height), cover[1])
    else:
        cover = (cover[0], int(cover[0] * picture.height / picture.width))
    cover = (max(width, cover[0]), max(height, cover[1]))
    left, top = round((cover[0] - width) / 2), round((cover[1] - height) / 2)
    return np.asarray(picture.resize(cover, Image.BILINEAR).crop((left, top, left + width, top + height)))


def pixels_of(transformed: Any, normalisation: Normalisation) -> np.ndarray:
    """What a framework's transform gave, as uint8 RGB [height, width, 3]."""
    if isinstance(transformed, Image.Image):
        return np.asarray(transformed.convert("RGB"))
    values = np.asarray(transformed)
    if values.ndim != 3 or values.shape[0] != 3:
        raise ExportError(f"The transform gives {values.shape}; a picture or a tensor [3, height, width] is needed.")
    return normalisation.undo(values)


def nearest_fit(files: Sequence[Path], fitted: Sequence[np.ndarray]) -> tuple[str, float]:
    """Which fit makes of the files what the framework's transforms made of them, found by trying.

    :returns: fit and crop
    """
    if len({pixels.shape for pixels in fitted}) != 1:
        sizes = sorted({f"{pixels.shape[1]}x{pixels.shape[0]}" for pixels in fitted})
        raise ExportError(
            f"The transforms give pictures of several sizes ({', '.join(sizes)}); crop or pad them to one."
        )
    height, width = fitted[0].shape[:2]
    # Steps of 1/80 meet what is usual (0.875, 0.95), and are three pixels of 224.
    crops = [round(1 - step / 80, 4) for step in range(33)]
    ways = [("crop", crop) for crop in crops] + [("stretch", 1.0), ("letterbox", 1.0)]
    pictures = [open_picture(file) for file in files]

    def difference(way: tuple[str, float]) -> float:
        made = (fit_picture(picture, (width, height), *way) for picture in pictures)
        return float(np.mean([np.abs(a.astype(int) - b.astype(int)).mean() for a, b in zip(made, fitted)]))

    best = min(ways, key=difference)
    least = difference(best)
    if least > MAX_FIT_DIFFERENCE:
        warn(
            f"What the transforms give is {least:.0f} of 255 away from the nearest that Livelens can do with a live "
            f"picture ({best[0]} {best[1]:g}). Goldens will agree; live pictures will look different to the model than "
            "in training. Use a plain resize and crop for validation, or fit them yourself."
        )
    return best


def golden_names(files: Sequence[Path]) -> list[str]:
    """A name for each file, fit for a path on every system, and each only once."""
    names: list[str] = []
    for file in files:
        base = re.sub(r"[^A-Za-z0-9]+", "-", file.stem).strip("-").lower()[:40] or "picture"
        names.append(base if base not in names else f"{base}-{len(names) + 1}")
    return names


# The model


def inference_copy(model: torch.nn.Module) -> torch.nn.Module:
    """The model on the CPU, in float32 and evaluation mode; the caller's own stays as it is."""
    if not isinstance(model, torch.nn.Module):
        kind = type(model).__name__
        raise ExportError(
            f"An nn.Module is needed, got {kind}."
            + (" A state_dict is only weights: build the model and load them into it." if kind.endswith("Dict") else "")
        )
    return copy.deepcopy(model).cpu().float().eval()


def tensor_of(output: Any) -> torch.Tensor:
    """The one tensor that counts in what a model gives: Transformers' models wrap it, others give several."""
    if isinstance(output, torch.Tensor):
        return output
    for field in ("logits", "image_embeds", "pooler_output"):
        if isinstance(getattr(output, field, None), torch.Tensor):
            return getattr(output, field)
    if isinstance(output, (tuple, list)) and output and isinstance(output[0], torch.Tensor):
        return output[0]
    raise ExportError(f"The model gives {type(output).__name__}; wrap it in an nn.Module that gives one tensor [N, C].")


def activate(logits: torch.Tensor, activation: str) -> torch.Tensor:
    if activation == "softmax":
        return torch.softmax(logits, dim=1)
    return torch.sigmoid(logits) if activation == "sigmoid" else logits


def run_original(model: torch.nn.Module, normalisation: Normalisation, pixels: np.ndarray) -> torch.Tensor:
    """What the model gives for each picture on its own: float32 [N, C], before softmax or sigmoid."""
    with torch.no_grad():
        try:
            rows = [tensor_of(model(normalisation.apply(pixels[at : at + 1]))) for at in range(len(pixels))]
        except (RuntimeError, TypeError, ValueError) as error:
            height, width = pixels.shape[1:3]
            raise ExportError(
                f"The model does not take a picture [1, 3, {height}, {width}] as float32: {first_line(error)} "
                "Is the size right (--size)?"
            ) from error
    logits = torch.cat(rows).float()
    if logits.ndim != 2 or len(logits) != len(pixels):
        raise ExportError(
            f"For one picture [1, C] is needed, the model gives {list(rows[0].shape)}. Classifiers and embeddings are "
            "exported here; detectors come as ONNX from their own tools."
        )
    if not torch.isfinite(logits).all():
        raise ExportError("The model gives NaN or infinity for these pictures; are its weights loaded?")
    return logits


def checked_labels(labels: Sequence[str] | None, logits: torch.Tensor) -> list[str]:
    if labels is None or isinstance(labels, str):
        raise ExportError("Labels are needed, in the order of the model's outputs: a list, or --labels labels.txt.")
    names = [str(label).strip() for label in labels]
    if len(names) != logits.shape[1]:
        hint = ""
        if logits.shape[1] == 1:
            hint = " A single sigmoid output is exported with one label and --multi-label."
        raise ExportError(f"{len(names)} labels, but the model has {logits.shape[1]} outputs.{hint}")
    for line, label in enumerate(names, 1):
        if not label or len(label.splitlines()) != 1 or len(label) > MAX_LABEL_LENGTH:
            raise ExportError(f"Label {line} is {label!r}; each is one line of 1 to {MAX_LABEL_LENGTH} characters.")
    return names


def checked_activation(activation: str | None, logits: torch.Tensor, multi_label: bool) -> str:
    """Decides what turns the outputs into scores; softmax twice gives nearly the same score for everything."""
    if activation is not None:
        check_choice("activation", activation, ACTIVATIONS)
    in_range = bool(((logits >= 0) & (logits <= 1)).all())
    sums_to_1 = in_range and bool(((logits.sum(dim=1) - 1).abs() < 1e-3).all())
    if activation is None:
        if multi_label:
            activation = "sigmoid"
        elif sums_to_1:
            say("The model's outputs are probabilities already: no softmax is added.")
            activation = "none"
        else:
            activation = "softmax"
    if activation == "softmax" and multi_label:
        raise ExportError("Scores of a softmax sum to 1, so only one label can hold: leave out --multi-label.")
    if activation == "softmax" and sums_to_1:
        warn("The model ends in a softmax and gets another one; say --activation none.")
    if activation == "sigmoid" and in_range:
        warn("All outputs are within 0..1 already: if the model ends in a sigmoid, say --activation none.")
    if activation == "none" and not (in_range if multi_label else sums_to_1):
        least, most = float(logits.min()), float(logits.max())
        needed = "within 0..1" if multi_label else "within 0..1 with a sum of 1"
        raise ExportError(
            f"With --activation none the model's outputs must be {needed}; they are {least:.3g} to {most:.3g}. "
            f"Say --activation {'sigmoid' if multi_label else 'softmax'}."
        )
    return activation


# fastai


def load_fastai(file: Path) -> Any:
    """A learner that `learn.export` wrote. Loading one runs code that it names: only load your own."""
    if not file.is_file():
        raise ExportError(f"{file} is not there.")
    try:
        from fastai.learner import load_learner
    except ImportError as error:
        raise ExportError(f"fastai is needed to read {file}: pip install fastai ({error})") from error
    try:
        return load_learner(file, cpu=True)
    except AttributeError as error:
        raise ExportError(
            f"{file} names a function that is not here ({error}): fastai keeps only the names of functions such as "
            "label_func. In the notebook where they are, call export_learner(learn, pictures, out) instead."
        ) from error
    except Exception as error:  # Unpickling raises what the pickled classes raise.
        raise ExportError(
            f"fastai could not read {file}: {type(error).__name__}: {first_line(error)} Learners are read by the "
            "versions of fastai and torch, and on the kind of system, that wrote them. There, or in the notebook, call "
            "export_learner(learn, pictures, out)."
        ) from error


def learner_batch(learner: Any, files: Sequence[Path]) -> tuple[np.ndarray, Normalisation]:
    """The pictures as the learner's validation transforms give them: float32 [N, 3, height, width], normalised."""
    try:
        loader = learner.dls.test_dl(list(files), num_workers=0)
        batch = torch.cat([as_plain(one[0] if isinstance(one, (tuple, list)) else one) for one in loader])
    except Exception as error:  # Transforms are user code and may raise anything.
        raise ExportError(
            f"The learner's own transforms do not take picture files: {type(error).__name__}: {first_line(error)} "
            "Learners that were made from a table want rows. Use export(learn.model, learn.dls.vocab, pictures, out, "
            "size=…, fit=…, crop=1) and say what the transforms do."
        ) from error
    if batch.ndim != 4 or batch.shape[1] != 3:
        raise ExportError(f"Pictures of three channels are needed; this learner sees {list(batch.shape)}.")
    return batch.numpy(), learner_normalisation(loader)


def as_plain(tensor: torch.Tensor) -> torch.Tensor:
    """Without the subclass that fastai gives its tensors."""
    return torch.from_numpy(np.array(tensor.detach().cpu().float().numpy()))


def learner_normalisation(loader: Any) -> Normalisation:
    """mean and std of the `Normalize` among the batch transforms; without one, pixels only become 0..1."""
    for step in loader.after_batch.fs:
        mean, std = getattr(step, "mean", None), getattr(step, "std", None)
        if type(step).__name__ == "Normalize" and mean is not None and std is not None:
            return Normalisation(*(tuple(as_plain(values).flatten().tolist()) for values in (mean, std)))
    return Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def learner_labels(learner: Any) -> list[str]:
    vocab = list(learner.dls.vocab)
    if any(isinstance(entry, (list, tuple)) or type(entry).__name__ in ("CategoryMap", "L") for entry in vocab):
        raise ExportError("The learner answers several questions at once; export one head of it with export(…).")
    return [str(entry) for entry in vocab]


def learner_activation(learner: Any) -> str:
    """What the learner's loss function does to outputs when it predicts, found by trying it."""
    activation = getattr(learner.loss_func, "activation", None)
    if activation is None:
        # torch's own losses say nothing of it.
        kind = type(learner.loss_func).__name__
        known = {"CrossEntropyLoss": "softmax", "BCEWithLogitsLoss": "sigmoid"}.get(kind)
        if known is None:
            raise ExportError(f"What turns outputs into scores is not known for {kind}; use export(…, activation=…).")
        return known
    probe = torch.tensor([[-2.0, 0.5, 3.0]])
    found = as_plain(activation(probe))
    for candidate in ACTIVATIONS:
        if torch.allclose(found, activate(probe, candidate), atol=1e-6):
            return candidate
    raise ExportError("The learner's loss function turns outputs into scores in a way of its own; use export(…).")


# The graph


def write_graph(deployed: Deployed, pixels: np.ndarray, file: Path, output: str, exporter: str) -> str:
    """Writes the .onnx file, batch size open.

    :returns: how, in words
    :raises ExportError: with what each exporter said
    """
    # Two pictures: an exporter takes a batch of one for a constant.
    example = torch.from_numpy(np.ascontiguousarray(np.concatenate([pixels, pixels])[:2]))
    failures: list[str] = []
    for which in exporters() if exporter == "auto" else [exporter]:
        try:
            opset = EXPORT[which](deployed, example, file, output)
        except Exception as error:  # Exporters raise dozens of kinds; whichever it is, the other may work.
            failures.append(f"{which}: {type(error).__name__}: {first_line(error)}")
            continue
        if file.stat().st_size > MAX_GRAPH_BYTES:
            raise ExportError("The graph has over 2 GB, more than one .onnx file can hold; take a smaller model.")
        if failures:
            say(f"Exported in the other way, because the first one failed. {failures[0]}")
        return f"opset {opset}, {which} exporter"
    raise ExportError("torch could not export the model. " + " / ".join(failures))


def exporters() -> list[str]:
    """Those that this torch has, the one it recommends first."""
    has_dynamo = "dynamic_shapes" in inspect.signature(torch.onnx.export).parameters
    has_onnxscript = importlib.util.find_spec("onnxscript") is not None
    return ["dynamo", "legacy"] if has_dynamo and has_onnxscript else ["legacy"]


def export_dynamo(deployed: Deployed, example: torch.Tensor, file: Path, output: str) -> int:
    opset = 18  # What its operators are written for; other opsets are converted from it.
    torch.onnx.export(
        deployed,
        (example,),
        str(file),
        input_names=["image"],
        output_names=[output],
        dynamic_shapes=({0: torch.export.Dim("N")},),
        opset_version=opset,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    return opset


def export_legacy(deployed: Deployed, example: torch.Tensor, file: Path, output: str) -> int:
    opset = 17
    has_choice = "dynamo" in inspect.signature(torch.onnx.export).parameters
    torch.onnx.export(
        deployed,
        (example,),
        str(file),
        input_names=["image"],
        output_names=[output],
        dynamic_axes={"image": {0: "N"}, output: {0: "N"}},
        opset_version=opset,
        **({"dynamo": False} if has_choice else {}),
    )
    return opset


EXPORT: dict[str, Callable[[Deployed, torch.Tensor, Path, str], int]] = {
    "dynamo": export_dynamo,
    "legacy": export_legacy,
}


def add_metadata(file: Path, key: str, value: str) -> None:
    """Adds to the graph's metadata_props, without the `onnx` package: a protobuf message may be continued at its
    end, and repeated fields of both parts count.

    https://github.com/onnx/onnx/blob/main/onnx/onnx.proto: ModelProto.metadata_props is field 14,
    StringStringEntryProto has key 1 and value 2
    """
    entry = protobuf_bytes(1, key.encode()) + protobuf_bytes(2, value.encode())
    with file.open("ab") as graph:
        graph.write(protobuf_bytes(14, entry))


def protobuf_bytes(field: int, content: bytes) -> bytes:
    """A length-delimited field, https://protobuf.dev/programming-guides/encoding/."""

    def varint(number: int) -> Iterator[int]:
        while number > 0x7F:
            yield number & 0x7F | 0x80
            number >>= 7
        yield number

    return bytes([*varint(field << 3 | 2), *varint(len(content))]) + content


def check_graph(file: Path, pixels: np.ndarray, expected: np.ndarray) -> str:
    """Runs the written graph with onnxruntime, picture by picture and all at once.

    :returns: the verdict, in words
    :raises ExportError: if the graph gives something else than torch
    """
    try:
        import onnxruntime
    except ImportError:
        return (
            "NOT CHECKED: this Python has no onnxruntime (pip install onnxruntime), so the graph was written but never "
            "run. Adding it to Livelens runs it on the goldens."
        )
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    singly = np.concatenate([session.run(None, {"image": pixels[at : at + 1]})[0] for at in range(len(pixels))])
    together = session.run(None, {"image": pixels})[0]
    scale = max(1.0, float(np.abs(expected).max()))
    largest = max(float(np.abs(found - expected).max()) for found in (singly, together)) / scale
    same_top = int((singly.argmax(axis=1) == expected.argmax(axis=1)).sum())
    if not largest <= MAX_DIFFERENCE:
        raise ExportError(
            f"The graph differs from torch by {largest:.2g} under onnxruntime {onnxruntime.__version__}; nothing was "
            "written. Try the other --exporter. Layers that draw random numbers, or that loop depending on what they "
            "see, cannot be exported."
        )
    return (
        f"onnxruntime {onnxruntime.__version__} agrees with torch: largest difference {largest:.1e}, "
        f"the same first on {same_top} of {len(pixels)} pictures, singly and as one batch of {len(pixels)}."
    )


# Files


def write_golden(folder: Path, sample: Sample, recorded_by: str, output: str, values: np.ndarray) -> None:
    Image.fromarray(sample.pixels).save(folder / f"{sample.name}.png", optimize=True)
    # Nine digits bring every float32 back as it was. Sums may leave 0..1 by a rounding.
    rounded = [float(f"{value:.9g}") for value in (values.clip(0, 1) if output == "scores" else values)]
    golden = {"recordedBy": recorded_by, output: rounded}
    (folder / f"{sample.name}.json").write_text(json.dumps(golden) + "\n", encoding="utf-8")


def move_into(made: Path, out: Path) -> None:
    """Puts the finished files where they belong, in place of those of an earlier export."""
    out.mkdir(exist_ok=True)
    for name in ("model.onnx", "labels.txt", "LICENSE"):
        (out / name).unlink(missing_ok=True)
    shutil.rmtree(out / "goldens", ignore_errors=True)
    for entry in made.iterdir():
        shutil.move(str(entry), str(out / entry.name))


# The command line


def load_model(source: str) -> torch.nn.Module:
    """`FILE.py:FUNCTION` calls the function, which returns the model; `FILE.pt` or `.pth` is a whole model."""
    path, _, function = source.rpartition(":")
    if path.endswith(".py"):
        return model_from_code(Path(path), function)
    file = Path(source)
    if file.suffix not in (".pt", ".pth"):
        raise ExportError(
            f"{source}: a fastai learner (.pkl), FILE.py:FUNCTION or a whole model (.pt, .pth) is needed."
        )
    if not file.is_file():
        raise ExportError(f"{file} is not there.")
    # Newer torch reads only weights unless the file is declared as trusted; older torch does not know the word.
    trusted = {"weights_only": False} if "weights_only" in inspect.signature(torch.load).parameters else {}
    loaded = torch.load(file, map_location="cpu", **trusted)
    if isinstance(loaded, torch.nn.Module):
        return loaded
    raise ExportError(
        f"{file} holds {type(loaded).__name__}, not a model: weights without the code that they belong to. Write "
        "a file my_model.py with a function that builds the model, loads them with load_state_dict and returns it, "
        "and name it as my_model.py:FUNCTION."
    )


def model_from_code(file: Path, function: str) -> torch.nn.Module:
    if not file.is_file():
        raise ExportError(f"{file} is not there.")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ExportError(f"{file} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    # As `python FILE` does, so that the file finds its neighbours.
    sys.path.insert(0, str(file.resolve().parent))
    spec.loader.exec_module(module)
    build = getattr(module, function, None)
    if not callable(build):
        raise ExportError(f'{file} has no function "{function}".')
    return build()


def read_labels(file: Path | None) -> list[str] | None:
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8-sig").rstrip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ExportError(f"{file} could not be read as text, one label a line: {error}") from error


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Exports a PyTorch or fastai model for `npm run models -- add`.")
    parser.add_argument("model", help="learner.pkl of fastai, FILE.py:FUNCTION, or a whole model as .pt or .pth")
    parser.add_argument("--pictures", required=True, type=Path, help="folder with photos of what the model is for")
    parser.add_argument("--out", required=True, type=Path, help="folder to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export in --out")
    parser.add_argument("--goldens", type=int, default=8, help="how many pictures become goldens (8)")
    parser.add_argument("--name", help="what people call the model")
    parser.add_argument("--license", help="SPDX identifier of the weights, such as Apache-2.0")
    parser.add_argument("--license-file", type=Path, help="text of the licence, copied along")
    parser.add_argument("--exporter", choices=EXPORTERS, default="auto")
    plain = parser.add_argument_group("not for fastai, where the learner says it")
    plain.add_argument("--task", choices=TASKS, help="(image-classification)")
    plain.add_argument("--labels", type=Path, help="file with one label a line, in the order of the outputs")
    plain.add_argument("--size", type=int, nargs="+", metavar="PIXELS", help="side, or height and width (224)")
    plain.add_argument("--mean", type=float, nargs=3, help="of R, G and B after --scale (ImageNet's)")
    plain.add_argument("--std", type=float, nargs=3, help="of R, G and B after --scale (ImageNet's)")
    plain.add_argument("--scale", type=float, help="what pixels of 0..255 are multiplied with first (1/255)")
    plain.add_argument("--channels", choices=("RGB", "BGR"), help="order that the model was trained with (RGB)")
    plain.add_argument("--fit", choices=FITS, help="(crop)")
    plain.add_argument("--crop", type=float, help="part of the picture that --fit crop sees (0.875)")
    plain.add_argument("--activation", choices=ACTIVATIONS, help="what turns outputs into scores")
    plain.add_argument("--multi-label", action="store_true", default=None, help="several labels may hold at once")
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> None:
    shared = {
        "max_goldens": args.goldens,
        "name": args.name,
        "license": args.license,
        "license_file": args.license_file,
        "exporter": args.exporter,
        "overwrite": args.overwrite,
    }
    said = ("task", "size", "mean", "std", "scale", "channels", "fit", "crop", "activation", "multi_label", "labels")
    plain = {key: getattr(args, key) for key in said if getattr(args, key) is not None}
    if Path(args.model).suffix == ".pkl":
        if plain:
            flags = ", ".join(f"--{key.replace('_', '-')}" for key in plain)
            raise ExportError(f"A fastai learner says it itself: leave out {flags}.")
        export_learner(load_fastai(Path(args.model)), args.pictures, args.out, **shared)
        return
    labels = read_labels(plain.pop("labels", None))
    if "size" in plain:
        if len(plain["size"]) > 2:
            raise ExportError("--size takes one side, or height and width.")
        plain["size"] = plain["size"][0] if len(plain["size"]) == 1 else tuple(plain["size"])
    export(load_model(args.model), labels, args.pictures, args.out, **shared, **plain)


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ExportError(f'{name} is one of {", ".join(choices)}; got "{value}".')


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0][:300]


def say(text: str) -> None:
    print(text, flush=True)


def warn(text: str) -> None:
    print(f"WARNING: {text}", file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    try:
        run(arguments(argv))
    except ExportError as error:
        print(f"export.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
