//! 代录: what reached the office by other ways and is typed in for its author. The way is kept as the item's source, who typed as
//! the one who sent it.

use serde::Serialize;

use crate::model::SourceId;

/// The ways: code of the source, and its name.
pub(super) const CHANNELS: [(&str, &str); 6] = [
    ("typed-wechat", "微信"),
    ("typed-phone", "电话"),
    ("typed-paper", "纸质"),
    ("typed-meeting", "会议"),
    ("typed-visit", "接访"),
    ("typed-mail", "邮件"),
];

/// What a pasted message seems to say of itself; its typist decides.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Proposed {
    /// 标题.
    pub title: String,
    /// 正文.
    pub body: String,
    /// 反映人.
    pub name: String,
    /// 单位.
    pub unit: String,
    /// 电话.
    pub phone: String,
}

/// A way as pages name it; other sources by their code.
pub(super) fn source_name(source: &SourceId) -> String {
    let typed = CHANNELS.iter().find(|(code, _)| *code == source.as_str());
    typed.map_or_else(|| source.to_string(), |(_, name)| format!("代录（{name}）"))
}
