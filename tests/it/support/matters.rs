//! Items of which some speak of one matter in other words, and the rest of this and that.

use super::{Item, item};

/// Three items about a mixing plant beside a housing estate, each in words of its own.
pub fn plant() -> Vec<Item> {
    [
        ("p1", "翠柏苑小区旁搅拌站粉尘扰民", "翠柏苑小区东侧的混凝土搅拌站昼夜生产，粉尘飞进住户家中，窗户不敢打开。", "钟离意"),
        ("p2", "搅拌站粉尘何时治理", "我是翠柏苑小区业主，旁边的混凝土搅拌站粉尘很大，夜里噪声不断。上周环保所来人取样，结果没有公布。", "左丘明"),
        ("p3", "请关停翠柏苑小区混凝土搅拌站", "翠柏苑小区门口的混凝土搅拌站没有封闭料仓，粉尘和噪声影响老人休息。", "公羊高"),
    ]
    .into_iter()
    .map(|(id, title, body, name)| item(id, title, body).from(name, "某街道"))
    .collect()
}

/// Items that have nothing to do with one another, so that common words are known to be common.
pub fn others() -> Vec<Item> {
    [
        ("建议增加养老床位", "护理型床位排队两年，建议扩建公办养老院，老人的子女盼望早日落实。"),
        ("校门口拥堵", "放学时段家长车辆占道，小区门口寸步难行，建议错峰放学。"),
        ("菜市场占道经营", "摊贩摆到马路中间，行人只能走车道，夜里噪声也大。"),
        ("公交末班车太早", "夜里九点以后没有公交，加班的业主只能打车，建议延长。"),
        ("青石桥路面塌陷", "青石桥西头路面塌陷半个月，没有围挡，请尽快修复。"),
        ("小区物业费收支不公开", "业主多次要求公布账目，物业没有答复，请主管部门督促。"),
        ("社区医院缺儿科医生", "孩子发烧要到城里看病，建议社区医院配备儿科医生。"),
        ("河边步道没有路灯", "晚上散步看不清台阶，老人摔倒过几次，建议安装路灯。"),
    ]
    .into_iter()
    .enumerate()
    .map(|(at, (title, body))| item(&format!("o{at}"), title, body).from(&format!("路人{at}"), "某单位"))
    .collect()
}
