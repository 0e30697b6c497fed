//! `minyi doctor`: looks at everything a start depends on, and says what to do.

use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::app;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Oidc, SECRET_PREFIX, environment};
use crate::editorial;
use crate::identity::{Platform, PlatformError};
use crate::index::{VERSION, damaged_files};
use crate::model::SecretKey;
use crate::notify;
use crate::pull;
use crate::store::check_file;
use crate::text::Segmenter;
use crate::web::{Standing, Tls};

/// Space below which a start is not advisable, MB.
const SPACE_MB: u64 = 1024;
/// No clock of a running office stands before this year.
const EARLIEST_YEAR: i32 = 2025;

enum Finding {
    Good(String),
    Warn(String),
    Bad(String),
}

/// Runs it; the exit code says whether a start would succeed.
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let running = tokio::net::UnixStream::connect(app::socket(&config.data.dir)).await.is_ok();
    let mut findings = vec![folder(&config.data.dir), space(config), port(config, running), clock()];
    findings.push(if running {
        Finding::Good("服务正在运行，命令将经本地套接字与它对话".to_owned())
    } else {
        Finding::Good("服务没有运行：minyi serve 启动".to_owned())
    });
    findings.push(secret(&config.data.dir));
    findings.extend(certificate(config));
    findings.extend(identity_platform(config).await);
    findings.push(index(&config.data.dir));
    if !running {
        findings
            .extend(["store.db", "queue.db"].iter().filter_map(|name| database(&config.data.dir.join(name))));
        findings.extend(index_files(&config.data.dir));
    }
    findings.extend(pulled(config));
    findings.extend(channels(&config.notify.channels_dir));
    findings.extend(templates(config));
    findings.push(lexicon());
    findings.push(fonts());
    findings.extend(config.warnings().into_iter().map(Finding::Warn));
    let mut bad = 0;
    for finding in findings {
        match finding {
            Finding::Good(text) => println!("正常  {text}"),
            Finding::Warn(text) => println!("注意  {text}"),
            Finding::Bad(text) => {
                bad += 1;
                println!("问题  {text}");
            }
        }
    }
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn folder(dir: &Path) -> Finding {
    let probe = dir.join(".doctor");
    let tried = std::fs::create_dir_all(dir)
        .and_then(|()| std::fs::write(&probe, b"x"))
        .and_then(|()| std::fs::remove_file(&probe));
    match tried {
        Ok(()) => Finding::Good(format!("数据目录 {} 可写", dir.display())),
        Err(error) => Finding::Bad(format!(
            "数据目录 {} 不可写（{error}）：检查权限，或用 --data 换一个",
            dir.display()
        )),
    }
}

fn space(config: &Config) -> Finding {
    match rustix::fs::statvfs(&config.data.dir) {
        Err(error) => Finding::Warn(format!("无法得知磁盘余量：{error}")),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
            if free < config.queue.min_free_mb {
                Finding::Bad(format!("磁盘只剩 {free} MB，低于 queue.min_free_mb：服务会拒收，请清理磁盘"))
            } else if free < SPACE_MB {
                Finding::Warn(format!("磁盘只剩 {free} MB，请尽快清理或扩容"))
            } else {
                Finding::Good(format!("磁盘余量 {} GB", free >> 10))
            }
        }
    }
}

fn port(config: &Config, running: bool) -> Finding {
    let address = &config.server.listen;
    match TcpListener::bind(address) {
        Ok(_) => Finding::Good(format!("地址 {address} 可用")),
        Err(_) if running => Finding::Good(format!("地址 {address} 由运行中的服务使用")),
        Err(error) => {
            Finding::Bad(format!("地址 {address} 不可用（{error}）：换 server.listen，或停止占用它的程序"))
        }
    }
}

fn clock() -> Finding {
    let now = SystemClock.now();
    if now.date().year() < EARLIEST_YEAR {
        return Finding::Bad(format!("系统时钟为 {now}，明显不对：请校时，否则期号年份和收稿时间都会错"));
    }
    Finding::Good(format!("系统时钟 {now}"))
}

