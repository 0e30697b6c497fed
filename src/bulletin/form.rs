//! Paper forms (DOMAIN §2: 核稿单, 签批单, 送阅单): what a file in `config/forms/` says, filled in for one record.
//!
//! A filled form is a [`Sheet`], in no file format yet; `docx` and `pdf` write it, the desk shows it as a page.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::LocalDate;

use super::layout::breakable;
use super::qr::Qr;

/// What a form may ask for between braces; explained in `config/forms/review.toml`.
const PLACES: [&str; 14] = [
    "刊名",
    "去向",
    "期号",
    "题目",
    "供稿",
    "署名",
    "编辑",
    "紧急程度",
    "字数",
    "收稿日期",
    "印发日期",
    "报送范围",
    "印数",
    "编号",
];
/// Higher than this no row fits under a head on one page, mm.
const HEIGHT_MAX: u32 = 220;
/// Most empty lines of a table.
const LINES_MAX: u32 = 30;
/// The heads of 办理经过.
const STEP_HEADS: [&str; 4] = ["环节", "经办人", "日期", "意见"];
/// The least height of a row that says none, mm; and of a line of 办理经过.
const ROW: u32 = 10;
/// See [`ROW`].
const STEP: u32 = 9;

/// The columns of every form, mm: a label, two halves of what stands beside it, a second label, the rest.
pub(super) const COLUMNS: [u32; 5] = [24, 26, 26, 28, 52];

/// The forms that the program brings along.
const COMPILED_IN: [(&str, &str); 3] = [
    ("review", include_str!("../../config/forms/review.toml")),
    ("signing", include_str!("../../config/forms/signing.toml")),
    ("reading", include_str!("../../config/forms/reading.toml")),
];

/// A form as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Its code, the name of its file.
    pub id: String,
    /// As the pages call it.
    pub name: String,
    /// What is printed on top.
    title: String,
    /// Beside what it is offered.
    #[serde(rename = "for")]
    offered: Vec<FormOf>,
    /// The small line at the foot.
    #[serde(default)]
    note: String,
    #[serde(rename = "row")]
    rows: Vec<Row>,
}

/// What a form is printed of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormOf {
    /// 编稿.
    Manuscript,
    /// 期.
    Issue,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
enum Row {
    Fields {
        fields: Vec<[String; 2]>,
        #[serde(default)]
        height: u32,
    },
    Steps {
        label: String,
    },
    Write {
        label: String,
        height: u32,
        #[serde(default)]
        sign: String,
    },
    Lines {
        label: String,
        head: [String; 4],
        count: u32,
        height: u32,
    },
}

/// What is filled in.
#[derive(Debug, Clone, Default)]
pub struct Filling {
    /// By the words between the braces; what is not here prints as nothing.
    pub values: BTreeMap<&'static str, String>,
    /// 环节, 经办人, 日期, 意见: what was done, then empty ones for what is still to be done by hand.
    pub steps: Vec<[String; 4]>,
    /// 编印单位.
    pub unit: String,
    /// What the QR code leads to.
    pub address: String,
    /// 编号.
    pub code: String,
}

/// A filled form as it will print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// 标题.
    pub title: String,
    /// 编印单位, left above the table.
    pub unit: String,
    /// The day of printing, right above the table.
    pub date: LocalDate,
    /// 编号, under the QR code.
    pub code: String,
    /// What the QR code holds.
    pub address: String,
    /// The small line at the foot.
    pub note: String,
    /// From top to bottom.
    pub rows: Vec<SheetRow>,
}

/// A row of a filled form; heights are least ones, in mm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SheetRow {
    /// One or two labels, each with what stands beside it, which may have several lines.
    Fields {
        /// Label and text.
        pairs: Vec<(String, String)>,
        /// Of the row.
        height: u32,
    },
    /// A box to write in.
    Write {
        /// What is to be written.
        label: String,
        /// Of the box.
        height: u32,
        /// What stands before the place for a name: 签名：; empty = nobody signs here.
        sign: String,
    },
    /// Lines under four heads.
    Table {
        /// What stands beside it.
        label: String,
        /// The heads.
        head: [String; 4],
        /// The lines.
        rows: Vec<[String; 4]>,
        /// Of each line.
        height: u32,
    },
}

