"""What would start another process, in the tab: it says so, whatever starts it."""
import asyncio
import concurrent.futures
import contextlib
import io
import multiprocessing
import os
import socket
import socketserver
import subprocess
import threading


def attempt(name, call):
    try:
        print(name, call())
    except OSError as error:
        said = "cannot start another" in str(error) and "threading" in str(error)
        print(name, type(error).__name__, error.errno, said or error)


async def later():
    await asyncio.create_subprocess_exec("ls")


async def shell():
    await asyncio.create_subprocess_shell("ls", stdout=asyncio.subprocess.PIPE)


attempt("fork", os.fork)
attempt("system", lambda: os.system("ls"))
attempt("popen", lambda: os.popen("ls"))
attempt("execv", lambda: os.execv("/bin/ls", ["ls"]))
attempt("execlp", lambda: os.execlp("ls", "ls"))
attempt("spawnlp", lambda: os.spawnlp(os.P_WAIT, "ls", "ls"))
attempt("posix_spawn", lambda: os.posix_spawn("/bin/ls", ["ls"], {}))
attempt("waitpid", lambda: os.waitpid(-1, 0))
attempt("run", lambda: subprocess.run(["ls"]))
attempt("run, captured", lambda: subprocess.run(["ls"], capture_output=True, text=True))
attempt("check_output", lambda: subprocess.check_output("ls", shell=True))
attempt("Popen", lambda: subprocess.Popen(["ls"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL))
attempt("getoutput", lambda: subprocess.getoutput("ls"))
attempt("asyncio", lambda: asyncio.run(later()))
attempt("asyncio's shell", lambda: asyncio.run(shell()))
attempt("Process", multiprocessing.Process(target=print).start)
attempt("ProcessPoolExecutor", lambda: concurrent.futures.ProcessPoolExecutor(1).submit(print).result())

# A forking server tells it for each request, and goes on.
report = io.StringIO()
with contextlib.redirect_stderr(report), socketserver.ForkingTCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    with socket.create_connection(server.server_address) as client:
        print("forking server", client.recv(1))
    thread.join()
print("cannot start another" in report.getvalue())
