"""The model itself: state, causality, dropout, tying."""

import pytest
import torch
from torch.nn import functional as F

from model.config import ModelConfig
from model.rnn import CharRNN, Masks, detach_state, in_one_chunk, take_streams

B, T, V = 3, 8, 11
SHAPES = [("rnn", 1, True), ("gru", 2, False), ("lstm", 1, False), ("lstm", 2, True)]


def tiny(cell="lstm", layers=1, tie=True, **changes) -> CharRNN:
    torch.manual_seed(0)
    rates = {"embedding_dropout": 0.0, "dropout": 0.0, "weight_dropout": 0.0, **changes}
    config = ModelConfig(
        cell=cell, layers=layers, hidden=16, embedding=6, tie=tie, carry="document", **rates
    )
    return CharRNN(config, V)


def some_tokens() -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randint(V, (B, T))


@pytest.mark.parametrize(("cell", "layers", "tie"), SHAPES)
def test_state_carries_the_past(cell, layers, tie):
    model, tokens = tiny(cell, layers, tie), some_tokens()
    whole, last = model(tokens)
    first, state = model(tokens[:, :3])
    second, state = model(tokens[:, 3:], detach_state(state))
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    torch.testing.assert_close(state, last)
    anew, _ = model(tokens[:, 3:])
    assert (anew - second).abs().max() > 1e-4


@pytest.mark.parametrize(("cell", "layers", "tie"), SHAPES)
def test_no_logits_depend_on_later_tokens(cell, layers, tie):
    model, tokens = tiny(cell, layers, tie), some_tokens()
    changed = tokens.clone()
    changed[:, 5] = (changed[:, 5] + 1) % V
    before, after = model(tokens)[0], model(changed)[0]
    assert torch.equal(before[:, :5], after[:, :5])
    assert (before[:, 5:] - after[:, 5:]).abs().amax(dim=(0, 2)).min() > 1e-6


def test_streams_side_by_side_do_not_meet():
    model, tokens = tiny(), some_tokens()
    together, state = model(tokens)
    alone, _ = model(tokens[1:2])
    torch.testing.assert_close(together[1:2], alone)
    fewer, _ = model(tokens[:2, :1], take_streams(state, 2))
    torch.testing.assert_close(fewer, model(tokens[:, :1], state)[0][:2])


def test_a_detached_state_stops_the_gradient():
    model, tokens = tiny(), some_tokens()
    _, state = model(tokens)
    assert all(part.requires_grad for part in state)
    assert not any(part.requires_grad for part in detach_state(state))


@pytest.mark.parametrize("kind", ["embedding_dropout", "dropout", "weight_dropout"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_dropout_acts_in_training_only(cell, kind):
    model, plain, tokens = tiny(cell, 2, **{kind: 0.5}), tiny(cell, 2), some_tokens()
    model.train()
    assert not torch.equal(model(tokens)[0], model(tokens)[0])
    model.eval()
    assert torch.equal(model(tokens)[0], plain(tokens)[0])
    masks = Masks(model.draw_units(B), model.draw_weights())
    assert torch.equal(model(tokens, None, masks)[0], plain(tokens)[0])


def test_masks_leave_out_units_of_each_stream_for_all_steps():
    model, tokens = tiny(embedding_dropout=0.5, dropout=0.25), some_tokens()
    embedded, last = model.draw_units(2000)
    assert embedded.shape == (2000, 1, 6)
    assert last.shape == (2000, 1, 16)
    assert set(embedded.unique().tolist()) == {0.0, 2.0}
    assert last.mean().item() == pytest.approx(1.0, abs=0.02)
    masks = Masks(model.draw_units(B), model.draw_weights())
    whole, _ = model(tokens, None, masks)
    first, state = model(tokens[:, :3], None, masks)
    second, _ = model(tokens[:, 3:], state, masks)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)


@pytest.mark.parametrize(("cell", "layers", "tie"), SHAPES)
def test_the_loss_is_that_of_the_logits(cell, layers, tie):
    model, tokens = tiny(cell, layers, tie).eval(), some_tokens()
    logits, after = model(tokens[:, :-1])
    nats, state = model.loss(tokens[:, :-1], tokens[:, 1:], None, None)
    wanted = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="sum")
    torch.testing.assert_close(nats, wanted)
    assert all(torch.equal(one, other) for one, other in zip(state, after, strict=True))


