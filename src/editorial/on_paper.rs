//! 代录签批 (DOMAIN §2): a decision given with a pen is entered afterwards, with its day, its words and a scan. It stands
//! as decided by that person, so every rule about them holds as if they had pressed the button; whoever enters it is
//! named beside them, and may have a hand in neither: not their own decision, not a text that they wrote.

use serde::{Deserialize, Serialize};

use crate::model::{Actor, FileId, IssueId, LocalDate, PaperAct, Texts, UserName};
use crate::store::{
    FileRecord, PaperRecord, Priority, Sql, Step, StoreError, Tx, covers_of, files_by_id, list_users,
    papers_of, read_paper, read_user, use_files,
};

use super::manuscript::EDITS;
use super::{Desk, DeskError};

/// Longest wording, in characters.
pub const WORDING_MAX: usize = 1_000;

/// A decision as somebody enters it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperRequest {
    /// The revision that was read.
    pub rev: i64,
    /// What was decided.
    pub decision: PaperAct,
    /// Who decided: the name of an account.
    pub decider: UserName,
    /// The day on the paper.
    pub date: LocalDate,
    /// In which words.
    pub wording: String,
    /// The scan, as it was uploaded.
    pub scan: FileId,
    /// To which stage it is returned; to its editor where none is given.
    #[serde(default)]
    pub to: Option<String>,
    /// 改后通过: the texts as they were changed on the paper, typed by whoever enters it. Only where a stage passes it.
    #[serde(default)]
    pub texts: Option<Texts>,
    /// What whoever enters it has to say: why a grave finding of 校对 in the changed texts stays.
    #[serde(default)]
    pub note: String,
}

impl PaperRequest {
    pub(super) fn check(&self, today: LocalDate) -> Result<(), DeskError> {
        let chars = self.wording.trim().chars().count();
        if chars == 0 || chars > WORDING_MAX {
            return Err(refused(format!("请照录签批的文字（1–{WORDING_MAX} 字，现 {chars} 字），如“同意”")));
        }
        if self.date > today {
            return Err(refused(format!("签批日期 {} 还没有到，请核对", self.date)));
        }
        let chars = self.note.trim().chars().count();
        if chars > WORDING_MAX {
            return Err(refused(format!("录入说明共 {chars} 字，超过 {WORDING_MAX} 字的上限，请删减")));
        }
        Ok(())
    }

    /// A paper says nothing of a text that was written after it. What was changed on an earlier paper was written on its
    /// day, whenever it was typed: two signatures on one sheet are entered one after the other.
    pub(super) fn fits(&self, steps: &[Step], papers: &[(i64, PaperRecord)]) -> Result<(), DeskError> {
        let day = |step: &Step| {
            let paper = papers.iter().find(|(no, _)| *no == step.step);
            paper.map_or_else(|| step.at.date(), |(_, paper)| paper.day)
        };
        let mut changed =
            steps.windows(2).filter(|pair| pair[0].texts != pair[1].texts).map(|pair| day(&pair[1]));
        let last = changed.next_back().or_else(|| steps.first().map(day));
        match last {
            Some(day) if self.date < day => {
                let detail =
                    format!("签批日期 {} 早于最近一次改稿（{day}），签批的不是现在的文字", self.date);
                Err(refused(detail))
            }
            _ => Ok(()),
        }
    }
}

/// What the form of a decision needs.
#[derive(Debug, Serialize)]
pub struct PaperForm {
    /// 标题, or the issue.
    pub title: String,
    /// The revision that is shown.
    pub rev: i64,
    /// What may be entered now.
    pub decisions: Vec<PaperAct>,
    /// The stage that it waits at: 初审.
    pub stage: Option<String>,
    /// The earlier stages to which it may be returned: code, name.
    pub earlier: Vec<(String, String)>,
    /// Who may have decided: name, 姓名.
    pub deciders: Vec<(UserName, String)>,
    /// The texts that a stage passes, to be changed as the paper has them; none where nothing can be changed.
    pub texts: Option<Texts>,
    /// What was entered before.
    pub entered: Vec<PaperRecord>,
}

