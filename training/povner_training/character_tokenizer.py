"""Tokenizers with exactly one token a character, in Hugging Face's own format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """The special tokens that a BERT-like encoder was trained with."""

    cls_token: str
    pad_token: str
    sep_token: str
    unk_token: str
    mask_token: str


XLM_R = SpecialTokens("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def character_tokenizer(
    vocabulary: Mapping[str, int], special: SpecialTokens, max_length: int
) -> PreTrainedTokenizerFast:
    """Make the tokenizer that looks each character of a text up in `vocabulary`.

    It normalises nothing, so its offsets are the text's own; `povner.text` makes the view that it
    is meant to read.
    """
    tokenizer = Tokenizer(WordLevel(dict(vocabulary), unk_token=special.unk_token))
    tokenizer.pre_tokenizer = Split(Regex(r"(?m)."), "isolated")
    begin, end = special.cls_token, special.sep_token
    tokenizer.post_processor = TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} $B {end}",
        special_tokens=[(token, vocabulary[token]) for token in (begin, end)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=max_length,
        model_input_names=["input_ids", "attention_mask"],
        **asdict(special),
    )
