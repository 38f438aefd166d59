"""A document as the pydantic model that it should follow, or its mistakes in plain words."""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from cnnbp_cli.config.document import Document
from cnnbp_cli.config.explain import Schema, explain

Model = TypeVar("Model", bound=BaseModel)


def modelled(document: Document, model: type[Model], schema: Schema) -> Model | None:
    """The data as `model`. Otherwise the document gets its mistakes, except below paths that already have one.

    Parameters
    ----------
    document
        Plain data with the location of each value.
    model
        What it should be.
    schema
        The model's JSON Schema, from which the mistakes are worded.
    """
    reported = {mistake.path for mistake in document.mistakes} - {()}
    try:
        # Validating as JSON lets a list become a tuple, while `strict` still keeps text, numbers and booleans apart.
        return model.model_validate_json(json.dumps(document.data), strict=True)
    except ValidationError as error:
        for path, problem in explain(error, document.data, schema):
            if not any(path[:length] in reported for length in range(1, len(path) + 1)):
                document.mistake(path, problem)
        return None
