"""Trains one detector on rendered frames and writes it as ONNX with its manifest.

    python train.py --data FOLDER --name demo-people --kinds store,yard --classes person,vehicle --minutes 20 --out FOLDER
"""

import argparse
import copy
import hashlib
import json
import math
import random
import time
from pathlib import Path

import numpy as np
import torch

from data import HEIGHT, PICTURE_HEIGHT, WIDTH, Frames, augment, normalise, pad, split
from losses import loss_of
from metrics import AveragePrecision, detections_of
from model import STRIDES, Detector, Export, cells_of


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--kinds", required=True)
    parser.add_argument("--classes", required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--steps", type=int, default=0, help="ends after so many steps instead")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--start", default="", help="weights to go on from")
    parser.add_argument("--out", required=True)
    return parser.parse_args()


@torch.no_grad()
def evaluate(model, frames, cells, limit=10**9):
    model.eval()
    precision = AveragePrecision(model.classes)
    for index in range(min(limit, len(frames))):
        images, labels = frames.batch([index])
        rows = model(normalise(pad(images)))[0]
        precision.add(detections_of(rows, cells), *split(labels[0]))
    return precision.values()


def export(model, classes, args, metrics):
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{args.name}.onnx"
    torch.onnx.export(
        Export(copy.deepcopy(model).eval()),
        (torch.zeros(1, 3, HEIGHT, WIDTH),),
        str(path),
        input_names=["images"],
        output_names=["output"],
        opset_version=13,
        dynamo=False,
    )
    manifest = {
        "name": args.name,
        "layout": "yolox",
        "input": {"width": WIDTH, "height": HEIGHT},
        "colorOrder": "rgb",
        "resize": "letterbox",
        "padValue": 114,
        "mean": [127.5, 127.5, 127.5],
        "standardDeviation": [64, 64, 64],
        "strides": list(STRIDES),
        "classes": classes,
        "nmsIouMax": 0.6,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "license": "Apache-2.0",
    }
    (out / f"{args.name}.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (out / f"{args.name}.metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    torch.save(model.state_dict(), out / f"{args.name}.pt")


def main():
    args = arguments()
    random.seed(args.seed)
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    classes, kinds = args.classes.split(","), args.kinds.split(",")
    train = Frames(Path(args.data) / "train", kinds)
    held_out = Frames(Path(args.data) / "val", kinds)
    cells = cells_of(WIDTH, HEIGHT)
    model = Detector(len(classes))
    if args.start:
        model.load_state_dict(torch.load(args.start))
    model = model.to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}], lr=args.rate
    )
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(train)} frames", flush=True)
    began, step, recent, last_look = time.time(), 0, [], time.time()
    while True:
        done = step / args.steps if args.steps else (time.time() - began) / (args.minutes * 60)
        if done >= 1:
            break
        rate = args.rate * min(1, (step + 1) / 60) * (0.5 * (1 + math.cos(math.pi * done)) * 0.98 + 0.02)
        for group in optimizer.param_groups:
            group["lr"] = rate
        model.train()
        images, labels = train.batch(random.sample(range(len(train)), args.batch))
        images, labels = augment(images, labels)
        parts = [split(rows) for rows in labels]
        rows = model(normalise(pad(images)).contiguous(memory_format=torch.channels_last))
        loss = loss_of(rows, [a for a, _ in parts], [b for _, b in parts], cells)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimizer.step()
        step += 1
        keep = min(0.998, (1 + step) / (20 + step))
        with torch.no_grad():
            for mean, now in zip(average.state_dict().values(), model.state_dict().values()):
                if mean.dtype.is_floating_point:
                    mean.mul_(keep).add_(now, alpha=1 - keep)
                else:
                    mean.copy_(now)
        recent = [*recent[-49:], float(loss)]
        if step % 25 == 0:
            print(f"step {step} {time.time() - began:.0f} s loss {np.mean(recent):.3f} rate {rate:.5f}", flush=True)
        if time.time() - last_look > 240:
            values = evaluate(average, held_out, cells, 60)
            print(f"  so far: {[round(v, 4) for v in values]}", flush=True)
            export(average, classes, args, {"mAP50": float(np.mean(values)), "step": step})
            last_look = time.time()
    values = evaluate(average, held_out, cells)
    metrics = {
        "mAP50": round(float(np.mean(values)), 4),
        "AP50": {name: round(value, 4) for name, value in zip(classes, values)},
        "framesTrained": len(train),
        "framesHeldOut": len(held_out),
        "steps": step,
        "batch": args.batch,
        "seed": args.seed,
    }
    export(average, classes, args, metrics)
    print(json.dumps(metrics), flush=True)


main()
