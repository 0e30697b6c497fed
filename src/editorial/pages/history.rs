//! The rows of the log about one thing, in words.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{ItemState, ManuscriptState, Verdict};
use crate::store::AuditRow;
use crate::web::Problem;

use super::Pages;

/// A row as it is told.
pub(super) struct Told {
    pub at: String,
    pub who: String,
    pub what: String,
}

/// Tells a row; `people` are 姓名 by user name.
pub(super) fn told(row: &AuditRow, people: &BTreeMap<String, String>) -> Told {
    Told { at: row.at.minute(), who: who(&row.actor, people), what: what(&row.action, &row.detail) }
}

/// 姓名 of everybody with an account, by user name.
pub(super) async fn people(pages: &Pages) -> Result<BTreeMap<String, String>, Problem> {
    let users = pages.accounts.users().await?;
    Ok(users.into_iter().map(|user| (user.name.to_string(), user.title)).collect())
}

/// Who did it, in words.
pub(super) fn who(actor: &str, people: &BTreeMap<String, String>) -> String {
    match actor.split_once(':') {
        Some(("user", name)) => people.get(name).cloned().unwrap_or_else(|| name.to_owned()),
        Some(("source", id)) => format!("渠道 {id}"),
        Some(("operator", _)) => "管理员（命令行）".to_owned(),
        _ => "系统".to_owned(),
    }
}

fn text<'a>(detail: &'a Value, key: &str) -> &'a str {
    detail.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// 释放, by who held it, or of what somebody else held.
fn released(whose: &str) -> String {
    if whose.is_empty() { "释放".to_owned() } else { format!("释放（{whose} 领取的）") }
}

/// What was done, in words; an action that has none yet is shown by its code.
pub(super) fn what(action: &str, detail: &Value) -> String {
    let state = |key: &str| ItemState::from_code(text(detail, key)).map_or("", ItemState::label);
    match action {
        "proof.leave" => format!("校对：“{}”不改：{}", text(detail, "found"), text(detail, "why")),
        "proof.look_again" => format!("校对：“{}”重新核对", text(detail, "found")),
        "item.receive" => "收到来稿".to_owned(),
        "item.version" => {
            format!("更正，另存为第 {} 版", detail.get("version").and_then(Value::as_i64).unwrap_or(2))
        }
        "item.move" => {
            let why = text(detail, "why");
            format!("{why}（{} → {}）", state("from"), state("to"))
        }
        "item.claim" => "领取".to_owned(),
        "item.release" => released(text(detail, "held_by")),
        "item.claim_undone" => "撤销领取或释放".to_owned(),
        "item.note" => format!("备注：{}", text(detail, "text")),
        "item.reveal" => "查看个人信息".to_owned(),
        "item.file" => "下载附件".to_owned(),
        "item.verdict" => {
            let verdict = Verdict::from_code(text(detail, "verdict")).map_or("撤回认定", Verdict::label);
            let comment = text(detail, "comment");
            if comment.is_empty() {
                format!("认定：{verdict}")
            } else {
                format!("认定：{verdict}（{comment}）")
            }
        }
        "group.join" => "与先收到的来稿文字完全相同，归为一组".to_owned(),
        "group.merge" => match text(detail, "why") {
            "" => "并稿".to_owned(),
            why => format!("并稿：{why}"),
        },
        "group.leave" => "移出本组".to_owned(),
        "group.undo" => "撤销并稿或移出".to_owned(),
        "item.urgency" => format!("确认缓急：{}", text(detail, "urgency")),
        "item.topic" => match text(detail, "title") {
            "" => "不再应征选题".to_owned(),
            title => format!("应征选题：{title}"),
        },
        "topic.publish" => {
            format!("发布选题：{}（{} 截止）", text(detail, "title"), text(detail, "deadline"))
        }
        "topic.deadline" => {
            let (title, from, to) = (text(detail, "title"), text(detail, "from"), text(detail, "to"));
            format!("更改选题截止日期：{title}（{from} → {to}）")
        }
        shelf if shelf.starts_with("shelf.") => of_shelf(shelf, text(detail, "title")),
        "topic.close" => format!("关闭选题：{}", text(detail, "title")),
        "topic.reopen" => format!("重新征集选题：{}", text(detail, "title")),
        "manuscript.create" => "编成编稿".to_owned(),
        "manuscript.move" => {
            let state =
                |key: &str| ManuscriptState::from_code(text(detail, key)).map_or("", ManuscriptState::label);
            format!("编稿（{} → {}）", state("from"), state("to"))
        }
        "manuscript.papers" => "封存送出的文件".to_owned(),
        "outcome.add" => "登记采用或批示".to_owned(),
        "outcome.correct" => format!("更正采用登记：{}", text(detail, "comment")),
        "outcome.withdraw" => format!("撤销采用登记：{}", text(detail, "comment")),
        "paper.enter" => {
            let (told, title, day) = (text(detail, "told"), text(detail, "title"), text(detail, "day"));
            format!("代录签批：{told}（{title} {day} 签批于纸上）")
        }
        "paper.scan" => "查看签批单扫描件".to_owned(),
        "issue.create" => "建立一期".to_owned(),
        "issue.move" => "期的流转".to_owned(),
        "issue.void" => "作废一期".to_owned(),
        "source.add" => "登记来稿渠道".to_owned(),
        "source.revoke" => "停用来稿渠道".to_owned(),
        "address.locked" => "登录未通过次数过多，暂停从此地址登录".to_owned(),
        "notice.choice" => "更改通知方式".to_owned(),
        action if action.starts_with("user.") || action.starts_with("identity.") => {
            of_account(action, detail)
        }
        "session.end" => "登录结束".to_owned(),
        "list.export" => format!("导出：{}（{}）", text(detail, "list"), text(detail, "of")),
        "log.export" => "导出操作日志".to_owned(),
        "dead_letter.write" => "转为异常来稿".to_owned(),
        "dead_letter.move" => "处理异常来稿".to_owned(),
        "manuscript.correct" => format!("改稿：{}", text(detail, "action")),
        other => told_of_table(other, detail),
    }
}