fn secret(dir: &Path) -> Finding {
    let path = dir.join("secret.key");
    match std::fs::metadata(&path) {
        Err(_) if dir.join("store.db").exists() => {
            Finding::Bad("已有数据却没有 secret.key，不能启动：请从备份取回它放回数据目录".to_owned())
        }
        Err(_) => Finding::Good("secret.key 将在首次启动时生成，请纳入备份".to_owned()),
        Ok(file) => {
            let mode = std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777;
            if mode & 0o077 == 0 {
                Finding::Good("secret.key 权限正确，请纳入备份".to_owned())
            } else {
                Finding::Warn(format!("secret.key 权限为 {mode:o}，他人可读：chmod 600 {}", path.display()))
            }
        }
    }
}

/// What clients will think of the certificate, and who else can read its key.
fn certificate(config: &Config) -> Vec<Finding> {
    let tls = match Tls::open(&config.server) {
        Ok(None) => return Vec::new(),
        Ok(Some(tls)) => tls,
        Err(error) => return vec![Finding::Bad(error.to_string())],
    };
    let now = SystemClock.now();
    let (validity, told) = (tls.validity(), tls.validity().told(now));
    let mut findings = vec![match validity.at(now) {
        Standing::Good => Finding::Good(told),
        Standing::Soon(_) => Finding::Warn(told),
        Standing::Expired | Standing::NotYet => Finding::Bad(told),
    }];
    let key = &config.server.key;
    let mode = std::fs::metadata(key)
        .map(|file| std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777);
    if mode.is_ok_and(|mode| mode & 0o007 != 0) {
        findings.push(Finding::Warn(format!("私钥 {0} 任何人可读：chmod 600 {0}", key.display())));
    }
    findings
}

/// The identity platform: whether its discovery document and its keys can be had, as at a sign-in.
async fn identity_platform(config: &Config) -> Option<Finding> {
    // Nothing is sealed for anybody here.
    let secret = SecretKey::new([0; 32]);
    let platform = match Platform::new(&config.accounts, &config.desk, &secret, Arc::new(SystemClock)) {
        Ok(platform) => platform?,
        Err(why) => return Some(Finding::Bad(why)),
    };
    let (issuer, back) = (&config.accounts.oidc.issuer, Oidc::back(&config.desk));
    Some(match platform.check().await {
        Ok(0) => Finding::Bad(format!("统一身份认证平台 {issuer} 没有给出可用的签名公钥，无法登录")),
        Ok(keys) => Finding::Good(format!(
            "统一身份认证平台 {issuer} 可用（签名公钥 {keys} 个）；平台上登记的回调地址应为 {back}"
        )),
        // It may come back by itself; a start succeeds and passwords work meanwhile.
        Err(why @ PlatformError::Away(_)) => Finding::Warn(format!("{why}。accounts.oidc.issuer = {issuer}")),
        Err(why) => Finding::Bad(format!("{why}。accounts.oidc.issuer = {issuer}")),
    })
}

fn index(dir: &Path) -> Finding {
    let folder = dir.join("index");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return Finding::Good("索引将在首次启动时建立".to_owned());
    };
    let prefix = format!("v{VERSION}-");
    let names: Vec<String> =
        entries.filter_map(Result::ok).filter_map(|entry| entry.file_name().into_string().ok()).collect();
    if names.iter().any(|name| name.starts_with(&prefix)) {
        Finding::Good(format!("索引版本 {VERSION}，与程序一致"))
    } else if names.is_empty() {
        Finding::Good("索引将在首次启动时建立".to_owned())
    } else {
        Finding::Warn(format!("索引由其他版本建立，启动后会自动重建为版本 {VERSION}，期间检索不全"))
    }
}

/// Reads a database through; a running one is used by its process alone, and `minyi verify` asks that.
fn database(path: &Path) -> Option<Finding> {
    if !path.exists() {
        return None;
    }
    Some(match check_file(path) {
        Ok(()) => Finding::Good(format!("{} 完好（已通读）", path.display())),
        Err(error) => Finding::Bad(format!(
            "{} 已损坏（{error}）：保留原目录，用 minyi restore --from 备份目录 --data 新目录 恢复",
            path.display()
        )),
    })
}

fn index_files(dir: &Path) -> Option<Finding> {
    let dir = dir.join("index");
    if !dir.exists() {
        return None;
    }
    Some(match damaged_files(&dir) {
        Ok(damaged) if damaged.is_empty() => Finding::Good("索引文件完好（已通读）".to_owned()),
        Ok(damaged) => Finding::Warn(format!(
            "索引文件 {} 等 {} 个已损坏：启动时会移开并自动重建，来稿不受影响",
            damaged[0].display(),
            damaged.len()
        )),
        Err(error) => Finding::Warn(format!("{error}：启动时会移开并自动重建，来稿不受影响")),
    })
}

