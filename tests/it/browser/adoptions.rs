//! A monthly list of 300 adoptions: read, looked through at a screen and at a telephone, confirmed; none of them mistaken.

use std::collections::BTreeMap;

use base64::Engine as _;
use minyi::clock::{Clock, SystemClock};
use rust_xlsxwriter::Workbook;

use super::driver::Chromium;
use crate::support::{Browser, TestApp, item};

const PLACES: [&str; 8] = ["江湾区", "石桥区", "云岭区", "临渡县", "竹溪县", "青滩镇", "双河镇", "柏林街道"];
const MATTERS: [&str; 30] = [
    "电梯维护",
    "校门口摊点管理",
    "江面漂浮物清理",
    "卫生院药品供应",
    "饮水管网改造",
    "夜间施工噪声治理",
    "单车停放秩序",
    "独居老人助餐",
    "公交候车设施",
    "河道采砂监管",
    "社区托育机构建设",
    "骑手职业保障",
    "高标准农田管护",
    "小微企业融资担保",
    "无障碍通道",
    "电动车充电安全",
    "非遗传承人培养",
    "垃圾收运衔接",
    "山区公路防护栏",
    "医保异地结算",
    "实训基地共享",
    "古树名木保护",
    "家政信用体系",
    "冷链物流补短板",
    "内涝预警",
    "青少年心理健康",
    "园区污水处理",
    "快递包装回收",
    "消防通道整治",
    "灵活就业参保",
];
const STRANGE: [&str; 6] =
    ["跨境电商退税", "航空救援基地", "海洋牧场试点", "远洋渔船安全", "冰雪场馆运营", "卫星数据开放"];
const NAMES: [&str; 7] = ["钟离意", "欧阳静", "令狐安", "上官清", "司徒远", "端木青", "东方晓"];
/// How many manuscripts there are.
const KNOWN: usize = PLACES.len() * MATTERS.len();

fn title(at: usize) -> String {
    let (place, matter) = (PLACES[at / MATTERS.len()], MATTERS[at % MATTERS.len()]);
    match at % 3 {
        0 => format!("关于加强{place}{matter}的建议"),
        1 => format!("{place}{matter}问题亟待关注"),
        _ => format!("关于完善{place}{matter}工作机制的几点建议"),
    }
}

fn author(at: usize) -> &'static str {
    NAMES[at % NAMES.len()]
}

/// What a row has as its title, and whose title it is; none for what is not ours.
fn row(no: usize) -> (String, &'static str, Option<usize>) {
    let at = no * 7 % KNOWN;
    let whole = title(at);
    match no {
        0..150 => (whole, author(at), Some(at)),
        // 题目变体: without the set phrases, with other signs, with a blank; the author is named.
        150..190 => {
            let bare = whole.replace("关于", "").replace("的几点建议", "").replace("的建议", "");
            (format!("《{bare}》"), author(at), Some(at))
        }
        // Mistyped: a character is another, or missing.
        190..230 => {
            let mut chars: Vec<char> = whole.chars().collect();
            chars[6] = '误';
            if no.is_multiple_of(2) {
                chars.remove(3);
            }
            (chars.into_iter().collect(), "", Some(at))
        }
        // Doubtful: the very title under another author's name, or shortened without one.
        230..245 => (whole, "慕容雪", Some(at)),
        245..260 => (whole.replace("关于加强", "").replace("关于完善", ""), "", Some(at)),
        _ => (format!("关于加强{}{}的建议", PLACES[no % 8], STRANGE[no % 6]), author(no), None),
    }
}

fn list() -> Vec<u8> {
    // Nothing is sure of a manuscript that was made after its adoption.
    let day = SystemClock.now().date().chinese();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "二月份社情民意信息采用情况通报").expect("written");
    for (at, name) in (0_u16..).zip(["序号", "信息标题", "反映人", "采用单位", "期号", "采用日期"])
    {
        sheet.write_string(1, at, name).expect("written");
    }
    for no in 0..300_usize {
        let (text, who, _) = row(no);
        let number = format!("第{}期", no / 10 + 1);
        let cells = [format!("{}", no + 1), text, who.to_owned(), "市委办公厅".to_owned(), number];
        let line = u32::try_from(no + 2).expect("a row");
        for (at, text) in (0_u16..).zip(cells) {
            sheet.write_string(line, at, text).expect("written");
        }
        // Two rows lack the day.
        if no % 150 != 149 {
            sheet.write_string(line, 5, &day).expect("written");
        }
    }
    book.save_to_buffer().expect("a file")
}

