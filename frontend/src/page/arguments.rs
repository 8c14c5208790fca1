//! A program's arguments as one line of text, which is read as a shell reads it.

/// Bytes of a line of arguments; far more than anybody types.
const LINE_BYTES_MAX: usize = 4096;

/// Reads a line: words between spaces, in quotes where they have spaces of their own.
pub fn split(line: &str) -> Result<Vec<String>, &'static str> {
    if line.len() > LINE_BYTES_MAX {
        return Err("These are more arguments than a program can get.");
    }
    let mut words = Vec::new();
    // A word has begun, be it with quotes around nothing.
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some('"') | None, '\\') => {
                let next = characters.next().ok_or("Nothing follows the last backslash.")?;
                word.get_or_insert_default().push(next);
            }
            (Some(_), _) => word.get_or_insert_default().push(character),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err("A quote is not closed.");
    }
    words.extend(word);
    Ok(words)
}

/// Writes arguments as a line that [`split`] reads.
pub fn join(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| !c.is_whitespace() && !matches!(c, '\'' | '"' | '\\');
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, words: &[&str]) {
        assert_eq!(split(line).as_deref(), Ok(&words.map_to_strings()[..]), "{line}");
        assert_eq!(split(&join(&words.map_to_strings())), Ok(words.map_to_strings()), "{line}");
    }

    trait MapToStrings {
        fn map_to_strings(&self) -> Vec<String>;
    }

    impl MapToStrings for [&str] {
        fn map_to_strings(&self) -> Vec<String> {
            self.iter().map(|word| (*word).to_owned()).collect()
        }
    }

    #[test]
    fn words_are_what_a_shell_makes_of_them() {
        check("", &[]);
        check("  127.0.0.1   9000 ", &["127.0.0.1", "9000"]);
        check("-m 'two words' \"it's\" a\\ b", &["-m", "two words", "it's", "a b"]);
        check("'' x'y'z \"\\\"\" '\\'", &["", "xyz", "\"", "\\"]);
        check("--message=ä\t日本", &["--message=ä", "日本"]);
    }

    #[test]
    fn what_is_not_finished_says_so() {
        assert!(split("'open").is_err());
        assert!(split("end\\").is_err());
        assert!(split(&"x".repeat(LINE_BYTES_MAX + 1)).is_err());
    }
}
