use super::*;

#[track_caller]
fn check(python2: &str, python3: &str) {
    assert_eq!(convert(python2), python3);
    // What is converted has nothing left to convert.
    assert_eq!(convert(python3), python3, "a second conversion changes nothing");
}

#[test]
fn print_becomes_a_function() {
    check("print 'x'\n", "print('x')\n");
    check("print \"a\", b\n", "print(\"a\", b)\n");
    check("print\n", "print()\n");
    check("print x,\n", "print(x, end=\" \")\n");
    check("print >>sys.stderr, 'no', x\n", "print('no', x, file=sys.stderr)\n");
    check("if x: print x; y = 1  # why\n", "if x: print(x); y = 1  # why\n");
    check("print (a), b\n", "print((a), b)\n");
    check("print 'a' % (b, c)\n", "print('a' % (b, c))\n");
}

#[test]
fn what_is_no_print_statement_stays() {
    for source in
        ["print('x')\n", "print (a, b)\n", "x.print = 1\n", "# print x\n", "s = 'print x'\n"]
    {
        check(source, source);
    }
    check("'''\nprint x\n'''\n", "'''\nprint x\n'''\n");
}

#[test]
fn names_and_clauses_are_modern() {
    check("name = raw_input('? ')\n", "name = input('? ')\n");
    check("for i in xrange(3): pass\n", "for i in range(3): pass\n");
    check("except socket.error, e:\n", "except socket.error as e:\n");
    check("except (IOError, OSError), e:\n", "except (IOError, OSError) as e:\n");
    check("except (IOError, OSError):\n", "except (IOError, OSError):\n");
    check("raise ValueError, 'no'\n", "raise ValueError('no')\n");
    check("if a <> b: x = `a`\n", "if a != b: x = repr(a)\n");
    check("x = ur'a' + 0777 + 10L + 100 + 1.5\n", "x = r'a' + 0o777 + 10 + 100 + 1.5\n");
}

#[test]
fn a_socket_gets_bytes() {
    check("s.send('GET / HTTP/1.0\\r\\n\\r\\n')\n", "s.send(b'GET / HTTP/1.0\\r\\n\\r\\n')\n");
    check("s.sendto('x', ('h', 1))\n", "s.sendto(b'x', ('h', 1))\n");
    check("s.sendall('GET %s' % path)\n", "s.sendall(('GET %s' % path).encode())\n");
    check("s.send('é')\n", "s.send('é'.encode())\n");
    check("s.send(data)\n", "s.send(data)\n");
    check("s.send(b'x')\n", "s.send(b'x')\n");
}

#[test]
fn received_data_is_compared_with_bytes() {
    check("data = s.recv(9)\nif data == '': pass\n", "data = s.recv(9)\nif data == b'': pass\n");
    check("name = 'x'\nif name == '': pass\n", "name = 'x'\nif name == '': pass\n");
}

/// The basic client as an old course prints it, slips included.
const BASIC_CLIENT: &str = r#"import socket
print 'creating socket ...'
# create a socket object
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
print 'socket created'
print "connection with remote host"
s.connect(('www.google.com',80))
print 'connection ok'
s.send( 'GET /index.html HTML/1.1\r\n\r\n')
while 1:
   data=s.recv(128)
    print data
    if data== "":
        break
print 'closing the socket'
s.close()
"#;

#[test]
fn the_basic_client_is_recognised_and_converted() {
    let diagnosis = examine(BASIC_CLIENT).unwrap();
    let kinds: Vec<(u32, FindingKind)> =
        diagnosis.findings.iter().map(|finding| (finding.line, finding.kind)).collect();
    assert!(kinds.contains(&(2, FindingKind::PrintStatement)));
    assert!(kinds.contains(&(7, FindingKind::UnknownName)), "{kinds:?}");
    assert!(kinds.contains(&(9, FindingKind::TextToSocket)));
    assert!(kinds.contains(&(12, FindingKind::Indentation)), "{kinds:?}");
    assert!(kinds.contains(&(13, FindingKind::TextCompared)));

    let converted = convert(BASIC_CLIENT);
    assert!(examine(&converted).is_none(), "{converted}");
    assert!(converted.contains("s.send( b'GET /index.html HTML/1.1\\r\\n\\r\\n')"));
    assert!(converted.contains("\n   data=s.recv(128)\n   print(data)\n   if data== b\"\":\n"));
    assert!(converted.contains("\n        break\nprint('closing the socket')\n"));
}

#[test]
fn python_3_is_left_in_peace() {
    for source in [
        "print('hello')\n",
        "s.send('text')\n",
        "def f():\n    return 1\n\nclass A:\n    x = 0\n    def m(self):\n        pass\n",
        "x = 0o777\nprint(f'{x!r}', end='')\n",
        "data = s.recv(1)\nif not data:\n    pass\n",
    ] {
        assert_eq!(examine(source), None, "{source}");
    }
}

#[test]
fn any_text_at_all_is_survived() {
    for source in ["", "'", "\"\"\"", "print '", "except ,:", "`", "é`ü`", "0", "00L", "s.send('"]
    {
        convert(source);
        examine(source);
    }
}
