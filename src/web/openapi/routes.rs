//! The table of routes.

use super::{Right, Route, route};

const POSTING: &[u16] = &[200, 400, 408, 409, 413, 415, 422, 429, 503];
const READ: Right = Right::Scope("read");
const EDIT: Right = Right::Scope("edit");
const ISSUE: Right = Right::Scope("issue");
const SUBMIT: Right = Right::Scope("submit");

/// Every route. A test compares them with those that are registered.
#[rustfmt::skip]
pub(super) const ROUTES: &[Route] = &[
    route("post", "/api/v1/items", "报送一件来稿；落盘之后才回执。重复报送得到同一回执（200）", SUBMIT, Some("Item"), 202, POSTING),
    route("post", "/api/v1/items/batch", "成批报送：NDJSON 或 JSON 数组，逐行给出结果，一行有误不影响其余", SUBMIT, Some("Item"), 200, &[400, 413, 415, 422, 503]),
    route("get", "/api/v1/items/{id}", "一件来稿：原文、状态、所在组、用在哪一期、经过", READ, None, 200, &[404]),
    route("post", "/api/v1/items/{id}/versions", "更正一件来稿：另存为新的一版，原文不动", SUBMIT, Some("Item"), 202, &[200, 400, 404, 408, 409, 413, 415, 422, 429, 503]),
    route("post", "/api/v1/files", "上传一个附件（内容即文件，name 为文件名）：图片、PDF、DOCX、XLSX。得到编号，24 小时内写入来稿的 attachments", SUBMIT, None, 201, &[400, 408, 413, 422, 429, 503]),
    route("get", "/api/v1/items/{id}/similar", "相似来稿（核对过的链接）与同类反映（附理由、是否已编发），以及一句话说明", READ, None, 200, &[404]),
    route("get", "/api/v1/items/{id}/verdicts", "编辑对这件来稿与其他来稿关系的认定", READ, None, 200, &[404]),
    route("post", "/api/v1/items/{id}/verdicts", "认定两件来稿的关系：重复、续报或无关；再次认定即更改", EDIT, Some("Verdict"), 200, &[400, 404, 413, 422]),
    route("delete", "/api/v1/items/{id}/verdicts/{other}", "撤回认定", EDIT, None, 200, &[404]),
    route("get", "/api/v1/items/{id}/hints", "提示：主题建议（附把握与依据）、内容是否齐全；只供参考", READ, None, 200, &[404]),
    route("post", "/api/v1/subjects/train", "用已标注主题的来稿训练主题建议", EDIT, None, 200, &[422]),
    route("get", "/api/v1/hot", "热点：一段时间内多人反映的事，最热的在前；from、to 为起止日，缺省为近三十天", READ, None, 200, &[400, 422]),
    route("get", "/api/v1/groups/{id}", "完全重复的一组，以第一件命名", READ, None, 200, &[404]),
    route("get", "/api/v1/receipts/{receipt}", "凭回执查来稿到了哪一步", Right::Open, None, 200, &[404, 408, 503]),
    route("get", "/api/v1/search", "检索。任何检索式都不会报错；q 检索式，sort 排序，limit 每页条数，cursor 翻页标记，counts=false 不计总数与分面（更快）", READ, None, 200, &[400, 422]),
    route("get", "/api/v1/bulletins", "各期，最新的在前；year 给出年份时，为该年已编发的各期", READ, None, 200, &[400]),
    route("post", "/api/v1/bulletins", "由来稿成稿，出清样；缺字、超页在 warnings 中说明", ISSUE, Some("Compile"), 201, &[400, 404, 409, 413, 422]),
    route("post", "/api/v1/bulletins/past", "录入往期：启用本系统之前印发的一期；其文稿随即可检索，并显示已编发。重复录入不变", ISSUE, Some("Past"), 200, &[400, 413, 422]),
    route("get", "/api/v1/bulletins/{id}", "一期：状态、期号、稿件、文件", READ, None, 200, &[404]),
    route("get", "/api/v1/bulletins/{id}/proof", "清样；format 为 html（缺省）、pdf、docx 或 txt", READ, None, 200, &[400, 404, 422]),
    route("post", "/api/v1/bulletins/{id}/correct", "改清样文字；签发之后为复核改动，逐次留痕", EDIT, Some("Correction"), 200, &[400, 404, 409, 413, 422]),
    route("post", "/api/v1/bulletins/{id}/pictures", "给清样上的一篇稿件加附图（JPEG、PNG、GIF、WebP，内容即文件）；正文中单独一行写【图1】即印在该处。manuscript 为编稿编号，caption 为图题，name 为文件名", EDIT, None, 200, &[400, 404, 413, 422]),
    route("post", "/api/v1/bulletins/{id}/issue", "签发、复核、登记、编发；中断后重复请求即可继续。number 为补录的纸质期号", ISSUE, Some("Sign"), 200, &[400, 404, 409, 413, 422]),
    route("post", "/api/v1/bulletins/{id}/give-back", "退号：已登记未印发的期号退回，下次先用", ISSUE, Some("Reason"), 200, &[400, 404, 409, 413, 422]),
    route("post", "/api/v1/bulletins/{id}/void", "作废一期；已取的期号随之作废，不再使用", ISSUE, Some("Reason"), 200, &[400, 404, 409, 413, 422]),
    route("get", "/api/v1/bulletins/{id}/verify", "核对定稿：各文件与编发时是否逐字节相同，本版程序重新排版是否一致", READ, None, 200, &[404, 422]),
    route("post", "/api/v1/bulletins/{id}/original", "存往期的原件（内容即文件，name 为文件名）；已存的不能更换", ISSUE, None, 200, &[400, 404, 413, 422]),
    route("get", "/api/v1/bulletins/{id}/files/{format}", "编发定稿的文件（pdf、docx、html、json，份号件为 copies.pdf 或 copy-000001.pdf，往期原件为 original），每次字节相同；txt 仅限可公开的刊物", READ, None, 200, &[404, 422]),
    route("get", "/api/v1/outcomes", "采用和批示，最近的在前；level、kind、from、to、words、withdrawn 筛选。限定阅看的内容不给出（withheld）", READ, None, 200, &[400]),
    route("put", "/api/v1/outcomes/{no}", "更正一条登记：原来的留作前一版。rev 为读到的版次，comment 为缘由", ISSUE, Some("OutcomeCorrection"), 200, &[400, 404, 409, 413, 422]),
    route("post", "/api/v1/outcomes/{no}/withdraw", "撤销一条登记：不删除，标为已撤销", ISSUE, Some("OutcomeWithdrawal"), 200, &[400, 404, 409, 413, 422]),
    route("get", "/api/v1/manuscripts/{id}/outcomes", "一篇编稿的采用和批示", READ, None, 200, &[404]),
    route("post", "/api/v1/manuscripts/{id}/outcomes", "登记采用、转送或批示；供稿者只得知有，不见内容", ISSUE, Some("Outcome"), 201, &[400, 404, 413, 422]),
    route("get", "/api/v1/series", "本单位的刊物", READ, None, 200, &[]),
    route("get", "/api/v1/series/{id}/preview", "一种刊物的样张（虚构文字），核对刊头、版记和版式；format 为 html（缺省）、pdf、docx 或 txt", READ, None, 200, &[400, 404, 422]),
    route("get", "/api/v1/series/{id}/numbers/{year}", "一年的期号去向：已编发、作废、待用、启用前", READ, None, 200, &[400, 404, 422]),
    route("put", "/api/v1/series/{id}/numbers/{year}/opening", "启用期号：本年在启用系统之前已用到第几期", ISSUE, Some("Opening"), 200, &[400, 404, 413, 422]),
    route("get", "/api/v1/users", "账户", Right::Operator, None, 200, &[]),
    route("post", "/api/v1/users", "添加账户；一次性链接只给出这一次", Right::Operator, Some("User"), 201, &[400, 409, 413, 422]),
    route("post", "/api/v1/users/{name}/reset", "清除密码和锁定，结束其登录，给出新的一次性链接", Right::Operator, None, 200, &[404, 422]),
    route("post", "/api/v1/users/{name}/disable", "停用账户，结束其登录", Right::Operator, None, 200, &[404, 422]),
    route("post", "/api/v1/users/{name}/second-step/reset", "重置动态验证码，结束其登录", Right::Operator, None, 200, &[404, 422]),
    route("post", "/api/v1/users/{name}/enable", "重新启用账户", Right::Operator, None, 200, &[404, 422]),
    route("post", "/api/v1/users/{name}/roles", "更改角色；系统、安全、审计管理员不得兼任", Right::Operator, Some("Roles"), 200, &[400, 404, 413, 422]),
    route("get", "/api/v1/dead-letters", "待处理的异常来稿", EDIT, None, 200, &[]),
    route("get", "/api/v1/dead-letters/{no}", "一件异常来稿及其消息", EDIT, None, 200, &[400, 404]),
    route("post", "/api/v1/dead-letters/{no}/resend", "重新投递，可附改正后的消息", EDIT, None, 200, &[400, 404, 413, 422, 503]),
    route("get", "/api/v1/sources", "来稿渠道", Right::Operator, None, 200, &[]),
    route("post", "/api/v1/sources", "登记来稿渠道；令牌只给出这一次", Right::Operator, Some("Source"), 201, &[400, 409, 413, 422]),
    route("delete", "/api/v1/sources/{id}", "停用令牌", Right::Operator, None, 200, &[404]),
    route("put", "/api/v1/sources/{id}/webhook", "来稿办理情况推送到哪里；url 为空则停止。每次给出新的签名密钥，只给出这一次。推送为 POST，头 Minyi-Signature: t=秒,v1=HMAC-SHA256(密钥, 秒 + \".\" + 内容) 的十六进制，接收方应核对签名、拒收五分钟以前的、按 Minyi-Event-Id 去重", Right::Operator, Some("Webhook"), 200, &[400, 404, 413, 422]),
    route("get", "/api/v1/pulls", "抓取渠道（RSS、Atom、JSON Feed、数据接口）和各自的情况：上次成功、错误、下次抓取、件数", Right::Operator, None, 200, &[]),
    route("post", "/api/v1/pulls/{id}", "立即抓取一个渠道，抓取结束后给出它的情况", Right::Operator, None, 200, &[404, 422, 503]),
    route("post", "/api/v1/verify", "核对库、索引、文件、日志链和期号；内容为每行一个回执号", Right::Operator, None, 200, &[400, 413]),
    route("post", "/api/v1/reindex", "重建索引，逐行给出进度", Right::Operator, None, 200, &[422]),
    route("post", "/api/v1/backup", "备份到服务器上的一个目录：先队列、再库、再文件，写完后逐一核对；服务不中断", Right::Operator, Some("Backup"), 200, &[400, 413, 422]),
    route("post", "/api/v1/lexicon/reload", "重新读取本单位词库；有变动时随即重建索引", Right::Operator, None, 200, &[422]),
    route("get", "/healthz", "进程是否在", Right::Open, None, 200, &[]),
    route("get", "/readyz", "队列、库、索引能否服务", Right::Open, None, 200, &[503]),
    route("get", "/metrics", "Prometheus 指标", Right::Open, None, 200, &[]),
];
