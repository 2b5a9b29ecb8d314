"""Reads a packed artifact (`spikefit/1`, `spikefit/2`, `spikefit/3`) into dense weights. Needs Python 3.9 or later and numpy, nothing else.

    from spikefit_artifact import load
    network = load("model.spikefit.safetensors")
    network["layers"]["0.conv"]["weights"]      # float32 [kernel, kernel, in, out]; [in, out] for an FC
    network["layers"]["0.conv"]["present"]      # bool, shaped as the weights: which synapses there are; None: all
    network["layers"]["0.conv"]["bias"]         # float32 [out], or None
    network["layers"]["0.conv"]["kept"]         # which units of the dense layer are left, and "units" of how many
    network["layers"]["2.lif"]["present"]       # bool [height, width, channels]: which neurons there are; None: all
    network["layers"]["2.lif"]["threshold"]     # float32 [1] or [channels]; "reset" likewise, "decay" = 1/tau or None
    network["network"]["layers"]                # the layers in order, with their shapes

On the command line it prints a summary as JSON:  python3 spikefit_artifact.py FILE
"""

import hashlib
import json
import sys

import numpy as np

_FORMATS = ("spikefit/1", "spikefit/2", "spikefit/3")
_DTYPES = {"F32": "<f4", "F16": "<f2", "I8": "i1", "U8": "u1"}


class ArtifactError(ValueError):
    """The file is damaged or of another format; the message says where."""


def load(path):
    """The network in the file, as described above. Raises ArtifactError."""
    with open(path, "rb") as file:
        return loads(file.read())


def loads(data):
    """The same for the bytes of a file."""
    try:
        return _decode(data)
    except ArtifactError:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ArtifactError(f"the file is damaged: {error!r}") from error


def _require(condition, message):
    if not condition:
        raise ArtifactError(message)


def _decode(data):
    metadata, tensors = _read_safetensors(data)
    _verify_checksum(data)
    _require(metadata.get("format") in _FORMATS, f"the format is {metadata.get('format')!r}")
    network = json.loads(metadata["network"])
    quantization = json.loads(metadata["quantization"])
    units = json.loads(metadata["units"])
    synapses = json.loads(metadata["synapses"]) if metadata["format"] != "spikefit/1" else {}
    neurons = json.loads(metadata["neurons"]) if metadata["format"] == "spikefit/3" else {}
    layers = {}
    # Which inputs of the next weights are there, behind pools; None: all.
    inputs = None
    for layer in network["layers"]:
        layer_id = layer["id"]
        if layer["kind"] in ("conv", "dense"):
            bias = _halves(tensors, f"{layer_id}.bias") if layer["useBias"] else None
            kept = None
            if layer_id in units:
                bits = np.unpackbits(tensors[f"{layer_id}.mask"], bitorder="little")[: units[layer_id]]
                kept = np.flatnonzero(bits)
            weights, present = _weights(layer, quantization, tensors, synapses.get(layer_id), inputs)
            inputs = None
            _require(kept is None or len(kept) == weights.shape[-1], f"the mask of {layer_id} is damaged")
            layers[layer_id] = {
                "weights": weights,
                "present": present,
                "bias": bias,
                "kept": kept,
                "units": units.get(layer_id),
            }
        elif layer["kind"] == "neuron":
            decay = tensors.get(f"{layer_id}.decay")
            if layer_id in neurons:
                inputs = _neurons(neurons[layer_id], tensors[f"{layer_id}.neurons"], layer)
            layers[layer_id] = {
                "present": inputs,
                "threshold": _halves(tensors, f"{layer_id}.threshold"),
                "reset": _halves(tensors, f"{layer_id}.reset"),
                "decay": None if decay is None else float(decay[0]),
            }
        elif inputs is not None:
            inputs = _any_of_windows(inputs, layer["size"])
    return {"network": network, "quantization": quantization, "layers": layers}