/// Somebody may decide on paper what they may decide on the screen; `None`: they may.
type Hindrance<'a> = &'a dyn Fn(&crate::model::User) -> Option<String>;

/// The accounts that may have decided, but for whoever enters it.
pub(super) fn deciders(
    sql: &mut dyn Sql,
    today: LocalDate,
    by: &Actor,
    hindrance: Hindrance<'_>,
) -> Result<Vec<(UserName, String)>, StoreError> {
    let mut out = Vec::new();
    for mut user in list_users(sql)? {
        if user.disabled_at.is_some() || user.actor() == *by {
            continue;
        }
        user.covers = covers_of(sql, &user.name, today)?;
        if hindrance(&user).is_none() {
            out.push((user.name, user.title));
        }
    }
    Ok(out)
}

/// Who decided, with whom they stood in for on that day.
pub(super) fn decider(
    sql: &mut dyn Sql,
    request: &PaperRequest,
    by: &Actor,
) -> Result<crate::model::User, DeskError> {
    let mut user = match read_user(sql, &request.decider) {
        Err(StoreError::NotFound(_)) => return Err(refused("请选择由谁签批")),
        other => other?,
    };
    if user.disabled_at.is_some() {
        return Err(refused(format!("{} 的账户已停用", user.title)));
    }
    if user.actor() == *by {
        return Err(DeskError::Forbidden("本人的签批请本人在系统中办理，或由另一人代录".to_owned()));
    }
    user.covers = covers_of(sql, &user.name, request.date)?;
    Ok(user)
}

/// Nobody enters a decision on a text that they wrote: it would be a way round the rule that nobody reviews their own.
pub(super) fn four_eyes(steps: &[Step], by: &Actor) -> Result<(), DeskError> {
    if edited(steps, by) {
        return Err(DeskError::Forbidden("您编过此稿，纸质签批须由另一人代录".to_owned()));
    }
    Ok(())
}

/// Whether somebody is among the authors of a text.
pub(super) fn edited(steps: &[Step], who: &Actor) -> bool {
    steps.iter().any(|step| step.actor == *who && EDITS.contains(&step.action.as_str()))
}

/// The comment of a step that was taken on paper.
pub(super) fn on_paper(comment: &str) -> String {
    format!("（纸质签批）{comment}")
}

/// Notes that the scan is referred to, so that it stays: a picture or a PDF, uploaded by whoever enters the decision.
pub(super) fn take_scan(tx: &mut Tx<'_>, file: &FileId, by: &Actor) -> Result<(), DeskError> {
    if use_files(tx, &by.to_string(), std::slice::from_ref(file))?.is_some() {
        return Err(refused("没有这份扫描件，或已过期，请重新上传"));
    }
    let found = files_by_id(tx, std::slice::from_ref(file))?.into_iter().next();
    match found {
        Some(found) if found.kind.starts_with("image/") || found.kind == "application/pdf" => Ok(()),
        _ => Err(refused("扫描件须为图片（JPG、PNG 等）或 PDF，没有登记")),
    }
}

pub(super) fn refused(detail: impl Into<String>) -> DeskError {
    DeskError::Request(detail.into())
}

