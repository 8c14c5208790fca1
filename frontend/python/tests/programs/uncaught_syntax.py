"""An error of syntax in what is compiled at run time."""
import ast

for source in ("1 +", "def f(:", "x = = 1", "print 'x'", "if True:\npass", "'unterminated"):
    try:
        compile(source, "<text>", "exec")
    except SyntaxError as error:
        print(type(error).__name__, error.lineno, isinstance(error.msg, str))
print(ast.literal_eval("{'a': (1, 2.5, None)}"), eval("1 + 2"), ast.dump(ast.parse("x")).startswith("Module"))
exec("for number in range(2):\n    print('exec', number)")
raise RuntimeError("the\nlast of\nseveral lines")
