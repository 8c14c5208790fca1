//! Files that programs hand to each other over Unix sockets (`SCM_RIGHTS`).
//!
//! The host knows nothing of a client's files: it carries a number for each. Here are the two
//! ends of that: a sender's files become numbers, and numbers become a receiver's files.

use crate::call::{Call, Flag, Right};
use crate::reply::ReceivedMessage;

/// Puts in place of each file that a call hands over the number that `keep` gives it.
///
/// # Errors
/// What `keep` says of the first file that it cannot keep.
pub fn give_files<E>(
    call: &mut Call,
    mut keep: impl FnMut(u32) -> Result<u32, E>,
) -> Result<(), E> {
    let Call::Sendmsg(call) = call else { return Ok(()) };
    for right in call.control.iter_mut().flat_map(|control| &mut control.rights) {
        if let Right::File(file) = right {
            *file = keep(*file)?;
        }
    }
    Ok(())
}

/// Puts in place of each number that has arrived the file that `open` opens for it. Those that
/// are gone are cut off, as Linux does with what a receiver has no room for.
pub fn take_files(message: &mut ReceivedMessage, mut open: impl FnMut(u32) -> Option<u32>) {
    let mut lost = false;
    for control in &mut message.control {
        control.rights.retain_mut(|right| match right {
            Right::File(number) => match open(*number) {
                Some(file) => {
                    *number = file;
                    true
                }
                None => {
                    lost = true;
                    false
                }
            },
            Right::Socket(_) => true,
        });
    }
    if lost && !message.flags.contains(&Flag::Ctrunc) {
        message.flags.push(Flag::Ctrunc);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Control, Sendmsg, SocketId, Wait};

    fn control(rights: Vec<Right>) -> Control {
        Control { level: 1, kind: 1, len: 0, rights }
    }

    #[test]
    fn a_senders_files_become_numbers_and_its_sockets_stay() {
        let rights = vec![Right::File(5), Right::Socket(SocketId(3)), Right::File(6)];
        let mut call = Call::Sendmsg(Sendmsg {
            socket: SocketId(9),
            address: None,
            control: vec![control(rights)],
            flags: Vec::new(),
            wait: Wait::Never,
        });
        give_files(&mut call, |file| Ok::<_, ()>(file + 100)).unwrap();
        let Call::Sendmsg(sent) = &call else { panic!("{call:?}") };
        let wanted = [Right::File(105), Right::Socket(SocketId(3)), Right::File(106)];
        assert_eq!(sent.control[0].rights, wanted);
        assert_eq!(give_files(&mut call, |_| Err("closed")), Err("closed"));
    }

    #[test]
    fn a_file_that_is_gone_is_cut_off() {
        let rights = vec![Right::File(1), Right::Socket(SocketId(3)), Right::File(2)];
        let mut message = ReceivedMessage {
            control: vec![control(rights)],
            ..serde_json::from_str(MESSAGE).unwrap()
        };
        take_files(&mut message, |number| (number == 2).then_some(7));
        assert_eq!(message.control[0].rights, [Right::Socket(SocketId(3)), Right::File(7)]);
        assert_eq!(message.flags, [Flag::Ctrunc]);
        take_files(&mut message, |_| None);
        assert_eq!(message.flags, [Flag::Ctrunc]);
    }

    const MESSAGE: &str = r#"{"len":0,"offset":null,"peer":null,"flags":[],"control":[]}"#;
}