/// Where a name is signed and a day written by hand.
pub(super) fn date_box(sign: &str) -> String {
    format!("{sign}{}年{}月{}日", "　".repeat(7), "　".repeat(3), "　".repeat(3))
}

impl Form {
    /// The forms that the program brings along: code and text of the file.
    pub fn compiled_in() -> &'static [(&'static str, &'static str)] {
        &COMPILED_IN
    }

    /// Reads a form; `origin` names the file in what is said about it.
    ///
    /// # Errors
    /// What is wrong with it, in Chinese.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, String> {
        let form: Self = toml::from_str(text).map_err(|error| format!("{origin} 有误：{error}"))?;
        form.check().map_err(|why| format!("{origin} 有误：{why}"))?;
        Ok(form)
    }

    fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.id.is_empty() || !self.id.chars().all(plain) {
            return Err(format!("id“{}”只能用小写字母、数字和 -", self.id));
        }
        if self.name.trim().is_empty() || self.rows.is_empty() {
            return Err("须有 name 和至少一个 [[row]]".to_owned());
        }
        places(&self.title)?;
        self.rows.iter().try_for_each(Row::check)
    }

    /// Whether it is offered beside such a record.
    pub fn is_of(&self, what: FormOf) -> bool {
        self.offered.contains(&what)
    }

    /// The form filled in.
    pub fn fill(&self, filling: &Filling, date: LocalDate) -> Sheet {
        let filled = |text: &str| {
            let put = |text: String, place: &&str| {
                let value = filling.values.get(place).map_or("", String::as_str);
                text.replace(&format!("{{{place}}}"), value)
            };
            breakable(PLACES.iter().fold(text.to_owned(), put).trim()).into_owned()
        };
        Sheet {
            title: filled(&self.title),
            unit: filling.unit.clone(),
            date,
            code: filling.code.clone(),
            address: filling.address.clone(),
            note: self.note.clone(),
            rows: self.rows.iter().map(|row| row.fill(&filling.steps, filled)).collect(),
        }
    }
}

impl Row {
    fn check(&self) -> Result<(), String> {
        let high = |height: u32| match height <= HEIGHT_MAX {
            true => Ok(()),
            false => Err(format!("height 超过 {HEIGHT_MAX} 毫米")),
        };
        match self {
            Self::Fields { fields, height } => {
                if !(1..=2).contains(&fields.len()) {
                    return Err("fields 须有一栏或两栏".to_owned());
                }
                fields.iter().try_for_each(|[_, text]| places(text))?;
                high(*height)
            }
            Self::Write { height, .. } => high(*height),
            Self::Lines { count, height, .. } if *count <= LINES_MAX => high(*height),
            Self::Lines { .. } => Err(format!("count 超过 {LINES_MAX} 行")),
            Self::Steps { .. } => Ok(()),
        }
    }

    fn fill(&self, steps: &[[String; 4]], filled: impl Fn(&str) -> String) -> SheetRow {
        match self {
            Self::Fields { fields, height } => SheetRow::Fields {
                pairs: fields.iter().map(|[label, text]| (label.clone(), filled(text))).collect(),
                height: (*height).max(ROW),
            },
            Self::Steps { label } => SheetRow::Table {
                label: label.clone(),
                head: STEP_HEADS.map(str::to_owned),
                rows: steps
                    .iter()
                    .map(|step| step.each_ref().map(|text| breakable(text).into_owned()))
                    .collect(),
                height: STEP,
            },
            Self::Write { label, height, sign } => {
                SheetRow::Write { label: label.clone(), height: (*height).max(ROW), sign: sign.clone() }
            }
            Self::Lines { label, head, count, height } => SheetRow::Table {
                label: label.clone(),
                head: head.clone(),
                rows: (0..*count).map(|_| std::array::from_fn(|_| String::new())).collect(),
                height: (*height).max(STEP),
            },
        }
    }
}

fn places(text: &str) -> Result<(), String> {
    known_places(text, &PLACES)
}

/// Refuses a place that nothing fills: it would print as it stands.
pub(super) fn known_places(text: &str, known: &[&str]) -> Result<(), String> {
    for part in text.split('{').skip(1) {
        let named = part.split_once('}').map_or(part, |(named, _)| named);
        if !known.contains(&named) || !part.contains('}') {
            return Err(format!("没有可填的内容 {{{named}}}，可用：{}", known.join("、")));
        }
    }
    Ok(())
}