/// What was done to an account.
fn of_account(action: &str, detail: &Value) -> String {
    match action {
        "user.add" => "添加账户".to_owned(),
        "user.sign_in" => "登录".to_owned(),
        "user.refused" => "登录未通过".to_owned(),
        "user.password" => "设定密码".to_owned(),
        "user.reset" => "重置密码".to_owned(),
        "user.second_step_on" => "启用动态验证码".to_owned(),
        "user.second_step_off" => "停用动态验证码".to_owned(),
        "user.second_step_reset" => "重置动态验证码".to_owned(),
        "user.recovery_codes" => "换一组恢复码".to_owned(),
        "user.recovery_used" => "用掉一个恢复码".to_owned(),
        "user.roles" => "更改角色".to_owned(),
        "user.cover" => "安排代理".to_owned(),
        "user.cover_end" => "结束代理".to_owned(),
        "user.disable" => "停用账户".to_owned(),
        "user.enable" => "启用账户".to_owned(),
        "user.ends" => format!("设账户最后一天：{}", text(detail, "last_day")),
        "user.task_mail" => "更改每日待办邮件".to_owned(),
        other => of_identity(other, detail),
    }
}

/// The same of what has to do with the identity platform.
fn of_shelf(action: &str, title: &str) -> String {
    match action {
        "shelf.remove" => format!("移出参考资料：{title}"),
        "shelf.restore" => format!("放回参考资料：{title}"),
        _ => format!("放入参考资料：{title}"),
    }
}

fn of_identity(action: &str, detail: &Value) -> String {
    match action {
        "identity.bind" => format!("绑定统一身份 {}", text(detail, "subject")),
        "identity.unbind" => "解除绑定统一身份".to_owned(),
        "identity.refused" => "统一身份认证登录未通过".to_owned(),
        other => other.to_owned(),
    }
}

/// What was done to a row of 基础数据; anything else by its code.
fn told_of_table(action: &str, detail: &Value) -> String {
    let (table, code, told) = (text(detail, "table"), text(detail, "code"), text(detail, "told"));
    match action {
        "table.undo" => format!("基础数据（{table} {code}）撤销“{told}”"),
        of_table if of_table.starts_with("table.") => format!("基础数据（{table} {code}）{told}"),
        other => registered(other, detail),
    }
}

/// What was done in and by 反映人库; an action that has no words yet is shown by its code.
fn registered(action: &str, detail: &Value) -> String {
    let name = text(detail, "name");
    let fields = || {
        let list = detail.get("fields").and_then(Value::as_array);
        let list = list.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
        list.join("、")
    };
    match action {
        "item.reporter" => match text(detail, "entry") {
            "" => format!("认定“{}”不在反映人库中", text(detail, "name")),
            entry => format!("认定“{}”为反映人库中的 {entry}", text(detail, "name")),
        },
        "item.not_me" => format!("联名人“{}”表示不是本人，不再署名", text(detail, "name")),
        "reporter.add" => format!("反映人库新增：{name}"),
        "reporter.change" => format!("修改反映人 {name}：{}", fields()),
        "reporter.retire" => format!("停用反映人：{name}"),
        "reporter.restore" => format!("恢复反映人：{name}"),
        "reporter.account" => match text(detail, "account") {
            "" => format!("解除反映人 {name} 的账户"),
            account => format!("反映人 {name} 绑定账户 {account}"),
        },
        "reporter.merge" => format!("反映人 {name} 并入 {}", text(detail, "into_name")),
        "reporter.take_in" => format!("反映人 {name} 收并另一条"),
        "reporter.unmerge" => format!("撤销反映人 {name} 的合并"),
        "reporter.distinct" => format!("认定反映人 {name} 与 {} 不是同一人", text(detail, "other_name")),
        "reporter.distinct_undo" => {
            format!("撤销认定：反映人 {name} 与 {} 不是同一人", text(detail, "other_name"))
        }
        "reporter.reveal" => format!("查看反映人 {name} 的联系方式"),
        "unit.person" => format!("单位 {name} 的账户：{}", text(detail, "account")),
        "unit.leave" => format!("账户 {} 移出单位 {name}", text(detail, "account")),
        "unit.review_first" => format!("更改单位 {name} 的本级审核"),
        "unit.submit" => format!("送本级审核：{}", text(detail, "title")),
        "unit.pass" => format!("本级审核通过：{}", text(detail, "title")),
        "unit.return" => format!("本级审核退回：{}（{}）", text(detail, "title"), text(detail, "comment")),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn moves_are_told_in_the_offices_words() {
        let moved = json!({ "from": "received", "to": "declined", "why": "不采用：已过时效" });
        assert_eq!(what("item.move", &moved), "不采用：已过时效（已收到 → 不采用）");
        assert_eq!(what("item.verdict", &json!({ "verdict": null })), "认定：撤回认定");
        let people = BTreeMap::from([("zhang".to_owned(), "张某".to_owned())]);
        assert_eq!(
            [who("user:zhang", &people), who("user:li", &people), who("system", &people)],
            ["张某", "li", "系统"]
        );
    }
}
