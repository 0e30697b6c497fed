//! Pictures (附图) of manuscripts on a proof: sent once, called by number in the text, printed where it calls them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::bulletin::Picture;
use crate::model::{Actor, BlobHash, IssueId, IssueState, ManuscriptId, Texts};
use crate::store::{
    ManuscriptRecord, PictureRecord, Priority, Sql, StoreError, Tx, add_picture, correct_manuscript,
    pictures_of, read_issue, read_manuscript,
};

use super::super::{Desk, DeskError};
use super::IssueView;
use super::correct::chosen;

/// Pictures of one manuscript.
const PICTURES_MAX: usize = 30;
/// Longest caption: a line and a half of the page.
const CAPTION_MAX: usize = 40;

/// What is said of a picture that is sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureRequest {
    /// Which manuscript; may be left out where the issue has one only.
    #[serde(default)]
    pub manuscript: Option<String>,
    /// What stands under it.
    #[serde(default)]
    pub caption: String,
    /// The name of its file.
    #[serde(default)]
    pub name: String,
}

/// The stored pictures that an issue's texts may call: article, from 0, and number.
pub(super) type Stored = BTreeMap<(usize, u32), BlobHash>;

impl Desk {
    /// Adds a picture to a manuscript on a proof. Where the text does not call its number yet, a line that does is put
    /// at its end, to be moved by a correction.
    ///
    /// # Errors
    /// When it is no picture, or the proof is signed: from then on only slips may be corrected.
    pub async fn add_picture(
        &self,
        id: IssueId,
        request: PictureRequest,
        bytes: bytes::Bytes,
        by: Actor,
    ) -> Result<IssueView, DeskError> {
        let caption = request.caption.trim().to_owned();
        if caption.chars().count() > CAPTION_MAX || caption.contains(char::is_control) {
            return Err(DeskError::Request(format!("图题（caption）应为一行，至多 {CAPTION_MAX} 字")));
        }
        let blobs = self.blobs.clone();
        let (original, kept) = self
            .compute(move || {
                let picture =
                    Picture::take_in(&bytes).map_err(|error| DeskError::Request(error.to_string()))?;
                Ok((blobs.put(&bytes)?, blobs.put(&picture.bytes)?))
            })
            .await?;
        let wanted: Option<ManuscriptId> = request.manuscript.as_deref().map(str::parse).transpose()?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let state = read_issue(tx, &id)?.state;
                if !matches!(state, IssueState::Draft | IssueState::Proof) {
                    return Err(DeskError::Request(format!("本期{}，不能再加附图", state.label())));
                }
                let meant = chosen(tx, &id, wanted)?;
                let manuscript = read_manuscript(tx, &meant)?;
                if pictures_of(tx, &manuscript.id)?.len() >= PICTURES_MAX {
                    return Err(DeskError::Request(format!("一篇稿件至多 {PICTURES_MAX} 张附图")));
                }
                let number = add_picture(tx, &manuscript.id, &request.name, &original, &kept, &by)?;
                let mark = format!("【图{number}】");
                if manuscript.texts.body.lines().any(|line| line.trim().starts_with(&mark)) {
                    return Ok(());
                }
                let body = format!("{}\n{mark}{caption}", manuscript.texts.body.trim_end());
                let texts = Texts { body, ..manuscript.texts.clone() };
                let comment = format!("附图{number} {}", request.name);
                Ok(correct_manuscript(tx, &manuscript, &texts, "附图", &by, comment.trim())?)
            })
            .await?;
        let warnings = self.check_proof(id).await?;
        Ok(IssueView { warnings, ..self.issue_view(id).await? })
    }

    /// Reads the pictures of an issue from the disk.
    pub(super) fn load_pictures(
        blobs: &crate::store::Blobs,
        stored: Stored,
    ) -> Result<BTreeMap<(usize, u32), Picture>, DeskError> {
        stored
            .into_iter()
            .map(|(place, hash)| {
                let picture = Picture::kept(blobs.get(&hash)?);
                Ok((place, picture.map_err(|error| DeskError::Broken(error.to_string()))?))
            })
            .collect()
    }
}

/// The pictures of manuscripts in their order.
pub(super) fn stored(sql: &mut dyn Sql, manuscripts: &[ManuscriptRecord]) -> Result<Stored, StoreError> {
    let mut all = Stored::new();
    for (article, manuscript) in manuscripts.iter().enumerate() {
        let of: Vec<PictureRecord> = pictures_of(sql, &manuscript.id)?;
        all.extend(of.into_iter().map(|one| ((article, one.number), one.blob)));
    }
    Ok(all)
}
