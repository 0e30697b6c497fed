//! Issues as files: the proof, what is frozen at 编发, and the check that it still is what was frozen.

use serde::Serialize;

use crate::bulletin::{
    CompileError, Document, IssueInput, SeriesKind, compile_with, crude_words, write_docx, write_html,
};
use crate::model::{BlobHash, ContentHash, IssueId, Urgency};
use crate::store::{IssueFile, StoreError, files_of, items_of, manuscripts_of_issue, read_issue, read_item};

use super::super::{Desk, DeskError};
use super::Plan;

/// A 单篇 should not take more pages than this.
const SINGLE_PAGES: usize = 2;
/// The frozen document itself: what a later check compiles from, whatever the series' file says by then.
const DOCUMENT: &str = "json";
/// All copies with their numbers (份号), one after the other.
const COPIES: &str = "copies.pdf";

/// A file of an issue as it was found.
#[derive(Debug, Serialize)]
pub struct FileCheck {
    /// `docx`, `pdf` …
    pub format: String,
    /// Whether its bytes are those that were frozen.
    pub intact: bool,
    /// Whether this version of the program would make the same bytes; unknown of a file it cannot make.
    pub same_again: Option<bool>,
}

/// Whether an issue is what was frozen.
#[derive(Debug, Serialize)]
pub struct Verified {
    /// Which.
    pub id: IssueId,
    /// Whether every file is intact and the document has the hash that was stored at 编发.
    pub ok: bool,
    /// Whether the stored document has the hash that was stored at 编发.
    pub document: bool,
    /// File by file.
    pub files: Vec<FileCheck>,
}

impl Desk {
    /// 清样, or of an issued one the document as it now compiles, as HTML, PDF, DOCX or plain text.
    ///
    /// # Errors
    /// When it cannot be compiled as it is, or there is no such form.
    pub async fn proof(&self, id: IssueId, format: &str) -> Result<(String, Vec<u8>), DeskError> {
        let (document, name) = self.document(id).await?;
        let (presses, format) = (self.presses.clone(), format.to_owned());
        self.compute(move || {
            let bytes = match format.as_str() {
                "html" => write_html(&document).into_bytes(),
                "txt" => document.plain_text().into_bytes(),
                "docx" => {
                    let pages = presses.pdf(&document, &[]).ok().flatten().map(|pdf| pdf.article_pages);
                    write_docx(&document, &pages.unwrap_or_default())?
                }
                "pdf" => presses.pdf(&document, &[])?.ok_or_else(no_pdf)?.bytes,
                other => {
                    let detail = format!("清样没有 {other} 形式，可用：html、pdf、docx、txt");
                    return Err(DeskError::Request(detail));
                }
            };
            Ok((format!("{name}.{format}"), bytes))
        })
        .await
    }

    /// Typesets a proof as a trial; what it should be looked at for.
    pub(super) async fn check_proof(&self, id: IssueId) -> Result<Vec<String>, DeskError> {
        let (document, _) = self.document(id).await?;
        let single = document.articles.len() == 1 && self.kind_of(id).await? == SeriesKind::Single;
        let presses = self.presses.clone();
        self.compute(move || {
            let mut warnings = presses.missing(&document)?;
            if warnings.is_empty()
                && let Some(pdf) = presses.pdf(&document, &[])?
                && single
                && pdf.pages > SINGLE_PAGES
            {
                warnings.push(format!("单篇一般不超过 {SINGLE_PAGES} 页，本期有 {} 页", pdf.pages));
            }
            Ok(warnings)
        })
        .await
    }

    /// Nothing is signed that would print boxes.
    pub(super) async fn refuse_missing(&self, id: IssueId) -> Result<(), DeskError> {
        let (document, _) = self.document(id).await?;
        let presses = self.presses.clone();
        let missing = self.compute(move || presses.missing(&document)).await?;
        if missing.is_empty() {
            return Ok(());
        }
        let detail = format!(
            "有字不能印出，不能签发：{}。请改字，或在 bulletin.fonts_dir 中放入字体",
            missing.join("；")
        );
        Err(DeskError::Request(detail))
    }

