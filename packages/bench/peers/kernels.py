"""The products of one layer in PyTorch, which computes convolutions with oneDNN, on the CPU.

usage: kernels.py JSON, with kind (convolution: size, inputs, filters; dense: inputs, units), frames, threads, runs.
Prints the median milliseconds of each pass as JSON.
"""

import json
import os
import statistics
import sys
import time

REQUEST = json.loads(sys.argv[1])
# Read when torch is loaded.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(REQUEST["threads"])

import torch  # noqa: E402


def median_time(compute):
    times = []
    for _ in range(REQUEST["runs"] + 1):
        started = time.perf_counter()
        compute()
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times[1:])


def convolution(memory_format):
    frames, size = REQUEST["frames"], REQUEST["size"]
    inputs, filters = REQUEST["inputs"], REQUEST["filters"]
    x = torch.rand(frames, inputs, size, size).to(memory_format=memory_format)
    w = torch.rand(filters, inputs, 3, 3).to(memory_format=memory_format)
    dy = torch.rand(frames, filters, size, size).to(memory_format=memory_format)

    def backward(of_input, of_weights):
        return torch.ops.aten.convolution_backward(
            *(dy, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1),
            [of_input, of_weights, False],
        )

    return {
        "forward": lambda: torch.nn.functional.conv2d(x, w, padding=1),
        "weight gradient": lambda: backward(False, True),
        "input gradient": lambda: backward(True, False),
    }


def dense():
    frames, inputs, units = REQUEST["frames"], REQUEST["inputs"], REQUEST["units"]
    x, w, dy = torch.rand(frames, inputs), torch.rand(units, inputs), torch.rand(frames, units)
    return {
        "forward": lambda: x @ w.T,
        "weight gradient": lambda: dy.T @ x,
        "input gradient": lambda: dy @ w,
    }


def main():
    torch.set_num_threads(REQUEST["threads"])
    if REQUEST["kind"] == "convolution":
        forms = [convolution(torch.contiguous_format), convolution(torch.channels_last)]
    else:
        forms = [dense()]
    # The faster memory layout of each pass.
    return {name: min(median_time(form[name]) for form in forms) for name in forms[0]}


if __name__ == "__main__":
    with torch.no_grad():
        print(json.dumps(main()))
