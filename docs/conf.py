"""The site, built by Sphinx: ``sphinx-build -W --keep-going docs SITE``.

The pages are MyST Markdown, legible on a code host too. The reference of the library comes from docstrings; tables of
other pages are written by `docs.tables`.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = PROJECT["name"]
author = copyright = "the authors of maskmill"
version = release = PROJECT["version"]
language = "en"

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
    """Let the Markdown builder write the `*` of signatures, which it does not know, as the text that it is."""

    def as_text(_translator: object, _node: nodes.Element) -> None:
        pass

    app.add_node(nodes.abbreviation, override=True, markdown=(as_text, as_text))