impl Sheet {
    /// The QR code; none where its text is too long for one.
    pub fn qr(&self) -> Option<Qr> {
        Qr::of(&self.address)
    }

    /// Where a name is signed and a day written, in a box.
    pub fn date_box(&self, sign: &str) -> String {
        date_box(sign)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A form of the program, filled in as one of a single item would be.
    pub(in crate::bulletin) fn filled(id: &str) -> Sheet {
        let (_, text) = Form::compiled_in().iter().find(|(known, _)| *known == id).expect("a form");
        let values = BTreeMap::from([
            ("刊名", "社情民意信息".to_owned()),
            ("期号", "2026年第12期".to_owned()),
            ("题目", "关于在成渝地区双城经济圈建设中加强长江上游流域生态环境协同治理的建议".to_owned()),
            ("供稿", "钟离意（某区某街道办事处）、上官文（某民主党派某市委会）".to_owned()),
            ("编辑", "张某".to_owned()),
            ("紧急程度", "特急".to_owned()),
            ("字数", "1386".to_owned()),
            ("收稿日期", "2026年1月5日".to_owned()),
            ("印发日期", "2026年1月8日".to_owned()),
            ("报送范围", "报：某某办公厅。送：某某委员会，某某局。".to_owned()),
            ("印数", "60".to_owned()),
        ]);
        let step = |parts: [&str; 4]| parts.map(str::to_owned);
        let filling = Filling {
            values,
            steps: vec![
                step(["编稿", "张某", "2026-01-05", ""]),
                step(["送审", "张某", "2026-01-06", "数据已同供稿人核对"]),
                step(["审核", "", "", ""]),
            ],
            unit: "某市政协办公厅".to_owned(),
            address: "https://minyi.example.org/find/4F7KZ-09QXB".to_owned(),
            code: "4F7KZ-09QXB".to_owned(),
        };
        let date = LocalDate::from_ymd(2026, 1, 8).expect("a day");
        Form::from_toml(text, id).expect("reads").fill(&filling, date)
    }

    #[test]
    fn the_three_forms_hold_what_they_are_asked_for_and_leave_room_to_write() {
        let told = |id: &str| format!("{:?}", filled(id));
        let wanted = [
            ("review", ["社情民意信息核稿单", "特急", "钟离意（某区", "张某", "数据已同供稿人核对"]),
            ("signing", ["社情民意信息签批单", "2026年第12期", "报：某某办公厅", "秘书长", "副主席"]),
            ("reading", ["社情民意信息送阅单", "2026年1月8日", "上官文", "送阅领导", "批示意见"]),
        ];
        for (id, parts) in wanted {
            for part in parts {
                assert!(told(id).contains(part), "{id}: {part}");
            }
            assert!(!told(id).contains(['{', '}']) || !told(id).contains("{题目}"), "{id}");
            let dated = |row: &&SheetRow| matches!(row, SheetRow::Write { sign, height, .. } if !sign.is_empty() && *height >= 24);
            assert!(filled(id).rows.iter().filter(dated).count() >= 2, "{id}");
        }
    }

    #[test]
    fn a_form_that_asks_for_what_there_is_not_says_so() {
        let form = |row: &str| {
            let text =
                format!("id = \"own\"\nname = \"单\"\ntitle = \"单\"\nfor = [\"issue\"]\n[[row]]\n{row}");
            Form::from_toml(&text, "own.toml").map(|form| form.name)
        };
        let wrong = [
            ("kind = \"fields\"\nfields = [[\"题\", \"{标题}\"]]", "{标题}"),
            ("kind = \"fields\"\nfields = [[\"题\", \"{题目\"]]", "题目"),
            ("kind = \"fields\"\nfields = []", "一栏或两栏"),
            ("kind = \"write\"\nlabel = \"签\"\nheight = 500", "220"),
            ("kind = \"write\"\nlabel = \"签\"\nheight = 50\nwidth = 3", "width"),
            ("kind = \"stamp\"", "stamp"),
        ];
        for (row, why) in wrong {
            let told = form(row).expect_err(row);
            assert!(told.contains("own.toml") && told.contains(why), "{told}");
        }
        assert_eq!(form("kind = \"fields\"\nfields = [[\"题\", \"{题目}\"]]").as_deref(), Ok("单"));
    }
}
