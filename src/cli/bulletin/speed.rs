//! `minyi bulletin speed`: how long typesetting takes on this machine, with made-up texts; nothing is stored.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::json;

use crate::bulletin::{
    Document, IssueInput, Press, Series, compile, sample, write_docx, write_html, write_pdf,
};
use crate::model::{IssueNumber, LocalDate, Texts};

use super::super::output::print_json;

/// 排版速度
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 成批单篇的期数
    #[arg(long, default_value_t = 200)]
    issues: u32,
    /// 综合一期的篇数
    #[arg(long, default_value_t = 100)]
    articles: usize,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(args.issues > 0 && (1..=200).contains(&args.articles), "期数至少为 1，篇数为 1 至 200");
    let begun = Instant::now();
    let press = Press::new(Vec::new())?;
    let single = series("opinion")?;
    let cold = begun.elapsed();
    let first = one(&press, &single, 0)?.0;
    let mut each: Vec<Duration> = Vec::new();
    let begun = Instant::now();
    for number in 1..=args.issues {
        each.push(one(&press, &single, number)?.0);
    }
    let all = begun.elapsed();
    each.sort();
    let before = memory();
    let composite = series("opinion-composite")?;
    let mut input = input(&composite, 1)?;
    input.articles =
        (0..args.articles).map(|at| varied(&input.articles[at % input.articles.len()], at)).collect();
    let document = compile(&composite, &input)?;
    write(&press, &document)?;
    let (long, pages) = write(&press, &document)?;
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let share = |part: usize| each.get(each.len() * part / 100).copied().unwrap_or_default();
    let report = json!({
        "fonts_ms": milliseconds(cold), "first_ms": milliseconds(first),
        "single_median_ms": milliseconds(share(50)), "single_p99_ms": milliseconds(share(99)),
        "issues": args.issues, "issues_s": all.as_secs_f64(), "issues_peak_mb": before,
        "articles": args.articles, "composite_ms": milliseconds(long), "composite_pages": pages,
        "peak_mb": memory(),
    });
    if args.json {
        print_json(&report);
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "单篇一期（DOCX、PDF、HTML）：首期 {:.0} 毫秒，此后中位 {:.1}、99% {:.1} 毫秒",
        milliseconds(cold + first),
        milliseconds(share(50)),
        milliseconds(share(99))
    );
    println!("成批 {} 期：{:.2} 秒，内存峰值 {before} MB", args.issues, all.as_secs_f64());
    println!(
        "综合一期 {} 篇（{pages} 页）：{:.0} 毫秒，内存峰值 {} MB",
        args.articles,
        milliseconds(long),
        memory()
    );
    Ok(ExitCode::SUCCESS)
}

fn series(id: &str) -> anyhow::Result<Series> {
    let (name, text) = Series::compiled_in().iter().find(|(name, _)| *name == id).context("series")?;
    Ok(Series::from_toml(text, name)?)
}

fn input(series: &Series, number: u32) -> anyhow::Result<IssueInput> {
    let mut input = sample(series, LocalDate::parse("2026-01-08")?);
    input.number = Some(IssueNumber { series: series.id.clone(), year: 2026, number: number + 1 });
    Ok(input)
}

/// Another text each time: the typesetter remembers what it has set before.
fn varied(texts: &Texts, number: usize) -> Texts {
    let body = texts.body.replace("样张", &format!("样张{number}号"));
    Texts { title: texts.title.clone(), body, credit: texts.credit.clone() }
}

fn one(press: &Press, series: &Series, number: u32) -> anyhow::Result<(Duration, usize)> {
    let mut input = input(series, number)?;
    for texts in &mut input.articles {
        *texts = varied(texts, number as usize);
    }
    write(press, &compile(series, &input)?)
}

/// All forms of an issue; how long that took, and its pages.
fn write(press: &Press, document: &Document) -> anyhow::Result<(Duration, usize)> {
    let begun = Instant::now();
    let pdf = write_pdf(press, document, &[])?;
    let docx = write_docx(document, &pdf.article_pages)?;
    let html = write_html(document);
    anyhow::ensure!(!docx.is_empty() && !html.is_empty(), "没有写出文件");
    Ok((begun.elapsed(), pdf.pages))
}

/// The most memory that this process has held, in megabytes; 0 where the system does not tell.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) >> 10
}