def test_weights_in_one_chunk_are_the_same_and_so_are_their_gradients():
    layer = tiny(layers=2).layers[1]
    weights = dict(layer.named_parameters())
    copies = in_one_chunk(weights)
    assert list(copies) == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    places = [copy.storage_offset() for copy in copies.values()]
    assert places == [0, 4 * 16 * 16, 8 * 16 * 16, 8 * 16 * 16 + 4 * 16]
    assert len({copy.untyped_storage().data_ptr() for copy in copies.values()}) == 1
    for name, copy in copies.items():
        assert torch.equal(copy, weights[name])
    sum((copy * number).sum() for number, copy in enumerate(copies.values(), 1)).backward()
    slopes = [weight.grad.unique().tolist() for weight in weights.values()]
    assert slopes == [[1.0], [2.0], [3.0], [4.0]]


def test_weight_dropout_leaves_out_weights_from_state_to_state():
    model, tokens = tiny(weight_dropout=0.5), some_tokens()
    (mask,) = model.draw_weights()
    assert set(mask.unique().tolist()) == {0.0, 2.0}
    assert 0.4 < (mask == 0).float().mean().item() < 0.6
    model(tokens, None, Masks(model.draw_units(B), (mask,)))[0].sum().backward()
    gradient = model.layers[0].weight_hh_l0.grad
    assert torch.equal(gradient == 0, mask == 0)
    assert (model.layers[0].weight_ih_l0.grad == 0).float().mean().item() < 0.1


def test_a_tied_model_has_one_matrix_for_reading_and_writing():
    lstm = 4 * 16 * (6 + 16 + 2)
    assert tiny(tie=True).num_parameters() == V * 6 + lstm + (16 * 6 + 6) + V
    assert tiny(tie=False).num_parameters() == V * 6 + lstm + (16 * V + V)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_token_is_seen_from_the_first_step_on_and_none_is_expected(cell):
    torch.manual_seed(0)
    config = ModelConfig(cell, 1, 64, 32, 0.0, 0.0, 0.0, True, "document")
    model = CharRNN(config, 300)
    gates = model.embedding(torch.arange(300)) @ model.layers[0].weight_ih_l0.T
    assert 0.8 < gates.std() < 1.2
    logits, _ = model(torch.arange(300)[None])
    assert 0.0 < logits.std() < 0.2


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_it_learns_200_characters_by_heart(cell):
    text = "글틀은 글을 짜는 베틀이다. 씨줄과 날줄이 만나 한 줄의 노래가 된다. " * 10
    symbols = sorted(set(text[:200]))
    tokens = torch.tensor([[symbols.index(character) for character in text[:200]]])
    torch.manual_seed(0)
    config = ModelConfig(cell, 1, 64, 24, 0.0, 0.0, 0.0, True, "document")
    model = CharRNN(config, len(symbols))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(150):
        logits, _ = model(tokens[:, :-1])
        loss = F.cross_entropy(logits[0], tokens[0, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_autocast_runs_the_cells_in_its_own_type(cell):
    model, tokens = tiny(cell, 2, weight_dropout=0.5), some_tokens()
    exact, _ = model.eval()(tokens)
    with torch.autocast("cpu", torch.bfloat16):
        first, state = model(tokens[:, :3])
        second, _ = model(tokens[:, 3:], detach_state(state))
        model.train()(tokens)[0].sum().backward()
    assert {part.dtype for part in state} == {torch.bfloat16}
    assert first.dtype == torch.float32  # scores are not rounded
    together = torch.cat([first, second], dim=1).float()
    torch.testing.assert_close(together, exact, atol=0.05, rtol=0.05)
    assert {parameter.grad.dtype for parameter in model.parameters()} == {torch.float32}