    async fn kind_of(&self, id: IssueId) -> Result<SeriesKind, DeskError> {
        let issue = self.store.read(move |sql| read_issue(sql, &id)).await?;
        Ok(self.series(&issue.series)?.kind)
    }

    /// Typesets an issue that has its number and stores its files durably.
    pub(super) async fn typeset(&self, id: IssueId) -> Result<(Vec<IssueFile>, ContentHash), DeskError> {
        let (document, name) = self.document(id).await?;
        let issue = self.store.read(move |sql| read_issue(sql, &id)).await?;
        let numbered = self.series(&issue.series)?.copy_numbers;
        let (blobs, presses) = (self.blobs.clone(), self.presses.clone());
        self.compute(move || {
            let mut forms: Vec<(&str, Vec<u8>)> = Vec::new();
            let pdf = presses.pdf(&document, &[])?;
            let pages = pdf.as_ref().map(|pdf| pdf.article_pages.clone()).unwrap_or_default();
            forms.push(("docx", write_docx(&document, &pages)?));
            forms.push(("html", write_html(&document).into_bytes()));
            forms.push((DOCUMENT, frozen(&document)?));
            forms.extend(pdf.map(|pdf| ("pdf", pdf.bytes)));
            if numbered {
                let copies: Vec<u32> = (1..=document.foot.copies).collect();
                forms.extend(presses.pdf(&document, &copies)?.map(|pdf| (COPIES, pdf.bytes)));
            }
            let store = |(format, bytes): (&str, Vec<u8>)| -> Result<IssueFile, DeskError> {
                let blob: BlobHash = blobs.put(&bytes)?;
                let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
                let name = match format {
                    COPIES => format!("{name} 份号.pdf"),
                    _ => format!("{name}.{format}"),
                };
                Ok(IssueFile { format: format.to_owned(), blob, bytes: size, name })
            };
            let files = forms.into_iter().map(store).collect::<Result<_, _>>()?;
            Ok((files, document.content_hash()))
        })
        .await
    }

    /// The bytes of an issued file, exactly as they were frozen; `txt` = the form for messages, where it may go out.
    ///
    /// # Errors
    /// When the issue has no file of this format, or its bytes have changed on the disk.
    pub async fn file(&self, id: IssueId, format: String) -> Result<(IssueFile, Vec<u8>), DeskError> {
        let wanted = if format == "txt" { DOCUMENT.to_owned() } else { format.clone() };
        let files = self.store.read(move |sql| files_of(sql, &id)).await?;
        let mut file = files.into_iter().find(|file| file.format == wanted).ok_or_else(|| {
            StoreError::NotFound(format!("期 {id} 没有 {format} 文件（未编发的期请看清样）"))
        })?;
        let (blobs, hash) = (self.blobs.clone(), file.blob);
        let bytes = self.compute(move || Ok(blobs.get(&hash)?)).await?;
        if format != "txt" {
            return Ok((file, bytes));
        }
        self.may_go_out(id).await?;
        let text = thawed(&bytes)?.plain_text().into_bytes();
        file.name = file.name.replace(".json", ".txt");
        file.format = format;
        Ok((file, text))
    }

    /// Web and messages: only of a series that is public, and of items that their authors let be open.
    async fn may_go_out(&self, id: IssueId) -> Result<(), DeskError> {
        let issue = self.store.read(move |sql| read_issue(sql, &id)).await?;
        let series = self.series(&issue.series)?;
        if !series.public {
            let detail = format!("《{}》未标为可公开（public = true），没有对外形式", series.name);
            return Err(DeskError::Request(detail));
        }
        let closed = self
            .store
            .read(move |sql| {
                for manuscript in manuscripts_of_issue(sql, &id)? {
                    for (no, item) in items_of(sql, &manuscript.id)? {
                        if read_item(sql, no)?.submission.open.is_none_or(|open| !open.agreed) {
                            return Ok(Some(item));
                        }
                    }
                }
                Ok::<_, StoreError>(None)
            })
            .await?;
        match closed {
            None => Ok(()),
            Some(item) => {
                Err(DeskError::Request(format!("来稿 {item} 未同意公开（open），本期没有对外形式")))
            }
        }
    }

