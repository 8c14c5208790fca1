"""What surrounds a program: its builtins, its end, its prompt and its completions."""

import builtins
import sys

_compiler = None
_inputs = 0


def install_builtins():
    """Adds what `site` adds: help, exit and the like. (`site` itself looks for files.)"""
    import _sitebuiltins

    end = "Ctrl-D (i.e. EOF)"
    builtins.quit = _sitebuiltins.Quitter("quit", end)
    builtins.exit = _sitebuiltins.Quitter("exit", end)
    builtins.help = _sitebuiltins._Helper()
    builtins.copyright = _sitebuiltins._Printer("copyright", sys.copyright)
    builtins.credits = _sitebuiltins._Printer(
        "credits", "Sockpit runs RustPython with the standard library of CPython.\n"
    )
    builtins.license = _sitebuiltins._Printer(
        "license", "Python's licence is at https://docs.python.org/3/license.html\n"
    )


def end():
    """Waits for threads and runs exit functions; tells whether threads are still running."""
    import _thread

    threading = sys.modules.get("threading")
    if threading is not None:
        for call in reversed(threading._threading_atexits):
            call()
        threading._threading_atexits.clear()
        current = threading.current_thread()
        while True:
            others = [t for t in threading.enumerate() if t is not current and not t.daemon]
            if not others:
                break
            for thread in others:
                thread.join()
    if "atexit" in sys.modules:
        sys.modules["atexit"]._run_exitfuncs()
    return _thread._count() > 0


def flush():
    """Flushes the output; tells whether that worked."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
    except Exception:
        return False
    return True


def compile_prompt(source):
    """Returns the code objects of what was typed, or None if more lines have to follow."""
    global _compiler, _inputs
    if _compiler is None:
        import codeop

        _compiler = codeop.CommandCompiler()
    name = f"<python-input-{_inputs}>"
    try:
        code = _compiler(source, name, "single")
        codes = None if code is None else [code]
    except SyntaxError as error:
        if "multiple statements" not in str(error):
            raise
        import ast

        statements = ast.parse(source, name).body
        codes = [compile(ast.Interactive([s]), name, "single") for s in statements]
    if codes is not None:
        _inputs += 1
        import linecache

        lines = [line + "\n" for line in source.splitlines()]
        linecache.cache[name] = (len(source), None, lines, name)
    return codes


def complete(line, namespace):
    """Returns how many characters of the line to replace, and with what."""
    start = len(line)
    while start > 0 and (line[start - 1].isalnum() or line[start - 1] in "_."):
        start -= 1
    *path, prefix = line[start:].split(".")
    if not path:
        import keyword

        names = {**vars(builtins), **namespace, **dict.fromkeys(keyword.kwlist)}
        found = {name: value for name, value in names.items()}
    else:
        try:
            value = namespace[path[0]] if path[0] in namespace else getattr(builtins, path[0])
            for name in path[1:]:
                value = getattr(value, name)
            found = {name: _attribute(value, name) for name in dir(value)}
        except Exception:
            return 0, []
    hidden = not prefix.startswith("_")
    candidates = sorted(
        name + "(" if callable(value) else name
        for name, value in found.items()
        if name.startswith(prefix) and not (hidden and name.startswith("_"))
    )
    return len(prefix), candidates


def _attribute(value, name):
    """Reads an attribute without running a property."""
    static = getattr(type(value), name, None)
    if isinstance(static, property):
        return None
    return getattr(value, name, None)