def _read_safetensors(data):
    _require(len(data) >= 8, "the header length is missing")
    length = int.from_bytes(data[:8], "little")
    _require(length <= len(data) - 8, "the header is cut short")
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    payload = data[8 + length :]
    tensors, position = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        _require(begin == position and begin <= end <= len(payload), f"tensor {name} is cut short or misplaced")
        _require(entry["dtype"] in _DTYPES, f"tensor {name} has the element type {entry['dtype']!r}")
        tensors[name] = np.frombuffer(payload[begin:end], _DTYPES[entry["dtype"]]).reshape(entry["shape"])
        position = end
    _require(position == len(payload), "there are bytes behind the last tensor")
    return metadata, tensors


def _verify_checksum(data):
    marker = b'"sha256":"'
    start = data.find(marker) + len(marker)
    _require(start >= len(marker), "the manifest has no checksum")
    digest = hashlib.sha256(data[:start] + b"0" * 64 + data[start + 64 :]).hexdigest()
    _require(data[start : start + 64] == digest.encode(), "the checksum does not match: the file is damaged")


def _halves(tensors, name):
    """A float16 vector times its power of two."""
    return tensors[name].astype(np.float32) * tensors[f"{name}.scale"][0]


def _neurons(encoding, packed, layer):
    """bool [height, width, channels], from a mask by channel, row and column."""
    height, width, channels = layer["outputShape"]
    mask = _mask(encoding, packed, height * width * channels, width, layer["id"])
    return np.ascontiguousarray(mask.reshape(channels, height, width).transpose(1, 2, 0))


