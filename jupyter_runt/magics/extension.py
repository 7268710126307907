"""`%load_ext jupyter_runt`: registers `%runt`, its completion and its help. What they need is imported when they are used."""

from __future__ import annotations

import functools
import re
import threading
from contextlib import suppress
from typing import Any

HELP = re.compile(r"(\s*)%{1,2}runt\s+(\w+)\s*\?{1,2}\s*")


def runt(line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None) -> Any:
    """Run notebooks that outlive this kernel, and look at, answer and steer them.

    %runt run NOTEBOOK -p NAME VALUE      submit a notebook and show it live, while other cells run; gives a Run
    %runt run NOTEBOOK --wait --var run   wait for its end, and keep the Run in a variable
    %%runt run                            the same for the YAML notebook in the cell's body
    %runt sweep NOTEBOOK -p size 1,10,100 a run for each value, in one table
    %runt ls | show | follow              look at runs
    %runt cancel | interrupt | kill | pause | resume | reply | rerun RUN
    %runt params | convert | validate | templates | export
    %runt connect URL                     use a Jupyter server with jupyter-runt instead of the store of this machine

    RUN is an id, a unique beginning of one, `last`, or a variable: $run. In values $name and {expression} are Python's.

    Examples
    --------
    %runt run report.yml -p day 2026-11-20 -p rows {len(table)}
    run = %runt run report.yml --wait
    run.result("total")
    %runt run?                            every command has help of its own
    """
    from jupyter_runt.magics.dispatch import dispatch

    return dispatch(line, cell, local_ns)


# As IPython's own decorators mark a magic: `$` and braces are left to us, a function's variables come along, `;` hides the value.
runt._ipython_magic_no_var_expand = True  # type: ignore[attr-defined]
runt.needs_local_scope = True  # type: ignore[attr-defined]
runt._ipython_magic_output_can_be_silenced = True  # type: ignore[attr-defined]


def load(shell: Any) -> None:
    """Called by IPython; a second time it changes nothing."""
    shell.register_magic_function(runt, "line_cell", "runt")
    if _help not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(_help)
    if _complete not in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.append(_complete)
    shell.events.register("post_run_cell", _ran)


def unload(shell: Any) -> None:
    """Takes away what `load` has registered."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("runt", None)
    if _help in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(_help)
    if _complete in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(_complete)
    with suppress(ValueError):
        shell.events.unregister("post_run_cell", _ran)


def _help(lines: list[str]) -> list[str]:
    """`%runt run?` would ask IPython for something called `run`."""
    if lines and lines[0].startswith("%%") and len(lines) > 1:
        return lines  # the body is another language's
    found = [HELP.fullmatch(line) for line in lines]
    return [
        line if each is None else f"{each[1]}%runt {each[2]} --help\n" for line, each in zip(lines, found, strict=True)
    ]


def _complete(context: Any) -> Any:
    """A matcher of IPython's second interface; of cells without `%runt` it costs a search for it."""
    line: str = context.line_with_cursor
    found: Any = {"completions": []}
    if "%runt" in line:
        from jupyter_runt.magics.completion import complete

        found = complete(context)
    if "%r" in line:
        _warm_up()
    return found


_complete.matcher_api_version = 2  # type: ignore[attr-defined]
# Before those of IPython, which need not look any more where this one has found something.
_complete.matcher_priority = 1000  # type: ignore[attr-defined]


def _ran(result: Any) -> None:
    """Who loads this by hand, or has used it, will soon press Tab."""
    if "runt" in (result.info.raw_cell or ""):
        _warm_up()


@functools.cache
def _warm_up() -> None:
    """Imports in the background, once somebody shows an interest, what the first completion would make them wait for: 0.1 s."""
    threading.Thread(target=_import, name="jupyter-runt imports", daemon=True).start()


def _import() -> None:
    from jupyter_runt.magics import shell

    if not shell.is_part_of_a_run():  # there nobody types
        from jupyter_runt.magics import completion

        completion.warm()
