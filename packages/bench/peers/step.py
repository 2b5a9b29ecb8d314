"""One training step of the benchmark's networks in SpikingJelly, snnTorch or Norse, on the CPU.

usage: step.py JSON, with net, peer, variant, batch, timeSteps, threads, warmUp, steps, datasetDirectory;
or with denseSpeed and threads: how fast a large dense product is.

Prints one line of JSON: the milliseconds of each step after the warm-up, the loss of the last one, the peak memory of
the process in MiB, and what it ran on. The networks are those of src/step/nets.ts, the neurons those of
src/step/peer-neurons.ts. Everything before the first neuron is the same at every time step and computed once, as
SpikingJelly's own example does.
"""

import gzip
import json
import os
import resource
import statistics
import sys
import time

REQUEST = json.loads(sys.argv[1])
# Read when torch is loaded.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(REQUEST["threads"])
# Compiled graphs are kept beside the packages, so that a second run compiles nothing.
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", os.path.join(sys.prefix, "compiled"))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

POOL = "pool"
NETS = {
    "small": (1, 28, [32, POOL, 64, POOL], []),
    "mid": (1, 28, [64, POOL, 64, POOL], []),
    "csnn": (1, 28, [128, POOL, 128, POOL], [2048]),
    "vgg": (3, 32, [64, 64, POOL, 128, 128, POOL, 256, 256, POOL], []),
}
CLASSES = 10


def layers_of(net, make_neuron, make=nn):
    """The layers in order; `make` has the library's Conv2d, BatchNorm2d, MaxPool2d, Flatten and Linear."""
    channels, size, convolutions, dense = NETS[net]
    layers = []
    for width in convolutions:
        if width == POOL:
            layers.append(make.MaxPool2d(2, 2))
            size //= 2
            continue
        layers += [
            make.Conv2d(channels, width, 3, padding=1, bias=False),
            make.BatchNorm2d(width),
            make_neuron(),
        ]
        channels = width
    layers.append(make.Flatten())
    units = channels * size * size
    for width in [*dense, CLASSES]:
        layers += [make.Linear(units, width, bias=False), make_neuron()]
        units = width
    return layers


def spikingjelly_network(net, steps):
    """Multi-step mode: layers see all time steps at once, [T, B, ...]."""
    from spikingjelly.activation_based import functional, layer, neuron, surrogate

    def make_neuron():
        if net == "csnn":
            return neuron.IFNode(surrogate_function=surrogate.ATan())
        return neuron.LIFNode(tau=2.0, surrogate_function=surrogate.ATan(), detach_reset=True)

    module = nn.Sequential(*layers_of(net, make_neuron, layer))
    functional.set_step_mode(module, "m")
    convolution, norm, *others = module

    def forward(images):
        functional.reset_net(module)
        activation = norm(convolution(images.unsqueeze(0))).repeat(steps, 1, 1, 1, 1)
        for part in others:
            activation = part(activation)
        return activation.mean(0)

    return module, forward


def stepwise_network(net, steps, make_neuron, initial_state):
    """One time step after another; neurons are called with their state and return (spikes, state)."""
    module = nn.ModuleList(layers_of(net, make_neuron))
    neuron_type = type(make_neuron())
    kinds = [isinstance(part, neuron_type) for part in module]

    def forward(images):
        states = [initial_state(part) if spiking else None for part, spiking in zip(module, kinds, strict=True)]
        first = module[1](module[0](images))
        rate = 0
        for _ in range(steps):
            activation = first
            for index in range(2, len(module)):
                if kinds[index]:
                    activation, states[index] = module[index](activation, states[index])
                else:
                    activation = module[index](activation)
            rate = rate + activation
        return rate / steps

    return module, forward


def snntorch_network(net, steps):
    import snntorch
    from snntorch import surrogate

    beta = 1.0 if net == "csnn" else 0.5
    return stepwise_network(
        net,
        steps,
        lambda: snntorch.Leaky(beta=beta, spike_grad=surrogate.atan(alpha=2.0)),
        lambda part: part.init_leaky(),
    )


def norse_network(net, steps):
    import norse.torch
    from norse.torch.functional.lif_box import LIFBoxParameters

    # dt / tau = 1 ms * 500 Hz = 1/2
    parameters = LIFBoxParameters(
        tau_mem_inv=torch.as_tensor(500.0), v_th=torch.as_tensor(1.0), method="super"
    )
    return stepwise_network(
        net, steps, lambda: norse.torch.LIFBoxCell(parameters, dt=1e-3), lambda _part: None
    )


PEERS = {
    "spikingjelly": spikingjelly_network,
    "snntorch": snntorch_network,
    "norse": norse_network,
}


def read_idx(folder, name, offset):
    with gzip.open(os.path.join(folder, name)) as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


class Batches:
    """Random batches of Fashion-MNIST, [B, C, H, W] in 0..1, and their labels."""

    def __init__(self, net, batch, folder, memory_format):
        self.images = read_idx(folder, "train-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)
        self.labels = read_idx(folder, "train-labels-idx1-ubyte.gz", 8)
        self.channels, self.size = NETS[net][:2]
        self.batch = batch
        self.memory_format = memory_format
        self.random = np.random.default_rng(1)

    def draw(self):
        chosen = self.random.integers(0, len(self.labels), self.batch)
        images = torch.from_numpy(self.images[chosen].astype(np.float32) / 255)
        if self.size != 28:
            border = (self.size - 28) // 2
            images = F.pad(images, (border,) * 4).repeat(1, self.channels, 1, 1)
        labels = torch.from_numpy(self.labels[chosen].astype(np.int64))
        return images.to(memory_format=self.memory_format), labels


def loss_of(net, rates, labels):
    if net == "csnn":
        return F.mse_loss(rates, F.one_hot(labels, CLASSES).float())
    return F.cross_entropy(rates, labels)


def measure(net, peer, variant, batch, time_steps, warm_up, steps, folder):
    torch.manual_seed(0)
    module, forward = PEERS[peer](net, time_steps)
    memory_format = torch.contiguous_format
    if variant in ("channels-last", "bf16"):
        memory_format = torch.channels_last
        module = module.to(memory_format=memory_format)
    if variant != "documented":
        forward = torch.compile(forward)
    optimizer = torch.optim.Adam(module.parameters(), 1e-3)
    batches = Batches(net, batch, folder, memory_format)

    def step(images, labels):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=variant == "bf16"):
            rates = forward(images)
        loss = loss_of(net, rates.float(), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    times = []
    for index in range(warm_up + steps):
        images, labels = batches.draw()
        started = time.perf_counter()
        loss = step(images, labels)
        elapsed = time.perf_counter() - started
        if index >= warm_up:
            times.append(elapsed * 1e3)
    return {
        "milliseconds": times,
        "loss": loss,
        "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "runsOn": f"PyTorch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()})",
    }


def dense_speed(size=1024, runs=12):
    """10^9 operations a second of a dense product."""
    a, b = torch.rand(size, size), torch.rand(size, size)
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        torch.mm(a, b)
        seconds.append(time.perf_counter() - started)
    return {"gigaflops": 2 * size**3 / statistics.median(seconds[2:]) / 1e9}


def main():
    torch.set_num_threads(REQUEST["threads"])
    if REQUEST.get("denseSpeed"):
        return dense_speed()
    return measure(
        REQUEST["net"],
        REQUEST["peer"],
        REQUEST["variant"],
        REQUEST["batch"],
        REQUEST["timeSteps"],
        REQUEST["warmUp"],
        REQUEST["steps"],
        REQUEST["datasetDirectory"],
    )


if __name__ == "__main__":
    print(json.dumps(main()))
