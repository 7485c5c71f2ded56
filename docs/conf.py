"""The site, built by Sphinx: ``sphinx-build -W --keep-going docs SITE``.

The pages are MyST Markdown, legible on a code host too. The reference of the library comes from docstrings; tables of
other pages are written by `docs.tables`.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from docutils import nodes
from sphinx.application import Sphinx

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = PROJECT["name"]
author = copyright = "the authors of maskmill"
version = release = PROJECT["version"]
language = "en"
smartquotes = False  # would make dashes of the two in `--option`

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton", "sphinx_llm.txt"]
exclude_patterns = ["tables"]
default_role = "py:obj"  # single backticks of docstrings name objects, and stay code where there is none

html_theme = "furo"
html_title = f"maskmill {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"
html_theme_options = {
    "source_repository": PROJECT["urls"]["Source"],
    "source_branch": "main",
    "source_directory": "docs/",
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_here_doc_delimiter = "EOF"

myst_enable_extensions = ["attrs_block", "substitution"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # tests/docs/test_notebook.py executes the notebook and compares its stored outputs

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # `Limits()`, not every limit
autodoc_typehints = "none"  # docstrings give types in the field's words
autodoc_mock_imports = ["torch", "datasets", "fiftyone", "ray", "supervision"]
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

llms_txt_description = PROJECT["description"]


def setup(app: Sphinx) -> None:
    """Mend what the extensions write of docstrings and signatures."""

    def as_text(_translator: object, _node: nodes.Element) -> None:
        pass

    # the Markdown builder does not know the `*` of signatures, which is the text that it is
    app.add_node(nodes.abbreviation, override=True, markdown=(as_text, as_text))
    app.connect("autodoc-process-docstring", split_names, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", shorten_signature)
    app.connect("autodoc-skip-member", skip_alias)


def split_names(_app: Sphinx, _what: str, _name: str, _thing: object, _options: object, lines: list[str]) -> None:
    """Give each of ``a, b : type`` an entry, as napoleon does for parameters alone."""

    def one_by_one(match: re.Match[str]) -> str:
        return "".join(f"{name}{match[2]}" for name in match[1].split(", "))

    shared = re.compile(r"^(\w+(?:, \w+)+)( : .+\n(?:    .*\n)+)", re.MULTILINE)
    lines[:] = shared.sub(one_by_one, "\n".join([*lines, ""])).split("\n")[:-1]


def shorten_signature(
    _app: Sphinx, what: str, _name: str, thing: Any, _options: object, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Write defaults as a caller would, and the parameters of a class whose base is not installed."""
    if what == "class" and signature == "(*args, **kwargs)" and "__init__" in vars(thing):
        own = inspect.signature(thing.__init__)
        parameters = [p.replace(annotation=p.empty) for p in own.parameters.values()][1:]
        signature = str(own.replace(parameters=parameters, return_annotation=own.empty))
    if signature:
        signature = re.sub(r"\bLimits\([^()]*\)|\bDEFAULT_LIMITS\b", "Limits()", signature).replace("<factory>", "...")
    return signature, returned


def skip_alias(
    _app: Sphinx, _what: str, _name: str, member: object, _skipped: bool, _options: object
) -> Literal[True] | None:
    """Skip the fields of a named tuple, which its docstring describes."""
    return True if (member.__doc__ or "").startswith("Alias for field number") else None
