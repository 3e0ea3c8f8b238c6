# SPDX-License-Identifier: GPL-2.0-only
"""Trains the network of bench/model.ts with PyTorch on the same rows and prints
{torch, epochs: [{cpuSeconds, accuracy}, ...]} as JSON: the processor time up to the end of each epoch, without the judging
in between, and the accuracy on all rows then.

Usage: torch-mlp.py ROWS.f32 LABELS.u8 INPUTS HIDDEN BATCH EPOCHS RATE SEED

One thread. Batches are slices of a permuted tensor, the cheapest way there is (a DataLoader takes several times longer).
"""
import json
import sys
import time

import numpy
import torch

rows_path, labels_path = sys.argv[1:3]
inputs, hidden, batch, epochs = map(int, sys.argv[3:7])
rate = float(sys.argv[7])

torch.set_num_threads(1)
torch.manual_seed(int(sys.argv[8]))
x = torch.from_numpy(numpy.fromfile(rows_path, dtype=numpy.float32).reshape(-1, inputs))
y = torch.from_numpy(numpy.fromfile(labels_path, dtype=numpy.uint8).astype(numpy.float32)).reshape(-1, 1)
net = torch.nn.Sequential(torch.nn.Linear(inputs, hidden), torch.nn.Sigmoid(), torch.nn.Linear(hidden, 1))
loss_of = torch.nn.BCEWithLogitsLoss()
optimiser = torch.optim.Adam(net.parameters(), lr=rate)

results, used = [], 0.0
for _ in range(epochs):
    started = time.process_time()
    order = torch.randperm(len(x))
    shuffled_x, shuffled_y = x[order], y[order]
    for first in range(0, len(x), batch):
        optimiser.zero_grad()
        loss = loss_of(net(shuffled_x[first : first + batch]), shuffled_y[first : first + batch])
        loss.backward()
        optimiser.step()
    used += time.process_time() - started
    with torch.no_grad():
        accuracy = ((net(x) > 0).float() == y).float().mean().item()
    results.append({"cpuSeconds": used, "accuracy": accuracy})
print(json.dumps({"torch": torch.__version__, "epochs": results}))