async fn manuscripts(app: &TestApp) {
    let source = app.add_source("desk", &["submit", "read"]).await;
    let items: Vec<_> = (0..KNOWN)
        .map(|at| {
            let body = format!("{}。第{at}件，请有关部门研究。", title(at));
            item(&at.to_string(), &title(at), &body).from(author(at), "某单位")
        })
        .collect();
    let ids = app.post_all(&source, &items).await;
    app.settle().await;
    let mut editor = Browser::signed_in(app, "chen", &["editor"]).await;
    editor.get("/inbox").await;
    for id in &ids {
        let made = editor.post("/manuscripts", &[("item", id), ("series", "opinion")]).await;
        assert_eq!(made.status, 303, "{}", made.text());
    }
}

/// How many rows a part of the page has.
fn rows(heading: &str) -> String {
    format!(
        "var parts = Array.from(document.querySelectorAll('main section.card')).filter(function (one) {{ \
             var head = one.querySelector('h2'); return head && head.innerText.trim().startsWith('{heading}'); }}); \
         return parts.length ? parts[0].querySelectorAll('ul.likes > li').length : 0"
    )
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_monthly_list_of_three_hundred_adoptions_is_looked_through_and_none_is_mistaken() {
    let app = TestApp::start().await;
    manuscripts(&app).await;
    let browser = Chromium::start(&app).await;
    browser.sign_in(&app, "zhang", &["editor"]).await;
    browser.until("return location.pathname === '/inbox'").await;
    browser.open("/outcomes/import").await;
    let book = base64::engine::general_purpose::STANDARD.encode(list());
    let choose = format!(
        "var bytes = Uint8Array.from(atob('{book}'), function (c) {{ return c.charCodeAt(0); }}); \
         var chosen = new DataTransfer(); chosen.items.add(new File([bytes], '二月.xlsx')); \
         document.getElementById('list').files = chosen.files; return true"
    );
    browser.run(&choose).await;
    for (width, height) in [(1366, 768), (390, 844)] {
        browser.resize(width, height).await;
        browser.look(&format!("page-adoptions-choose-{width}")).await;
    }
    browser.resize(1366, 768).await;
    browser.click("main button.primary").await;
    browser.until("return document.body.innerText.includes('二月.xlsx：')").await;
    let count = async |heading: &str| browser.run(&rows(heading)).await.as_u64().expect("a count");
    let (sure, doubtful, unknown) = (count("找到").await, count("待认").await, count("没有找到").await);
    let facts = browser.run("return document.querySelector('p.facts').innerText").await;
    assert_eq!(sure + doubtful + unknown, 300, "{facts}");
    assert!(sure >= 185, "written alike, or a variant with its author: {facts}");
    assert!((25..=45).contains(&unknown), "{facts}");
    for (width, height) in [(1366, 768), (390, 844)] {
        browser.resize(width, height).await;
        let wide = browser.run("return document.scrollingElement.scrollWidth").await;
        browser.look(&format!("page-adoptions-{width}")).await;
        assert!(wide.as_u64().is_some_and(|wide| wide <= u64::from(width)), "at {width}: {wide}");
    }

    browser.click("form[action$='take'] button.primary").await;
    browser.until("return location.search.includes('entered=')").await;
    browser.look("page-adoptions-entered-390").await;
    let mut editor = Browser::signed_in(&app, "wang", &["editor"]).await;
    let entered = editor.get("/outcomes/list?format=csv").await.text();
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for no in 0..300 {
        if let (_, _, Some(at)) = row(no) {
            owners.entry(title(at)).or_default().push(format!("第{}期", no / 10 + 1));
        }
    }
    let lines: Vec<&str> = entered.lines().filter(|line| line.contains("市委办公厅")).collect();
    assert!(lines.len() + 2 >= usize::try_from(sure).expect("a count"), "{} of {sure}", lines.len());
    for line in lines {
        let (_, issues) = owners.iter().find(|(title, _)| line.contains(title.as_str())).expect(line);
        assert!(issues.iter().any(|issue| line.contains(issue.as_str())), "entered for another: {line}");
    }
    browser.close().await;
    app.finish().await;
}