def _any_of_windows(present, size):
    height, width, channels = present.shape
    whole = present[: height // size * size, : width // size * size]
    return whole.reshape(height // size, size, width // size, size, channels).any(axis=(1, 3))


def _weights(layer, quantization, tensors, encoding, inputs):
    """The dense weights, and where there are synapses (None: everywhere)."""
    _, _, channels = layer["inputShape"]
    if layer["kind"] == "conv":
        outputs = layer["filters"]
        shape = (layer["kernel"], layer["kernel"], channels, outputs)
    else:
        outputs = layer["units"]
        shape = (int(np.prod(layer["inputShape"])), outputs)
    layer_id = layer["id"]
    count = int(np.prod(shape))
    present = None
    if encoding is not None:
        present = _mask(encoding, tensors[f"{layer_id}.synapses"], count, count // outputs, layer_id)
    elif layer["kind"] == "dense" and inputs is not None and not inputs.all():
        # Weights that read a pruned neuron are stored nowhere.
        present = np.tile(inputs.reshape(-1), outputs)

    def unit_last(values):
        # (out, kernel row, kernel column, in) → the unit becomes the last axis.
        return np.ascontiguousarray(values.reshape(outputs, -1).T).reshape(shape)

    def spread(values):
        _require(len(values) == present.sum(), f"layer {layer_id} has {len(values)} weights for its mask")
        everywhere = np.zeros(count, values.dtype)
        everywhere[present] = values
        return everywhere

    if f"{layer_id}.weights" in tensors:
        weights = tensors[f"{layer_id}.weights"]
        if present is not None:
            return unit_last(spread(weights)), unit_last(present)
        _require(weights.shape == shape, f"the weights of {layer_id} have the shape {weights.shape}")
        return weights.copy(), None
    levels = quantization["levels"]
    stored = count if present is None else int(present.sum())
    indices = _unpack(tensors[f"{layer_id}.indices"], stored, levels, layer_id)
    indices = (indices if present is None else spread(indices)).reshape(outputs, -1)
    source = "network" if quantization["group"] == "network" else layer_id
    codes, delta = tensors[f"{source}.codebook"], tensors[f"{source}.delta"]
    groups = outputs if quantization["group"] == "channel" else 1
    _require(codes.shape == (groups, levels) and delta.shape == (groups,), f"the codebook of {source} is damaged")
    # float32(delta * code): the product of an integer below 2^8 and a float32 is exact in float64, then rounded once.
    values = (delta[:, None].astype(np.float64) * codes).astype(np.float32)
    rows = np.arange(outputs)[:, None] if groups > 1 else np.zeros((outputs, 1), dtype=int)
    weights = values[rows, indices]
    if present is None:
        return unit_last(weights), None
    return unit_last(np.where(present.reshape(outputs, -1), weights, np.float32(0))), unit_last(present)


def _mask(encoding, packed, count, row, layer_id):
    """bool [count], in the order of the indices."""
    if encoding == "bitmap":
        _require(len(packed) == -(-count // 8), f"the mask of {layer_id} is cut short")
        return np.unpackbits(packed, bitorder="little")[:count].astype(bool)
    if encoding == "run-lengths":
        return _run_lengths(packed, count, layer_id)
    _require(encoding == "arithmetic", f"the mask of {layer_id} has the encoding {encoding!r}")
    return _arithmetic(packed, count, row)


def _run_lengths(packed, count, layer_id):
    """Rice code of the runs of zeros; the first byte is its parameter."""
    parameter = int(packed[0])
    _require(parameter <= 24, f"the mask of {layer_id} has no valid Rice parameter")
    bits = np.unpackbits(packed[1:], bitorder="little")
    zeros = np.flatnonzero(bits == 0)
    powers = 1 << np.arange(parameter)
    present = np.zeros(count, bool)
    at = place = 0
    while True:
        following = np.searchsorted(zeros, at)
        _require(following < len(zeros), f"the mask of {layer_id} is cut short")
        stop = int(zeros[following])
        low = bits[stop + 1 : stop + 1 + parameter]
        _require(len(low) == parameter, f"the mask of {layer_id} is cut short")
        place += ((stop - at) << parameter) + int(low @ powers)
        at = stop + 1 + parameter
        _require(place <= count, f"the mask of {layer_id} has a run beyond its end")
        if place == count:
            return present
        present[place] = True
        place += 1


def _arithmetic(packed, count, row):
    """Range decoder with counts of zeros and ones in 15 contexts: see packing/place-model.ts and arithmetic-code.ts."""
    data = packed.tobytes()
    # Zeros in front stand for the places before the first.
    before = max(4 * row, 2)
    bits = bytearray(before + count)
    zeros, ones = [1] * 15, [1] * 15
    code, at, span = int.from_bytes(data[:4].ljust(4, b"\0"), "big"), 4, 2**32 - 1
    for i in range(before, before + count):
        context = 5 * (bits[i - 1] + bits[i - 2])
        context += bits[i - row] + bits[i - 2 * row] + bits[i - 3 * row] + bits[i - 4 * row]
        bound = span // (zeros[context] + ones[context]) * zeros[context]
        if code >= bound:
            bits[i] = 1
            code -= bound
            span -= bound
            ones[context] += 2
        else:
            span = bound
            zeros[context] += 2
        if zeros[context] + ones[context] >= 2**16:
            zeros[context] = (zeros[context] + 1) >> 1
            ones[context] = (ones[context] + 1) >> 1
        while span < 2**24:
            code = code << 8 | (data[at] if at < len(data) else 0)
            at += 1
            span <<= 8
    return np.frombuffer(bits, np.uint8)[before:].astype(bool)


def _unpack(packed, count, levels, layer_id):
    if levels == 3:
        powers = 3 ** np.arange(5)
        digits = (packed[:, None].astype(np.int64) // powers) % 3
        _require(len(packed) == -(-count // 5), f"the indices of {layer_id} are cut short")
        return digits.reshape(-1)[:count]
    width = max(1, (levels - 1).bit_length())
    _require(len(packed) == -(-count * width // 8), f"the indices of {layer_id} are cut short")
    bits = np.unpackbits(packed, bitorder="little")[: count * width].reshape(count, width)
    indices = bits.astype(np.int64) @ (1 << np.arange(width))
    _require(count == 0 or int(indices.max()) < levels, f"an index of {layer_id} is not below {levels}")
    return indices


def _summary(network):
    def describe(value):
        if isinstance(value, np.ndarray):
            digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
            return {"dtype": str(value.dtype), "shape": list(value.shape), "sha256": digest}
        return value

    layers = {
        layer_id: {name: describe(value) for name, value in layer.items()}
        for layer_id, layer in network["layers"].items()
    }
    return {"architecture": network["network"]["architecture"], "quantization": network["quantization"], "layers": layers}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python3 spikefit_artifact.py FILE")
    try:
        print(json.dumps(_summary(load(sys.argv[1])), indent=2, sort_keys=True))
    except ArtifactError as error:
        sys.exit(f"artifact.invalid: {error}")
