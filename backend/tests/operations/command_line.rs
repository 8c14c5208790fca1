use std::process::Command;

/// Runs the backend's own executable.
fn backend(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_backend")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_line_answers_questions_and_names_what_is_wrong() {
    let (code, text, _) = backend(&["--check", "tcp-connect 127.1:80"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("tcp-connect 127.0.0.1:80: allowed by rule 2, allow * *"), "{text}");
    let (code, text, _) = backend(&["--preset", "loopback", "--check", "udp-send 10.0.0.1:53"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("refused by rule"), "{text}");
    let (code, text, _) = backend(&["--deny", "tcp-connect *:25", "--print-policy"]);
    assert_eq!(code, Some(0));
    assert!(text.contains("  1  deny tcp-connect *:25    # --deny\n"), "{text}");
    for wrong in [
        ["--check", "fly away"],
        ["--allow", "tcp-connect 10.0.0.1/8"],
        ["--policy", "/nowhere/policy.toml"],
    ] {
        let (code, _, error) = backend(&wrong);
        assert_eq!(code, Some(2), "{wrong:?}");
        assert!(error.starts_with("sockpit: "), "{error}");
    }
}
