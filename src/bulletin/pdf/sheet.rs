//! A filled form as PDF: `sheet.typ`, with the fonts of the bulletins.

use serde_json::{Value, json};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use super::super::form::{COLUMNS, Sheet, SheetRow, date_box};
use super::{CACHE_AGE, PdfError, Press, told, world};

/// Typesets a form. A character that no font has prints as a box: forms are written on by hand anyway.
///
/// # Errors
/// [`PdfError::Typeset`] as the typesetter reports.
pub fn write_sheet(press: &Press, sheet: &Sheet) -> Result<Vec<u8>, PdfError> {
    let picture = sheet.qr().and_then(|qr| qr.png()).map(|(bytes, _)| bytes.into());
    let data = data(press, sheet, picture.is_some());
    let job = world::Job::new(press, &press.sheet, data, picture.into_iter().collect())?;
    let paged: PagedDocument = typst::compile(&job).output.map_err(|errors| told(&errors))?;
    let options = PdfOptions { tagged: false, ..PdfOptions::default() };
    let bytes = typst_pdf::pdf(&paged, &options).map_err(|errors| told(&errors))?;
    drop(paged);
    typst::comemo::evict(CACHE_AGE);
    Ok(bytes)
}

fn data(press: &Press, sheet: &Sheet, qr: bool) -> Vec<u8> {
    let mut told = json!(sheet);
    let rows = told["rows"].as_array_mut().into_iter().flatten();
    for (row, said) in sheet.rows.iter().zip(rows) {
        if let SheetRow::Write { sign, .. } = row {
            said["signed"] = Value::from(date_box(sign));
        }
    }
    json!({
        "sheet": told, "columns": COLUMNS, "qr": qr, "date": sheet.date.chinese(),
        "year": sheet.date.year(), "month": sheet.date.month(), "day": sheet.date.day(),
        "own_families": press.own_families(),
    })
    .to_string()
    .into_bytes()
}