    /// Compares an issued issue with what was frozen: bytes by hash, the document by its hash, and whether this version
    /// of the program would make the same files again.
    ///
    /// # Errors
    /// When there is none of this id, or it is not issued.
    pub async fn verify_issue(&self, id: IssueId) -> Result<Verified, DeskError> {
        let (issue, files) = self
            .store
            .read(move |sql| Ok::<_, StoreError>((read_issue(sql, &id)?, files_of(sql, &id)?)))
            .await?;
        let Some(content) = issue.content_hash else {
            return Err(DeskError::Request(format!("期 {id} 尚未编发，没有定稿可查")));
        };
        let (blobs, presses) = (self.blobs.clone(), self.presses.clone());
        self.compute(move || {
            let document = files
                .iter()
                .find(|file| file.format == DOCUMENT)
                .and_then(|file| blobs.get(&file.blob).ok())
                .and_then(|bytes| thawed(&bytes).ok());
            let checks: Vec<FileCheck> = files
                .iter()
                .map(|file| {
                    let found = blobs.get(&file.blob).ok();
                    let again =
                        document.as_ref().and_then(|document| remake(&presses, document, &file.format));
                    let same_again = again.map(|again| found.as_ref() == Some(&again));
                    FileCheck { format: file.format.clone(), intact: found.is_some(), same_again }
                })
                .collect();
            let document = document.is_some_and(|document| document.content_hash() == content);
            let ok = document && !checks.is_empty() && checks.iter().all(|check| check.intact);
            Ok(Verified { id, ok, document, files: checks })
        })
        .await
    }

    /// Compiles an issue as it stands; also the name its files are handed out under.
    async fn document(&self, id: IssueId) -> Result<(Document, String), DeskError> {
        let (issue, manuscripts) = self
            .store
            .read(move |sql| Ok::<_, StoreError>((read_issue(sql, &id)?, manuscripts_of_issue(sql, &id)?)))
            .await?;
        let plan = Plan::of(&issue)?;
        let series = self.series(&issue.series)?.clone();
        let name = match &issue.number {
            Some(number) if issue.supplement => {
                format!("{} {}年增刊第{}期", series.name, number.year, number.number)
            }
            Some(number) => format!("{} {number}", series.name),
            None => format!("{} 清样", series.name),
        };
        let articles = plan.arrange(manuscripts).into_iter().map(|m| m.texts).collect();
        let input = IssueInput {
            number: issue.number,
            total: issue.total,
            supplement: issue.supplement,
            printed_date: issue.printed_date,
            urgency: plan.urgency.unwrap_or(Urgency::Normal),
            editors_note: plan.editors_note,
            articles,
            earlier: plan.earlier,
            signer: issue.signer,
            editor: plan.editor,
            checker: plan.checker,
            copies: plan.copies,
        };
        self.compute(move || {
            Ok::<_, CompileError>((compile_with(&series, &input, &crude_words)?, name)).map_err(Into::into)
        })
        .await
    }
}

fn no_pdf() -> DeskError {
    DeskError::Request("本程序编译时未含 PDF 功能（feature pdf）".to_owned())
}

fn frozen(document: &Document) -> Result<Vec<u8>, DeskError> {
    serde_json::to_vec(document).map_err(|error| DeskError::Broken(error.to_string()))
}

fn thawed(bytes: &[u8]) -> Result<Document, DeskError> {
    serde_json::from_slice(bytes).map_err(|error| DeskError::Broken(error.to_string()))
}

/// A file as this version of the program makes it.
fn remake(presses: &super::Presses, document: &Document, format: &str) -> Option<Vec<u8>> {
    match format {
        "docx" => {
            let pages = presses.pdf(document, &[]).ok()?.map(|pdf| pdf.article_pages).unwrap_or_default();
            write_docx(document, &pages).ok()
        }
        "html" => Some(write_html(document).into_bytes()),
        DOCUMENT => frozen(document).ok(),
        "pdf" => presses.pdf(document, &[]).ok()?.map(|pdf| pdf.bytes),
        COPIES => {
            let copies: Vec<u32> = (1..=document.foot.copies).collect();
            presses.pdf(document, &copies).ok()?.map(|pdf| pdf.bytes)
        }
        _ => None,
    }
}
