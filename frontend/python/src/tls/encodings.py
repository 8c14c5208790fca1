"""Stands in for the modules of the East Asian encodings in the interpreter that a first visit
loads."""


def getcodec(name):
    raise LookupError(
        f"the encoding {name} comes with another interpreter, which is loaded for programs that "
        f"mention it: put '{name}' into the program itself and run it again"
    )