impl Desk {
    /// What was decided about an issue on paper.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn papers_of_issue(&self, id: IssueId) -> Result<Vec<PaperRecord>, DeskError> {
        Ok(self.store.read(move |sql: &mut dyn Sql| papers_of(sql, &id.to_string())).await?)
    }

    /// The scan of a decision, with what it is and its bytes; the look is logged.
    ///
    /// # Errors
    /// When there is none of this number, or the file cannot be read.
    pub async fn paper_scan(&self, no: i64, by: Actor) -> Result<(FileRecord, Vec<u8>), DeskError> {
        let (paper, file) = self
            .store
            .read(move |sql: &mut dyn Sql| {
                let paper = read_paper(sql, no)?;
                let file = files_by_id(sql, std::slice::from_ref(&paper.file))?.into_iter().next();
                let file = file.ok_or_else(|| StoreError::NotFound(format!("代录签批 {no} 的扫描件")))?;
                Ok::<_, StoreError>((paper, file))
            })
            .await?;
        let (blobs, hash) = (self.blobs.clone(), file.hash);
        let bytes = self.compute(move || Ok(blobs.get(&hash)?)).await?;
        let detail = serde_json::json!({ "no": no, "file": file.id });
        let log = move |tx: &mut Tx<'_>| tx.audit(&by, "paper.scan", &paper.object, &detail);
        self.store.write::<_, StoreError, _>(Priority::Desk, log).await?;
        Ok((file, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn step(no: i64, action: &str, who: &str, day: &str, body: &str) -> Step {
        Step {
            step: no,
            action: action.to_owned(),
            actor: Actor::User(who.to_owned()),
            at: Timestamp::parse(&format!("{day}T10:00:00")).expect("a time"),
            comment: String::new(),
            texts: Texts { title: "题".to_owned(), body: body.to_owned(), credit: String::new() },
        }
    }

    fn request(day: &str, wording: &str) -> PaperRequest {
        PaperRequest {
            rev: 1,
            decision: PaperAct::Pass,
            decider: "li".parse().expect("a name"),
            date: LocalDate::parse(day).expect("a day"),
            wording: wording.to_owned(),
            scan: "f-00000000000000000000000000000000".parse().expect("an id"),
            to: None,
            texts: None,
            note: String::new(),
        }
    }

    #[test]
    fn a_paper_has_words_and_a_day_that_has_come() {
        let today = LocalDate::parse("2026-03-02").expect("a day");
        assert!(request("2026-03-02", "同意").check(today).is_ok());
        assert!(request("2026-03-03", "同意").check(today).is_err());
        assert!(request("2026-03-02", " ").check(today).is_err());
        assert!(request("2026-03-02", &"字".repeat(WORDING_MAX + 1)).check(today).is_err());
    }

    #[test]
    fn a_paper_says_nothing_of_a_text_that_was_written_after_it() {
        let steps = [
            step(1, "编稿", "zhang", "2026-03-01", "一"),
            step(2, "修改", "zhang", "2026-03-03", "二"),
            step(3, "送审", "zhang", "2026-03-05", "二"),
        ];
        assert!(request("2026-03-02", "同意").fits(&steps, &[]).is_err());
        assert!(request("2026-03-03", "同意").fits(&steps, &[]).is_ok(), "sending it up changes nothing");
        assert!(request("2026-02-28", "同意").fits(&steps[..1], &[]).is_err());
    }

    #[test]
    fn what_was_changed_on_an_earlier_paper_was_written_on_its_day() {
        let steps =
            [step(1, "编稿", "zhang", "2026-03-01", "一"), step(2, "改后通过", "li", "2026-03-05", "二")];
        let paper = PaperRecord {
            no: 1,
            object: String::new(),
            act: PaperAct::Pass,
            told: String::new(),
            decider: Actor::User("li".to_owned()),
            title: "李".to_owned(),
            day: LocalDate::parse("2026-03-02").expect("a day"),
            wording: "同意".to_owned(),
            file: "f-00000000000000000000000000000000".parse().expect("an id"),
            at: steps[1].at,
            entered_by: Actor::User("wang".to_owned()),
        };
        assert!(request("2026-03-03", "同意").fits(&steps, &[]).is_err());
        assert!(request("2026-03-03", "同意").fits(&steps, &[(2, paper.clone())]).is_ok());
        assert!(request("2026-03-01", "同意").fits(&steps, &[(2, paper)]).is_err());
    }

    #[test]
    fn whoever_wrote_it_enters_nothing_and_whoever_changed_a_word_in_passing_may() {
        let steps =
            [step(1, "编稿", "zhang", "2026-03-01", "一"), step(2, "改后通过", "li", "2026-03-02", "二")];
        assert!(four_eyes(&steps, &Actor::User("zhang".to_owned())).is_err());
        assert!(four_eyes(&steps, &Actor::User("li".to_owned())).is_ok());
    }
}
