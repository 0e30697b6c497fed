//! Items by number: the same number is always the same item, and of ten numbers two repeat an earlier text exactly and
//! one repeats it but for its mark.

use serde_json::json;

/// What texts are made of. Two texts share a few phrases and are far from near duplicates.
const PHRASES: &[&str] = &[
    "小区东门外的路面坑洼积水，行人绕到机动车道上走",
    "早晚高峰公交车间隔超过二十分钟，老人等车没有座椅",
    "楼道里的声控灯坏了三个月，报修电话一直没有回音",
    "菜市场后巷堆放杂物，消防车开不进去",
    "学校门口没有划出接送区，放学时两边都堵死",
    "河边步道的护栏松动，孩子玩耍很危险",
    "社区卫生站缺少儿科医生，家长只能跑到区医院",
    "电动车充电桩太少，飞线充电屡禁不止",
    "老旧电梯经常困人，维修基金提取手续繁琐",
    "建筑工地夜间施工到凌晨，居民无法休息",
    "垃圾分类点离楼栋太远，雨天污水横流",
    "农贸市场的公平秤常年不校准，缺斤短两",
    "公园健身器材锈蚀断裂，更换却没有单位负责",
    "盲道被共享单车占满，视障人士只能走车行道",
    "村道没有路灯，冬天放学的孩子摸黑回家",
    "山坪塘多年没有清淤，春耕用水年年紧张",
    "果园滞销时没有冷库，只能低价卖给贩子",
    "外出务工人员的社保转移要来回跑三个部门",
    "老年食堂菜价上涨，补贴标准五年没有调整",
    "图书馆周末提前闭馆，学生没有地方自习",
    "地下车库信号弱，遇到急事打不出电话",
    "雨季边坡落石不断，警示牌被树枝遮住",
    "高层住宅二次供水水箱清洗记录从未公示",
    "快递柜超时收费没有提醒，老人不会操作",
    "公厕晚上九点就锁门，夜市摊主很不方便",
    "窄路会车没有错车道，节假日一堵就是半天",
    "养老院探视要提前三天预约，家属意见很大",
    "噪声监测屏长期黑屏，投诉时没有依据",
    "燃气管道改造后路面没有恢复，轮椅过不去",
    "行道树修剪过度，夏天整条街没有树荫",
    "物业公共收益从不公开，业主大会开不起来",
    "乡镇客运班线停开以后，赶场要走一个多小时",
];
/// Phrases of one text.
const LENGTH: usize = 14;

/// An item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item(pub u64);

impl Item {
    /// Its name with its source.
    pub fn external_id(self) -> String {
        format!("k-{}", self.0)
    }

    /// A word that stands in its text, and in its exact repeats', and nowhere else.
    pub fn mark(self) -> String {
        format!("{}", 71_000_000 + self.text())
    }

    /// As it is posted.
    pub fn json(self) -> Vec<u8> {
        let of = if self.is_near() { Self(self.0 - 1).text() } else { self.text() };
        let phrases: Vec<&str> = (0..LENGTH as u64)
            .map(|at| PHRASES[(mix(of * 64 + at) % PHRASES.len() as u64) as usize])
            .collect();
        json!({
            "external_id": self.external_id(),
            "title": format!("关于编号{}路段问题的建议", self.mark()),
            "body": format!("{}。", phrases.join("；")),
            "contributor": { "name": "王建国", "kind": "群众" },
        })
        .to_string()
        .into_bytes()
    }

    /// The number of its text: its own, or that of the earlier item that it repeats.
    fn text(self) -> u64 {
        match self.0 % 10 {
            3 => Self(self.0 - 2).text(),
            7 if self.0 > 10 => Self(mix(self.0) % (self.0 - 1)).text(),
            7 => Self(self.0 - 1).text(),
            _ => self.0,
        }
    }

    fn is_near(self) -> bool {
        self.0 % 10 == 5
    }
}

/// A good mixing of 64 bits (splitmix64).
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
