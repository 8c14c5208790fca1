//! What the visitor wrote, kept on this machine and nowhere else.
//!
//! Each session that was edited is a draft of its own: opening something else, in this tab or
//! in another one, overwrites none.

use serde::{Deserialize, Serialize};
use shared::session::Session;

/// Drafts kept besides the one on the page. Browsers give a site about 5 MB.
pub const DRAFTS_MAX: usize = 12;
/// Bytes of text of all drafts together; older ones go first.
pub const DRAFTS_BYTES_MAX: usize = 3 << 20;

/// A session of the visitor's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Names it among the drafts of this machine.
    pub id: String,
    /// When it was last changed, in milliseconds since 1970.
    pub at_ms: f64,
    pub session: Session,
}

/// What the page remembers between visits, on this machine only.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    /// The draft that this very tab showed before it was loaded again.
    pub current: Option<String>,
    /// In any order.
    pub drafts: Vec<Draft>,
}

impl Kept {
    /// Returns the draft to show, and the others with the newest first.
    pub fn sorted(self) -> (Option<Draft>, Vec<Draft>) {
        let Kept { current, mut drafts } = self;
        drafts.retain(|draft| draft.session.check().is_ok());
        drafts.sort_by(|a, b| b.at_ms.total_cmp(&a.at_ms));
        let shown = current
            .and_then(|id| drafts.iter().position(|draft| draft.id == id))
            .or_else(|| (!drafts.is_empty()).then_some(0));
        let shown = shown.map(|index| drafts.remove(index));
        (shown, drafts)
    }
}

/// Takes away, and returns, the oldest drafts that are more than this machine is asked to keep.
pub fn keep_bounds(drafts: &mut Vec<Draft>) -> Vec<Draft> {
    let mut bytes = 0;
    let mut room = 0;
    for draft in drafts.iter().take(DRAFTS_MAX) {
        bytes += size(&draft.session);
        // The newest one stays whatever its size; a session has a bound of its own.
        if bytes > DRAFTS_BYTES_MAX && room > 0 {
            break;
        }
        room += 1;
    }
    drafts.split_off(room)
}

/// Returns how many bytes of text a session holds.
pub fn size(session: &Session) -> usize {
    let code: usize = session.programs.iter().map(|program| program.code.len()).sum();
    code + session.notes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::session::{Program, SESSION_VERSION, View};

    fn draft(id: &str, at_ms: f64, code: &str) -> Draft {
        let program =
            Program { name: "a.py".into(), code: code.into(), args: Vec::new(), autostart: true };
        let session = Session {
            v: SESSION_VERSION,
            title: String::new(),
            notes: String::new(),
            programs: vec![program],
            view: View::default(),
        };
        Draft { id: id.into(), at_ms, session }
    }

    fn ids(drafts: &[Draft]) -> Vec<&str> {
        drafts.iter().map(|draft| draft.id.as_str()).collect()
    }

    #[test]
    fn a_tab_that_is_loaded_again_shows_its_own_draft() {
        let drafts = vec![draft("old", 1.0, ""), draft("new", 3.0, ""), draft("mid", 2.0, "")];
        let kept = Kept { current: Some("mid".into()), drafts: drafts.clone() };
        let (shown, others) = kept.sorted();
        assert_eq!(shown.unwrap().id, "mid");
        assert_eq!(ids(&others), ["new", "old"]);
        let (shown, _) = Kept { current: Some("gone".into()), drafts }.sorted();
        assert_eq!(shown.unwrap().id, "new");
        assert_eq!(Kept::default().sorted(), (None, Vec::new()));
    }

    #[test]
    fn the_oldest_drafts_make_room() {
        let mut many: Vec<Draft> =
            (0..DRAFTS_MAX + 2).map(|n| draft(&n.to_string(), 0.0, "")).collect();
        assert_eq!(ids(&keep_bounds(&mut many)), ["12", "13"]);
        assert_eq!(many.len(), DRAFTS_MAX);
        let large = "x".repeat(DRAFTS_BYTES_MAX / 2);
        let mut few = vec![draft("a", 0.0, &large), draft("b", 0.0, &large), draft("c", 0.0, "x")];
        assert_eq!(ids(&keep_bounds(&mut few)), ["c"]);
        let huge = "x".repeat(DRAFTS_BYTES_MAX + 1);
        assert!(keep_bounds(&mut vec![draft("a", 0.0, &huge)]).is_empty());
    }
}
