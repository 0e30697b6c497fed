//! Lines that name people, their unit and their post: under a title, and at the end of a letter.

use serde_json::json;

use super::draft::Draft;
use super::{cells, name};

/// Whether a line names people and nothing else.
pub(super) fn is_line(text: &str) -> bool {
    take(&mut Draft::default(), text)
}

/// Takes a short line for people and their unit, if it is nothing else.
pub(super) fn take(draft: &mut Draft, text: &str) -> bool {
    let plain = text.trim().trim_matches(|c: char| "（）()—- 　".contains(c));
    let plain = ["作者系", "作者为", "作者：", "作者:", "作者", "反映人：", "撰稿：", "（"]
        .iter()
        .find_map(|mark| plain.strip_prefix(mark))
        .unwrap_or(plain);
    if plain.chars().count() > 40 || plain.contains(['。', '；', '！', '？']) {
        return false;
    }
    let parts: Vec<&str> =
        plain.split([' ', '　', '，', ',', '：', ':', '\t']).filter(|part| !part.is_empty()).collect();
    let (mut names, mut unit, mut post) = (Vec::new(), None, None);
    for part in &parts {
        if name::is_people(part) {
            names.extend(cells::names(part));
        } else if name::is_unit(part) && unit.is_none() {
            unit = Some(*part);
        } else if is_post(part) && post.is_none() {
            post = Some(*part);
        } else {
            return false;
        }
    }
    // A single short word may be anything: 建议, 高度重视.
    let sure = !names.is_empty() || unit.is_some() && parts.len() == 1;
    if !sure || draft.text("contributor.name").is_some() && !names.is_empty() {
        return false;
    }
    if let Some(first) = names.first() {
        draft.put("contributor.name", first.clone());
        let others: Vec<_> = names[1..].iter().map(|name| json!({ "name": name })).collect();
        if !others.is_empty() {
            draft.put("co_contributors", others);
        }
    }
    if let Some(unit) = unit {
        draft.put("contributor.unit", unit);
    }
    if let Some(post) = post {
        draft.put("contributor.post", post);
    }
    true
}

fn is_post(part: &str) -> bool {
    const ENDS: [&str; 20] = [
        "委员",
        "代表",
        "主任",
        "校长",
        "院长",
        "局长",
        "处长",
        "科长",
        "教师",
        "教授",
        "律师",
        "医师",
        "医生",
        "工程师",
        "经理",
        "董事长",
        "书记",
        "主席",
        "会长",
        "研究员",
    ];
    let plain = part.trim_start_matches('系');
    plain.chars().count() <= 20 && ENDS.iter().any(|end| plain.ends_with(end))
}
