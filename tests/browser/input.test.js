// The standard input among sockets: programs that wait for the visitor and for a peer at once.
import assert from 'node:assert/strict';
import {
  call,
  pane,
  run,
  stateOf,
  until,
  untilBlockedIn,
  untilExited,
  untilPrinted,
} from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

/** A chat client, as textbooks have it, and its server. */
const CHAT = {
  'server.py': `
    import socket
    listener = socket.socket(socket.AF_UNIX)
    listener.bind('\\0chat')
    listener.listen()
    connection, _ = listener.accept()
    connection.sendall(b'welcome')
    while data := connection.recv(100):
        connection.sendall(data.upper())
  `,
  'client.py': `
    import select, socket, sys
    server = socket.socket(socket.AF_UNIX)
    server.connect('\\0chat')
    while True:
        ready, _, _ = select.select([sys.stdin, server], [], [])
        if server in ready:
            data = server.recv(100)
            if not data:
                break
            print('heard', data.decode())
        if sys.stdin in ready:
            line = sys.stdin.readline()
            if line:
                server.sendall(line.strip().encode())
            else:
                server.shutdown(socket.SHUT_WR)
                sys.stdin = server  # there is nothing more to wait for
  `,
};

test('a chat client waits for what is typed and for the server at once', async ({ page }) => {
  await call(page, 'grant', '*');
  await run(page, CHAT);
  await untilPrinted(page, 'client.py', 'heard welcome\n');
  await untilBlockedIn(page, 'client.py', 'select');
  const field = pane(page, 'client.py').locator('[data-role="input"]');
  await field.waitFor();
  for (const [typed, heard] of [['hello', 'HELLO'], ['there', 'THERE']]) {
    await field.fill(typed);
    await field.press('Enter');
    await untilPrinted(page, 'client.py', `heard ${heard}\n`);
    // It is there for the next line, and has the keyboard.
    await pane(page, 'client.py').locator('[data-role="input"]:focus').waitFor();
  }
  await field.press('Control+d');
  await untilExited(page, 'client.py');
  await untilExited(page, 'server.py');
  await field.waitFor({ state: 'detached' });
});

test('what a visitor has begun to type stays when the peer speaks', async ({ page }) => {
  await call(page, 'grant', '*');
  await run(page, {
    'program.py': `
      import select, socket, sys, threading
      left, right = socket.socketpair()
      while True:
          ready, _, _ = select.select([sys.stdin, left], [], [], 0.2)
          if sys.stdin in ready:
              print('typed', repr(sys.stdin.readline()))
              break
          print('tick')
    `,
  });
  const field = pane(page, 'program.py').locator('[data-role="input"]');
  await field.waitFor();
  await field.fill('half a');
  const ticks = ({ stdout }) => stdout.split('tick').length;
  const before = ticks(await stateOf(page, 'program.py'));
  await until(page, 'program.py', (program) => ticks(program) >= before + 2, 'two more words');
  assert.equal(await field.inputValue(), 'half a');
  await field.press('Enter');
  assert.match((await untilExited(page, 'program.py')).stdout, /typed 'half a\\n'\n$/);
});
