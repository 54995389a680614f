"""Vectors of texts, and the view of meaning beside words."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.engines.matching.builders import experts, proposals, works
from yuantou.connectors.encoders import PACKAGE, load_minilm, read_safetensors
from yuantou.engines.matching import explain_pair, score_candidates
from yuantou.engines.text import CachedEncoder, MiniLM
from yuantou.engines.text.minilm import words
from yuantou.kernel.errors import InputError


class Lengths:
    """An encoder for tests: texts are alike if they are about as long."""

    name = "lengths/1"

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.read += texts
        angle = np.array([len(text) for text in texts]) / 100
        return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def tiny(width: int = 8, heads: int = 2) -> MiniLM:
    rng = np.random.default_rng(1)
    layer = {
        "attention.self.query": (width, width),
        "attention.self.key": (width, width),
        "attention.self.value": (width, width),
        "attention.output.dense": (width, width),
        "intermediate.dense": (4 * width, width),
        "output.dense": (width, 4 * width),
    }
    weights = {f"encoder.layer.0.{name}.weight": rng.normal(size=shape) for name, shape in layer.items()}
    weights |= {f"encoder.layer.0.{name}.bias": rng.normal(size=shape[0]) for name, shape in layer.items()}
    for name in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
        weights |= {f"{name}.LayerNorm.weight": np.ones(width), f"{name}.LayerNorm.bias": np.zeros(width)}
    units = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "rice", "##s", "soil", "arsenic", ".", "水"]
    weights |= {
        "embeddings.word_embeddings.weight": rng.normal(size=(len(units), width)),
        "embeddings.position_embeddings.weight": rng.normal(size=(256, width)),
        "embeddings.token_type_embeddings.weight": rng.normal(size=(2, width)),
    }
    small = {name: part.astype(np.float32) for name, part in weights.items()}
    return MiniLM("tiny/1", small, {unit: place for place, unit in enumerate(units)}, heads)


def test_a_vector_does_not_depend_on_the_texts_beside_it() -> None:
    model, texts = tiny(), ["rice", "Rice soil arsenic.", "rices 水 soil soil soil soil"]
    together = model.encode(texts)
    assert together == pytest.approx(np.concatenate([model.encode([text]) for text in texts]), abs=1e-5)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert model.encode([" ".join(["soil"] * 400)]) == pytest.approx(model.encode([" ".join(["soil"] * 300)]), abs=1e-5)


def test_words_are_split_as_the_vocabulary_was_made() -> None:
    assert list(words("Schrödinger's 水 cat\u200b.")) == ["schrodinger", "'", "s", "水", "cat", "."]


def test_each_text_is_read_once() -> None:
    inner = Lengths()
    encoder = CachedEncoder(inner)
    first = encoder.encode(["a", "bb", "a"])
    assert encoder.encode(["bb"]) == pytest.approx(first[1:2])
    assert inner.read == ["a", "bb"]
    assert encoder.encode(["a"]).dtype == np.float32


def test_an_encoder_that_is_not_installed_is_named() -> None:
    with pytest.raises(InputError, match="no_such_encoder"):
        load_minilm("no_such_encoder")


def test_arrays_are_read_from_their_file(tmp_path: Path) -> None:
    header = b'{"__metadata__":{},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}'
    file = tmp_path / "a.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header + np.array([1, 2], np.float32).tobytes())
    assert read_safetensors(file)["a"].tolist() == [[1.0], [2.0]]


P = proposals(("p1", "Arsenic in rice", "iron plaque of roots"), ("p2", "Bayesian ranking", "calibration of reviewers"))
W = works(
    *((e, f"{t} {n}", t) for n in range(3) for e, t in (("e1", "rice roots"), ("e2", "rice arsenic reviewers ranking")))
)


def test_meaning_counts_beside_words_and_says_so() -> None:
    plain = score_candidates(P, experts("e1", "e2"), W)
    both = score_candidates(P, experts("e1", "e2"), W, encoder=Lengths())
    assert both.method == f"{plain.method}+lengths/1"
    assert both.to_frame()["affinity"].is_between(0, 1).all()
    assert not both.to_frame().equals(plain.to_frame())
    best = both.to_frame().row(0, named=True)
    assert explain_pair(both, best["proposal_id"], best["expert_id"]).affinity == pytest.approx(
        best["affinity"], abs=1e-6
    )


def test_full_texts_stand_in_the_place_of_abstracts_where_both_have_them() -> None:
    asked = P.with_columns(full_text=pl.Series(["cadmium uptake by wheat", ""]))
    written = W.with_columns(
        full_text=pl.when(pl.col("expert_id") == "e1").then(pl.lit("cadmium wheat")).otherwise(None)
    )
    found = score_candidates(asked, experts("e1", "e2"), written)
    assert found.method.endswith("+full-text")
    assert found.to_frame().filter(proposal_id="p1", rank=1)["expert_id"].to_list() == ["e1"]


@pytest.mark.deep
@pytest.mark.skipif(find_spec(PACKAGE) is None, reason=f"optional package {PACKAGE} is not installed")
def test_the_packaged_encoder_knows_what_is_alike() -> None:
    texts = ["A cat sat on the mat.", "A kitten is resting on a rug.", "Superconducting qubits decohere."]
    vectors = load_minilm().encode(texts)
    assert vectors[0] @ vectors[1] > 0.4
    assert vectors[0] @ vectors[2] < 0.2