/// The files of pulled sources, and the secrets that they name.
fn pulled(config: &Config) -> Vec<Finding> {
    let plans = match pull::load(&config.pull.dir) {
        Ok(plans) => plans,
        Err(why) => return vec![Finding::Bad(format!("{why}：请核对 pull.dir"))],
    };
    let one = |(id, plan): (_, Result<pull::Plan, String>)| match plan {
        Err(why) => Finding::Warn(format!("{why}；此渠道不会抓取")),
        Ok(plan) => {
            let unset = plan.secrets().into_iter().map(|name| format!("{SECRET_PREFIX}{name}"));
            let unset: Vec<String> = unset.filter(|name| environment(name).is_none()).collect();
            if !unset.is_empty() {
                let names = unset.join("、");
                Finding::Warn(format!("抓取渠道 {id}：当前环境中没有 {names}，服务的环境中须设置"))
            } else if plan.mailbox.as_ref().is_some_and(|mailbox| mailbox.receipt)
                && config.mail.host.is_empty()
            {
                Finding::Warn(format!(
                    "抓取渠道 {id}（{}）：没有配置 mail.host，发件人收不到回执；不需要回执请写 receipt = false",
                    plan.title
                ))
            } else if let Some(why) = plan.warning() {
                Finding::Warn(format!("抓取渠道 {id}（{}）：{why}", plan.title))
            } else {
                Finding::Good(format!("抓取渠道 {id}（{}）说明文件可用", plan.title))
            }
        }
    };
    plans.into_iter().map(one).collect()
}

/// The office's own channels: readable, their commands there and to be run, their secrets set.
fn channels(dir: &Path) -> Vec<Finding> {
    let channels = match notify::load_channels(dir) {
        Ok(channels) => channels,
        Err(why) => return vec![Finding::Bad(format!("{why}：请核对 notify.channels_dir"))],
    };
    let path = environment("PATH").unwrap_or_default();
    let one = |(code, channel): (String, notify::OwnChannel)| {
        let name = format!("通知通道 {code}（{}）", channel.title);
        if let Some(command) = channel.command.first().filter(|_| channel.program(&path).is_none()) {
            return Finding::Bad(format!("{name}：找不到命令 {command}，或它不可执行：请核对 command"));
        }
        let unset = channel.secrets().into_iter().map(|name| format!("{SECRET_PREFIX}{name}"));
        let unset: Vec<String> = unset.filter(|name| environment(name).is_none()).collect();
        if unset.is_empty() {
            return Finding::Good(format!("{name}说明文件可用"));
        }
        Finding::Warn(format!("{name}：当前环境中没有 {}，服务的环境中须设置", unset.join("、")))
    };
    channels.into_iter().map(one).collect()
}

/// The office's own forms and its own letters.
fn templates(config: &Config) -> Vec<Finding> {
    let (forms, letters) = (&config.bulletin.forms_dir, &config.bulletin.letters_dir);
    let told = |key: &str, dir: &Path, read: Result<(), String>| match read {
        Err(why) => Some(Finding::Bad(format!("{why}：请核对 bulletin.{key}"))),
        Ok(()) if dir.as_os_str().is_empty() => None,
        Ok(()) => Some(Finding::Good(format!("bulletin.{key} {} 中的模板可用", dir.display()))),
    };
    let read = [
        told("forms_dir", forms, editorial::load_forms(forms).map(drop)),
        told(
            "letters_dir",
            letters,
            editorial::load_letter(letters).and_then(|_| editorial::load_use_notice(letters)).map(drop),
        ),
    ];
    read.into_iter().flatten().collect()
}

fn lexicon() -> Finding {
    let segmenter = Segmenter::plain();
    let cut = segmenter.for_index("重庆市政协");
    if cut.tokens.is_empty() {
        Finding::Bad("分词词典无法使用，程序文件可能损坏，请重新安装".to_owned())
    } else {
        Finding::Good("分词词典可用".to_owned())
    }
}

fn fonts() -> Finding {
    Finding::Good(
        "DOCX 只写字体名称：印制的电脑上须装有方正小标宋简体、仿宋_GB2312、楷体_GB2312、黑体".to_owned(),
    )
}
