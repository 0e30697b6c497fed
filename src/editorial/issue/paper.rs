//! Issues as files: the proof, what is frozen at 编发, and the check that it still is what was frozen.

use serde::Serialize;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bulletin::{
    CopyFiles, Document, IssueInput, Offset, SeriesKind, compile_with, cut_at, sample, write_docx, write_html,
};
use crate::model::{BlobHash, ContentHash, IssueId, SeriesId, Urgency};
use crate::store::{IssueFile, StoreError, files_of, items_of, manuscripts_of_issue, read_issue, read_item};

use super::super::{Desk, DeskError};
use super::Plan;
use super::pictures::stored;

/// A 单篇 should not take more pages than this.
const SINGLE_PAGES: usize = 2;
/// The frozen document itself: what a later check compiles from, whatever the series' file says by then.
const DOCUMENT: &str = "json";
/// All copies with their numbers (份号), one after the other.
const COPIES: &str = "copies.pdf";
/// One copy: `copy-000007.pdf`.
const COPY: &str = "copy-";

/// The format of one numbered copy's file.
fn copy_format(number: u32) -> String {
    format!("{COPY}{number:06}.pdf")
}

/// The number of the copy whose file it is.
fn copy_number(format: &str) -> Option<u32> {
    format.strip_prefix(COPY)?.strip_suffix(".pdf")?.parse().ok()
}

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
            let bytes = written(&presses, &document, &format, &[])?;
            Ok((format!("{name}.{format}"), bytes))
        })
        .await
    }

    /// A made-up issue of a series, to look at its masthead, foot and layout.
    ///
    /// # Errors
    /// When there is no such series or form.
    pub async fn series_preview(&self, id: SeriesId, format: &str) -> Result<(String, Vec<u8>), DeskError> {
        let series = self.series(&id)?.clone();
        let input = sample(&series, self.clock.now().date());
        let (presses, format, word_ends) =
            (self.presses.clone(), format.to_owned(), Arc::clone(&self.hooks.word_ends));
        self.compute(move || {
            let words = for_any_text(|text| cut_at(text, &word_ends(text)));
            let document = compile_with(&series, &input, &words)?;
            let copies: &[u32] = if series.copy_numbers { &[1] } else { &[] };
            let bytes = written(&presses, &document, &format, copies)?;
            Ok((format!("{} 样张.{format}", series.name), bytes))
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
            let unmet = document.without_picture().into_iter();
            warnings
                .extend(unmet.map(|(at, text)| format!("第 {at} 篇写有“{text}”，没有这张附图，将照字印出")));
            if presses.missing(&document)?.is_empty()
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
        let series = self.series(&issue.series)?;
        let numbered = series.copy_numbers.then_some(series.copy_files);
        let (blobs, presses) = (self.blobs.clone(), self.presses.clone());
        self.compute(move || {
            let mut forms: Vec<(String, Vec<u8>)> = Vec::new();
            let pdf = presses.pdf(&document, &[])?;
            let pages = pdf.as_ref().map(|pdf| pdf.article_pages.clone()).unwrap_or_default();
            forms.push(("docx".to_owned(), write_docx(&document, &pages)?));
            forms.push(("html".to_owned(), write_html(&document).into_bytes()));
            forms.push((DOCUMENT.to_owned(), frozen(&document)?));
            forms.extend(pdf.map(|pdf| ("pdf".to_owned(), pdf.bytes)));
            let copies: Vec<u32> = (1..=document.foot.copies).collect();
            match numbered {
                None => {}
                Some(CopyFiles::Merged) => {
                    forms.extend(presses.pdf(&document, &copies)?.map(|pdf| (COPIES.to_owned(), pdf.bytes)));
                }
                Some(CopyFiles::Each) => {
                    for number in copies {
                        let pdf = presses.pdf(&document, &[number])?;
                        forms.extend(pdf.map(|pdf| (copy_format(number), pdf.bytes)));
                    }
                }
            }
            let store = |(format, bytes): (String, Vec<u8>)| -> Result<IssueFile, DeskError> {
                let blob: BlobHash = blobs.put(&bytes)?;
                let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
                let name = match copy_number(&format) {
                    Some(number) => format!("{name} 份号{number:06}.pdf"),
                    None if format == COPIES => format!("{name} 份号.pdf"),
                    None => format!("{name}.{format}"),
                };
                Ok(IssueFile { format, blob, bytes: size, name })
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

    /// 套打: the frozen document typeset once more without its red parts, moved by the offset; `copies` = every copy with
    /// its number (份号). Nothing else differs from the frozen PDF, as long as program and fonts are those of that day.
    ///
    /// # Errors
    /// When it is not issued, its series numbers no copies, or the program has no PDF.
    pub async fn overprint(
        &self,
        id: IssueId,
        offset: Offset,
        copies: bool,
    ) -> Result<(String, Vec<u8>), DeskError> {
        let files = self.store.read(move |sql| files_of(sql, &id)).await?;
        if copies && !files.iter().any(|file| copy_number(&file.format).is_some() || file.format == COPIES) {
            return Err(DeskError::Request("本期没有份号".to_owned()));
        }
        let frozen = files.into_iter().find(|file| file.format == DOCUMENT);
        let frozen =
            frozen.ok_or_else(|| StoreError::NotFound(format!("期 {id} 的定稿（编发后才有套打文件）")))?;
        let (blobs, presses) = (self.blobs.clone(), self.presses.clone());
        self.compute(move || {
            let document = thawed(&blobs.get(&frozen.blob)?)?;
            let numbers: Vec<u32> = if copies { (1..=document.foot.copies).collect() } else { Vec::new() };
            let bytes = presses.overprint(&document, &numbers, offset)?.ok_or_else(no_pdf)?;
            let what = if copies { "套打 份号" } else { "套打" };
            Ok((format!("{} {what}.pdf", frozen.name.trim_end_matches(".json")), bytes))
        })
        .await
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
        let (issue, plan, manuscripts, pictures) = self
            .store
            .read(move |sql| {
                let issue = read_issue(sql, &id)?;
                let plan = Plan::of(&issue)?;
                let manuscripts = plan.arrange(manuscripts_of_issue(sql, &id)?);
                let pictures = stored(sql, &manuscripts)?;
                Ok::<_, StoreError>((issue, plan, manuscripts, pictures))
            })
            .await?;
        let series = self.series(&issue.series)?.clone();
        let name = match &issue.number {
            Some(number) if issue.supplement => {
                format!("{} {}年增刊第{}期", series.name, number.year, number.number)
            }
            Some(number) => format!("{} {number}", series.name),
            None => format!("{} 清样", series.name),
        };
        let articles = manuscripts.into_iter().map(|m| m.texts).collect();
        let mut input = IssueInput {
            number: issue.number,
            total: issue.total,
            supplement: issue.supplement,
            printed_date: issue.printed_date,
            urgency: plan.urgency.unwrap_or(Urgency::Normal),
            editors_note: plan.editors_note,
            articles,
            pictures: BTreeMap::new(),
            earlier: plan.earlier,
            signer: issue.signer,
            editor: plan.editor,
            checker: plan.checker,
            copies: plan.copies,
        };
        let (blobs, word_ends) = (self.blobs.clone(), Arc::clone(&self.hooks.word_ends));
        self.compute(move || {
            input.pictures = Self::load_pictures(&blobs, pictures)?;
            let words = for_any_text(|text| cut_at(text, &word_ends(text)));
            Ok((compile_with(&series, &input, &words)?, name))
        })
        .await
    }
}

/// Tells the compiler that a closure gives words of whatever text it is handed.
pub(in crate::editorial) fn for_any_text<F: for<'t> Fn(&'t str) -> Vec<&'t str>>(cut: F) -> F {
    cut
}

/// A document that is not frozen in one of the forms that it can be looked at in.
pub(in crate::editorial) fn written(
    presses: &super::Presses,
    document: &Document,
    format: &str,
    copies: &[u32],
) -> Result<Vec<u8>, DeskError> {
    Ok(match format {
        "html" => write_html(document).into_bytes(),
        "txt" => document.plain_text().into_bytes(),
        "docx" => {
            let pages = presses.pdf(document, &[]).ok().flatten().map(|pdf| pdf.article_pages);
            write_docx(document, &pages.unwrap_or_default())?
        }
        "pdf" => presses.pdf(document, copies)?.ok_or_else(no_pdf)?.bytes,
        other => {
            let detail = format!("清样没有 {other} 形式，可用：html、pdf、docx、txt");
            return Err(DeskError::Request(detail));
        }
    })
}

/// Why there is no PDF.
pub(in crate::editorial) fn no_pdf() -> DeskError {
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
        other => presses.pdf(document, &[copy_number(other)?]).ok()?.map(|pdf| pdf.bytes),
    }
}
