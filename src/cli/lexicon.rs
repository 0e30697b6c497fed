//! `minyi lexicon`: how a text is cut, and reading the office's words again.

use std::collections::HashSet;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::config::Config;
use crate::text::{Lexicon, Segmenter};

use super::client::Client;
use super::local::Local;
use super::output::number;

/// 词库
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 试切：一段文字如何分词，哪些是词库的词，有哪些同义词
    Test {
        /// 文字
        #[arg(required = true, num_args = 1..)]
        text: Vec<String>,
    },
    /// 重新读取本单位词库（服务不中断）；有变动时随即重建索引
    Reload,
}

/// Runs it.
pub async fn run(config: Config, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Test { text } => {
            let lexicon = Lexicon::load(&config.lexicon.dir)?;
            test(&lexicon, &text.join(" "));
        }
        Command::Reload => println!("{}", Local::with(config, reload).await?),
    }
    Ok(ExitCode::SUCCESS)
}

/// Has the running instance read its words again; says what came of it.
pub async fn reload(client: &mut Client) -> anyhow::Result<String> {
    let done = client.post("/api/v1/lexicon/reload", &json!({})).await?;
    let then = if done.get("changed").and_then(Value::as_bool).unwrap_or(false) {
        "词语有变动，索引正在重建"
    } else {
        "词语无变动，索引不必重建"
    };
    Ok(format!("词库已重新读取，共 {} 词；{then}", number(&done, "words")))
}

fn test(lexicon: &Lexicon, text: &str) {
    let segmenter = Segmenter::new(lexicon.clone());
    let (query, index) = (segmenter.for_query(text), segmenter.for_index(text));
    let words: Vec<&str> = query.tokens.iter().map(|token| query.word(token)).collect();
    let all: Vec<&str> = index.tokens.iter().map(|token| index.word(token)).collect();
    println!("{}", words.join(" / "));
    println!("建索引的词：{}", all.join(" / "));
    let mut seen = HashSet::new();
    for word in words.into_iter().filter(|word| seen.insert(*word)) {
        if let Some(entry) = lexicon.entries().iter().find(|entry| entry.word == word) {
            println!("词库：{word}（{} 第 {} 行）", entry.file, entry.line);
        }
        let others = segmenter.synonyms(word);
        if !others.is_empty() {
            println!("同义：{word} → {}", others.join(" "));
        }
    }
}
